import type { Binary, Expr } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { valueTypeOf } from '../../../promql/walk.js';

/**
 * The value of an expression before any of its comparisons decide whether there is one: comparisons
 * give what they compare, `and` and `unless` their left side, `or` the branch that is taken.
 */
export function stripped(expr: Expr, taken: ReadonlyMap<Expr, Expr>): Expr {
  const next = (child: Expr) => stripped(child, taken);
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
    case 'matrix':
      return expr;
    case 'subquery':
    case 'unary':
      return { ...expr, expr: next(expr.expr) };
    case 'call':
      return expr.function.startsWith('absent') ? expr : { ...expr, args: expr.args.map(next) };
    case 'aggregation':
      return {
        ...expr,
        expr: next(expr.expr),
        ...(expr.parameter === undefined ? {} : { parameter: next(expr.parameter) }),
      };
    case 'binary': {
      const { operator } = expr;
      if (operator === 'and' || operator === 'unless') return next(expr.left);
      if (operator === 'or') {
        const branch = taken.get(expr);
        return branch === undefined ? { ...expr, left: next(expr.left), right: next(expr.right) } : next(branch);
      }
      const both = { ...expr, left: next(expr.left), right: next(expr.right) };
      if (!isComparison(expr) || expr.bool) return both;
      if (valueTypeOf(expr.right) === 'scalar') return both.left;
      if (valueTypeOf(expr.left) === 'scalar') return both.right;
      // The left value with the labels that matching leaves.
      const nothing: Expr = { ...binary(expr, '*', both.right, zero()), matching: PLAIN };
      return binary(expr, '+', both.left, nothing);
    }
  }
}

/** How far the left side of a comparison is above the right side, without the filters within them. */
export function difference(comparison: Binary, taken: ReadonlyMap<Expr, Expr>): Expr {
  return binary(comparison, '-', stripped(comparison.left, taken), stripped(comparison.right, taken));
}

/** How far the left side of a comparison is above the right side, of what the filters within them let through. */
export function filteredDifference(comparison: Binary): Expr {
  return binary(comparison, '-', comparison.left, comparison.right);
}

const PLAIN: Binary['matching'] = { mode: 'ignoring', labels: [], cardinality: 'one-to-one', include: [] };

function binary(like: Binary, operator: '+' | '-' | '*', left: Expr, right: Expr): Binary {
  return { ...like, operator, bool: false, left, right };
}

function zero(): Expr {
  return { kind: 'number', value: 0, from: 0, to: 0 };
}
