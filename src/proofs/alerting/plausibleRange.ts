import {
  type Aggregation,
  constantOf,
  type Expression,
  type Matcher,
  type RangeCall,
  type Selector,
} from './promql.js';

/** All values that an expression can have while its series are plausible; both ends are possible or open. */
export interface ValueRange {
  low: number;
  high: number;
}

const ANY: ValueRange = { low: -Infinity, high: Infinity };
const NOT_NEGATIVE: ValueRange = { low: 0, high: Infinity };

/**
 * A sound bound of an expression's value, as wide as need be: `up` is 0 or 1, counters and rates are
 * never negative, a count is at least 1 (the count of nothing is nothing), a part of a whole lies
 * between 0 and 1. Nothing is assumed from names alone beyond the suffixes that Prometheus reserves.
 */
export function plausibleRange(expression: Expression): ValueRange {
  switch (expression.kind) {
    case 'number':
      return { low: expression.value, high: expression.value };
    case 'selector':
      return levelRange(expression);
    case 'range':
      if (['rate', 'irate', 'increase'].includes(expression.function)) return NOT_NEGATIVE;
      return ['delta', 'deriv'].includes(expression.function) ? ANY : levelRange(expression.selector);
    case 'call': {
      const [operand] = expression.args;
      if (expression.function === 'abs' || expression.function === 'sqrt') return NOT_NEGATIVE;
      return ['ceil', 'floor', 'round'].includes(expression.function) && operand !== undefined
        ? rounded(plausibleRange(operand))
        : ANY;
    }
    case 'aggregation': {
      if (expression.operator === 'count') return { low: 1, high: Infinity };
      const inner = plausibleRange(expression.operand);
      if (expression.operator !== 'sum') return inner;
      return { low: inner.low >= 0 ? inner.low : -Infinity, high: inner.high <= 0 ? inner.high : Infinity };
    }
    case 'binary': {
      if (expression.operator === '/' && isPartOfWhole(expression.left, expression.right)) return { low: 0, high: 1 };
      return combined(expression.operator, plausibleRange(expression.left), plausibleRange(expression.right));
    }
  }
}

function levelRange(selector: Selector): ValueRange {
  if (selector.metric === 'up') return { low: 0, high: 1 };
  return /_(total|count|bucket)$/.test(selector.metric) ? NOT_NEGATIVE : ANY;
}

function rounded(range: ValueRange): ValueRange {
  return { low: Math.floor(range.low), high: Math.ceil(range.high) };
}

function combined(operator: string, left: ValueRange, right: ValueRange): ValueRange {
  switch (operator) {
    case '+':
      return { low: left.low + right.low, high: left.high + right.high };
    case '-':
      return { low: left.low - right.high, high: left.high - right.low };
    case '*':
      return corners(left, right, (a, b) => (a === 0 || b === 0 ? 0 : a * b));
    case '/':
      if (right.low === right.high && right.low !== 0) return corners(left, right, (a, b) => a / b);
      return left.low >= 0 && right.low >= 0 ? NOT_NEGATIVE : ANY;
    default:
      return ANY;
  }
}

function corners(left: ValueRange, right: ValueRange, apply: (a: number, b: number) => number): ValueRange {
  const values = [left.low, left.high].flatMap((a) => [right.low, right.high].map((b) => apply(a, b)));
  return { low: Math.min(...values), high: Math.max(...values) };
}

/**
 * Whether the numerator is a part of the denominator: the same metric, range and grouping, with all
 * the denominator's matchers among the numerator's, and nothing negative in the sum.
 */
function isPartOfWhole(part: Expression, whole: Expression): boolean {
  if (part.kind === 'aggregation' && whole.kind === 'aggregation') {
    return part.operator === 'sum' && sameGrouping(part, whole) && isPartOfWhole(part.operand, whole.operand);
  }
  if (part.kind === 'range' && whole.kind === 'range')
    return sameRange(part, whole) && isSubset(part.selector, whole.selector);
  if (part.kind === 'selector' && whole.kind === 'selector') {
    return levelRange(part).low >= 0 && isSubset(part, whole);
  }
  const [a, b] = [constantFactor(part), constantFactor(whole)];
  return a !== undefined && b !== undefined && a.factor === b.factor && isPartOfWhole(a.rest, b.rest);
}

function constantFactor(expression: Expression): { factor: number; rest: Expression } | undefined {
  if (expression.kind !== 'binary' || expression.operator !== '*') return undefined;
  const factor = constantOf(expression.right);
  return factor === undefined || factor <= 0 ? undefined : { factor, rest: expression.left };
}

function sameGrouping(a: Aggregation, b: Aggregation): boolean {
  const names = (one: Aggregation) => JSON.stringify([...one.grouping.labels].sort());
  return a.operator === b.operator && a.grouping.mode === b.grouping.mode && names(a) === names(b);
}

function sameRange(a: RangeCall, b: RangeCall): boolean {
  return ['rate', 'increase'].includes(a.function) && a.function === b.function && a.range === b.range;
}

function isSubset(part: Selector, whole: Selector): boolean {
  const key = (matcher: Matcher) => `${matcher.label}${matcher.operator}${matcher.value}`;
  const keys = new Set(part.matchers.map(key));
  return part.metric === whole.metric && whole.matchers.every((matcher) => keys.has(key(matcher)));
}
