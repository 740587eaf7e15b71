import type { Comparison } from '../../../promql/ast.js';

/** All values that something can have; the ends are possible unless infinite. */
export interface Interval {
  low: number;
  high: number;
  /** Whether it may also be no number, which no comparison but `!=` lets through. */
  nan: boolean;
  /** Whether it is never between two whole numbers. */
  whole?: boolean;
}

export const ANY: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, nan: true };
export const NOT_NEGATIVE: Interval = { low: 0, high: Number.POSITIVE_INFINITY, nan: false };
/** No number at all: NaN, or what no value satisfies. */
const NO_NUMBER: Interval = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, nan: true };

export function exactly(value: number): Interval {
  return Number.isNaN(value) ? NO_NUMBER : { low: value, high: value, nan: false, whole: Number.isInteger(value) };
}

export function between(low: number, high: number, nan = false): Interval {
  return { low, high, nan };
}

/** The same without what lies between two whole numbers. */
export function wholeOf(a: Interval): Interval {
  return { ...a, whole: true };
}

/** Whether an interval holds no number at all. */
export function isWithoutNumbers({ low, high }: Interval): boolean {
  return low > high;
}

export function union(a: Interval, b: Interval): Interval {
  return {
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
    nan: a.nan || b.nan,
    whole: a.whole === true && b.whole === true,
  };
}

export function negated(a: Interval): Interval {
  return { ...a, low: -a.high, high: -a.low };
}

export function sum(a: Interval, b: Interval): Interval {
  if (isWithoutNumbers(a) || isWithoutNumbers(b)) return NO_NUMBER;
  const mayCancel = (a.low === -Infinity && b.high === Infinity) || (a.high === Infinity && b.low === -Infinity);
  const found = clean(a.low + b.low, a.high + b.high, a.nan || b.nan || mayCancel);
  return { ...found, whole: a.whole === true && b.whole === true };
}

export function product(a: Interval, b: Interval): Interval {
  if (isWithoutNumbers(a) || isWithoutNumbers(b)) return NO_NUMBER;
  const corners = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => (x === 0 || y === 0 ? 0 : x * y)));
  const whole = a.whole === true && b.whole === true;
  return { low: Math.min(...corners), high: Math.max(...corners), nan: a.nan || b.nan, whole };
}

export function quotient(a: Interval, b: Interval): Interval {
  if (isWithoutNumbers(a) || isWithoutNumbers(b)) return NO_NUMBER;
  if (b.low > 0 || b.high < 0) {
    const inverse = { low: 1 / b.high, high: 1 / b.low, nan: b.nan };
    return product(a, inverse);
  }
  // Something divided by 0 is infinite, and 0 divided by 0 is no number.
  if (a.low >= 0 && b.low >= 0) return { low: 0, high: Infinity, nan: true };
  return ANY;
}

/** The values that satisfy a comparison with some value of another interval; the boundary counts as satisfying. */
export function limited(a: Interval, operator: Comparison, b: Interval): Interval {
  switch (operator) {
    case '>':
    case '>=':
      return { ...a, low: Math.max(a.low, b.low), nan: false };
    case '<':
    case '<=':
      return { ...a, high: Math.min(a.high, b.high), nan: false };
    case '==':
      return { ...a, low: Math.max(a.low, b.low), high: Math.min(a.high, b.high), nan: false };
    case '!=':
      return a;
  }
}

/** Whether no value of one interval compares so with any value of the other. */
export function neverHolds(a: Interval, operator: Comparison, b: Interval): boolean {
  if (operator !== '!=' && (isWithoutNumbers(a) || isWithoutNumbers(b))) return true;
  switch (operator) {
    case '>':
      return a.high <= b.low;
    case '>=':
      return a.high < b.low;
    case '<':
      return a.low >= b.high;
    case '<=':
      return a.low > b.high;
    case '==':
      return areApart(a, b);
    case '!=':
      return !a.nan && !b.nan && a.low === a.high && b.low === b.high && a.low === b.low;
  }
}

/** Whether every value of one interval compares so with every value of the other. */
export function alwaysHolds(a: Interval, operator: Comparison, b: Interval): boolean {
  if (operator === '!=') return areApart(a, b);
  if (a.nan || b.nan) return false;
  switch (operator) {
    case '>':
      return a.low > b.high;
    case '>=':
      return a.low >= b.high;
    case '<':
      return a.high < b.low;
    case '<=':
      return a.high <= b.low;
    case '==':
      return a.low === a.high && b.low === b.high && a.low === b.low;
  }
}

/** Whether no number is in both intervals. */
function areApart(a: Interval, b: Interval): boolean {
  if (a.high < b.low || a.low > b.high) return true;
  const isBetween = (one: Interval, other: Interval) =>
    one.whole === true && other.low === other.high && !Number.isInteger(other.low);
  return isBetween(a, b) || isBetween(b, a);
}

function clean(low: number, high: number, nan: boolean): Interval {
  return {
    low: Number.isNaN(low) ? Number.NEGATIVE_INFINITY : low,
    high: Number.isNaN(high) ? Number.POSITIVE_INFINITY : high,
    nan,
  };
}
