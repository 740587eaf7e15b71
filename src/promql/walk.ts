import type { Expr, ValueType, VectorSelector } from './ast.js';
import { FUNCTIONS } from './functions.js';

/** The expressions directly below one; the selector of a range selector counts as below it. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'unary':
      return [expr.expr];
    case 'call':
      return expr.args;
    case 'aggregation':
      return expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr];
    case 'binary':
      return [expr.left, expr.right];
  }
}

/** Visits an expression and all below it, outer ones first and in the order of the text; `path` is what stands above, outermost first. */
export function walk(expr: Expr, visit: (expr: Expr, path: readonly Expr[]) => void): void {
  const path: Expr[] = [];
  const descend = (next: Expr) => {
    visit(next, path);
    path.push(next);
    for (const child of children(next)) descend(child);
    path.pop();
  };
  descend(expr);
}

/** All selectors of a query, in the order in which they are written. */
export function selectorsOf(expr: Expr): VectorSelector[] {
  const found: VectorSelector[] = [];
  walk(expr, (next) => {
    if (next.kind === 'vector') found.push(next);
  });
  return found;
}

/**
 * A copy in which `change` has replaced expressions, inner ones first; what it leaves unchanged is
 * shared with the original. A range selector stays as it is when its selector becomes something else.
 */
export function mapExpr(expr: Expr, change: (expr: Expr) => Expr): Expr {
  return change(withChildren(expr, (child) => mapExpr(child, change)));
}

function withChildren(expr: Expr, map: (child: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
      return expr;
    case 'matrix': {
      const selector = map(expr.selector);
      return selector === expr.selector || selector.kind !== 'vector' ? expr : { ...expr, selector };
    }
    case 'subquery':
    case 'unary': {
      const inner = map(expr.expr);
      return inner === expr.expr ? expr : { ...expr, expr: inner };
    }
    case 'call': {
      const args = expr.args.map(map);
      return args.every((arg, index) => arg === expr.args[index]) ? expr : { ...expr, args };
    }
    case 'aggregation': {
      const inner = map(expr.expr);
      if (expr.parameter === undefined) return inner === expr.expr ? expr : { ...expr, expr: inner };
      const parameter = map(expr.parameter);
      return inner === expr.expr && parameter === expr.parameter ? expr : { ...expr, parameter, expr: inner };
    }
    case 'binary': {
      const left = map(expr.left);
      const right = map(expr.right);
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
    }
  }
}

/** Which kind of value an expression gives. A call of an unknown function counts as a vector. */
export function valueTypeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vector':
    case 'aggregation':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'call':
      return FUNCTIONS.get(expr.function)?.returns ?? 'vector';
    case 'binary':
      return valueTypeOf(expr.left) === 'scalar' && valueTypeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'unary':
      return valueTypeOf(expr.expr);
  }
}
