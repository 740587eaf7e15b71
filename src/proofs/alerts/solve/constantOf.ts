import type { Expr } from '../../../promql/ast.js';

/** Value of constant arithmetic; undefined where it reads anything. */
export function constantOf(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'unary': {
      const value = constantOf(expr.expr);
      return value === undefined ? undefined : -value;
    }
    case 'binary': {
      const [left, right] = [constantOf(expr.left), constantOf(expr.right)];
      if (left === undefined || right === undefined) return undefined;
      switch (expr.operator) {
        case '+':
          return left + right;
        case '-':
          return left - right;
        case '*':
          return left * right;
        case '/':
          return left / right;
        case '%':
          return left % right;
        case '^':
          return left ** right;
        default:
          return undefined;
      }
    }
    default:
      return undefined;
  }
}
