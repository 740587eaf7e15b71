import type { Comparison, Expr } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { constantOf } from './constantOf.js';
import { alwaysHolds, exactly, type Interval, limited, neverHolds } from './interval.js';
import { SWAPPED } from './plausibleBounds.js';

/** A comparison with a constant. */
export interface Limit {
  operator: Comparison;
  value: number;
}

/** An expression whose elements are let through by comparisons of their own value with constants. */
export interface FilterChain {
  core: Expr;
  /** All of them must hold. */
  limits: readonly Limit[];
}

/** Takes the comparisons with constants off an expression: `3 < x < 5` is `x` with two limits. */
export function filterChainOf(expr: Expr): FilterChain {
  const limits: Limit[] = [];
  let core = expr;
  for (;;) {
    if (!isComparison(core) || core.bool) return { core, limits };
    const [left, right] = [constantOf(core.left), constantOf(core.right)];
    const operator = core.operator as Comparison;
    if (right !== undefined && left === undefined) {
      limits.push({ operator, value: right });
      core = core.left;
    } else if (left !== undefined && right === undefined) {
      limits.push({ operator: SWAPPED[operator], value: left });
      core = core.right;
    } else return { core, limits };
  }
}

/** Whether whatever one chain lets through another one of the same expression lets through too. */
export function isImplied(by: FilterChain, implied: FilterChain, bounds: Interval): boolean {
  const left = by.limits.reduce((now, { operator, value }) => limited(now, operator, exactly(value)), bounds);
  return implied.limits.every(
    ({ operator, value }) =>
      by.limits.some((own) => own.operator === operator && own.value === value) ||
      alwaysHolds(left, operator, exactly(value)),
  );
}

/** Whether each number within bounds is let through by one of several chains of the same expression. */
export function coversAll(chains: readonly FilterChain[], bounds: Interval): boolean {
  const values = [...new Set(chains.flatMap(({ limits }) => limits.map(({ value }) => value)))]
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  // Between two neighbours among the constants all numbers are let through, or none.
  const between = values.slice(1).map((value, index) => ({ low: values[index] as number, high: value }));
  const [least, most] = [values[0] ?? 0, values.at(-1) ?? 0];
  const gaps = [{ low: -Infinity, high: least }, ...between, { low: most, high: Infinity }];
  const inGaps = gaps.flatMap(({ low, high }) => {
    const inside = someBetween(Math.max(low, bounds.low), Math.min(high, bounds.high), bounds.whole === true);
    return inside === undefined ? [] : [inside];
  });
  const ends = [bounds.low, bounds.high].filter(Number.isFinite);
  const tried = [...values, ...ends, ...inGaps].filter((value) => !neverHolds(exactly(value), '==', bounds));
  return tried.every((value) =>
    chains.some(({ limits }) =>
      limits.every((limit) => alwaysHolds(exactly(value), limit.operator, exactly(limit.value))),
    ),
  );
}

/** Some number above one and below another one; undefined where there is none. */
function someBetween(low: number, high: number, whole: boolean): number | undefined {
  if (low >= high) return undefined;
  if (low === -Infinity && high === Infinity) return 0;
  if (!whole) return low === -Infinity ? high - 1 : high === Infinity ? low + 1 : (low + high) / 2;
  const found = low === -Infinity ? Math.ceil(high) - 1 : Math.floor(low) + 1;
  return found < high ? found : undefined;
}
