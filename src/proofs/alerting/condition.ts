import { plausibleRange, type ValueRange } from './plausibleRange.js';
import { type Binary, constantOf, type Expression, isComparison, Unsupported } from './promql.js';
import { compare } from './steadyState.js';

/** A comparison with a number, of which an alert's query is made; several are joined by `and`. */
export interface Condition {
  comparison: Binary;
  /** The side that reads series. */
  operand: Expression;
  threshold: number;
  thresholdSide: 'left' | 'right';
}

/** No plausible series can make the rule fire, or none can keep it silent; the message says why. */
export class Unsatisfiable extends Error {
  override readonly name = 'Unsatisfiable';
  constructor(
    readonly how: 'never fires' | 'always fires',
    reason: string,
  ) {
    super(reason);
  }
}

/**
 * The comparisons with a number that must all hold for an alert to fire.
 *
 * @throws Unsupported when the query has another form.
 * @throws Unsatisfiable when a comparison can't hold, or can't fail, for plausible series.
 */
export function conditionsOf(expression: Expression): Condition[] {
  if (expression.kind === 'binary' && expression.operator === 'and') {
    return [...conditionsOf(expression.left), ...conditionsOf(expression.right)];
  }
  if (expression.kind !== 'binary' || !isComparison(expression.operator)) {
    throw new Unsupported('the query is no comparison with a number');
  }
  const right = constantOf(expression.right);
  const left = constantOf(expression.left);
  if (right === undefined && left === undefined) throw new Unsupported('a comparison between two series');
  if (right !== undefined && left !== undefined) throw new Unsupported('a comparison of two numbers');
  const condition: Condition =
    right !== undefined
      ? { comparison: expression, operand: expression.left, threshold: right, thresholdSide: 'right' }
      : { comparison: expression, operand: expression.right, threshold: left as number, thresholdSide: 'left' };
  if (comparesInside(condition.operand)) throw new Unsupported('a comparison inside another expression');
  return [condition];
}

/** @throws Unsatisfiable when a condition can't hold, or none of them can fail, for plausible series. */
export function assertSatisfiable(conditions: readonly Condition[], text: string): void {
  const always: string[] = [];
  for (const { comparison, operand, threshold, thresholdSide } of conditions) {
    const range = plausibleRange(operand);
    const holds = (value: number) =>
      thresholdSide === 'right'
        ? compare(comparison.operator, value, threshold)
        : compare(comparison.operator, threshold, value);
    const written = text.slice(operand.from, operand.to).replace(/\s+/g, ' ');
    const span = `${written} lies between ${range.low} and ${range.high}`;
    const wish = `${thresholdSide === 'right' ? comparison.operator : 'the other side of'} ${threshold}`;
    if (!couldBe(holds, range, threshold)) {
      throw new Unsatisfiable('never fires', `${span}, so it is never ${wish}`);
    }
    if (!couldBe((value) => !holds(value), range, threshold)) always.push(`${span}, so it is always ${wish}`);
  }
  const [reason] = always;
  if (reason !== undefined && always.length === conditions.length) throw new Unsatisfiable('always fires', reason);
}

/** Whether a predicate that changes only at the threshold holds somewhere in a range. */
function couldBe(holds: (value: number) => boolean, range: ValueRange, threshold: number): boolean {
  const inside = [range.low, range.high, (range.low + range.high) / 2];
  const near = [threshold, threshold - 1, threshold + 1, threshold * 0.999, threshold * 1.001];
  const far = [range.low + 1, range.high - 1];
  return [...inside, ...near, ...far]
    .filter((value) => value >= range.low && value <= range.high)
    .some((value) => holds(value));
}

function comparesInside(expression: Expression): boolean {
  switch (expression.kind) {
    case 'call':
      return expression.args.some(comparesInside);
    case 'aggregation':
      return comparesInside(expression.operand);
    case 'binary':
      return (
        expression.operator === 'and' ||
        isComparison(expression.operator) ||
        comparesInside(expression.left) ||
        comparesInside(expression.right)
      );
    default:
      return false;
  }
}
