import type { Binary } from './ast.js';

/** How tightly the binary operators bind, as in Prometheus' grammar; `^` alone associates to the right. */
export const PRECEDENCE: Readonly<Record<Binary['operator'], number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 7,
};

/** A sign before an expression: tighter than `*`, weaker than `^`. */
export const UNARY_PRECEDENCE = 6;
