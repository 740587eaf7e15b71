import { EvaluationError } from './errors.js';
import { quantile } from './quantile.js';
import type { Window } from './value.js';

/** Where a range function is evaluated. Milliseconds. */
export interface RangeContext {
  /** Time of evaluation, which `offset` and `@` don't move. */
  now: number;
  /** End of the range, moved by them. */
  end: number;
  range: number;
  /** The scalar arguments, in order. */
  scalars: readonly number[];
}

/** Gives undefined when the series has too few samples. */
export type RangeFunction = (window: Window, context: RangeContext) => number | undefined;

/** A sum that carries the lost low-order bits along (Kahan's, with Neumaier's improvement), as Prometheus' does. */
class Sum {
  sum = 0;
  carry = 0;

  add(value: number): void {
    const total = this.sum + value;
    this.carry += Math.abs(this.sum) >= Math.abs(value) ? this.sum - total + value : value - total + this.sum;
    this.sum = total;
  }

  /** An infinite sum has a carry that is no number. */
  total(): number {
    return Number.isFinite(this.sum) || Number.isNaN(this.sum) ? this.sum + this.carry : this.sum;
  }
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.NaN;
}

/** `rate`, `increase` and `delta`. Source: `extrapolatedRate` in `promql/functions.go` of Prometheus 2.42. */
function extrapolated(window: Window, context: RangeContext, counter: boolean, perSecond: boolean): number | undefined {
  const { times, values, from, to } = window;
  const count = to - from;
  if (count < 2) return undefined;
  const first = at(values, from);
  let result = at(values, to - 1) - first;
  if (counter) {
    let previous = first;
    for (let index = from + 1; index < to; index++) {
      const value = at(values, index);
      if (value < previous) result += previous;
      previous = value;
    }
  }
  let toStart = (at(times, from) - (context.end - context.range)) / 1000;
  const toEnd = (context.end - at(times, to - 1)) / 1000;
  const sampled = (at(times, to - 1) - at(times, from)) / 1000;
  const average = sampled / (count - 1);
  if (counter && result > 0 && first >= 0) {
    // A counter isn't extrapolated to below zero.
    const toZero = sampled * (first / result);
    if (toZero < toStart) toStart = toZero;
  }
  const threshold = average * 1.1;
  const covered = sampled + (toStart < threshold ? toStart : average / 2) + (toEnd < threshold ? toEnd : average / 2);
  let factor = covered / sampled;
  if (perSecond) factor /= context.range / 1000;
  return result * factor;
}

/** `irate` and `idelta`. */
function lastTwo({ times, values, from, to }: Window, rate: boolean): number | undefined {
  if (to - from < 2) return undefined;
  const last = at(values, to - 1);
  const previous = at(values, to - 2);
  const interval = at(times, to - 1) - at(times, to - 2);
  const change = rate && last < previous ? last : last - previous;
  return rate ? change / (interval / 1000) : change;
}

function average({ values, from, to }: Window): number {
  const mean = new Sum();
  let count = 0;
  for (let index = from; index < to; index++) {
    const value = at(values, index);
    count += 1;
    if (Number.isFinite(mean.sum) || Number.isNaN(mean.sum)) {
      mean.add(value / count - mean.sum / count);
    } else if (!(Number.isFinite(value) || value === mean.sum)) {
      mean.add(value / count - mean.sum / count);
    }
  }
  return mean.total();
}

function sum({ values, from, to }: Window): number {
  const total = new Sum();
  for (let index = from; index < to; index++) total.add(at(values, index));
  return total.total();
}

function extreme({ values, from, to }: Window, exceeds: (value: number, best: number) => boolean): number {
  let best = at(values, from);
  for (let index = from + 1; index < to; index++) {
    const value = at(values, index);
    if (exceeds(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

function variance({ values, from, to }: Window): number {
  const mean = new Sum();
  const squares = new Sum();
  let count = 0;
  for (let index = from; index < to; index++) {
    const value = at(values, index);
    count += 1;
    const difference = value - (mean.sum + mean.carry);
    mean.add(difference / count);
    squares.add(difference * (value - (mean.sum + mean.carry)));
  }
  return (squares.sum + squares.carry) / count;
}

/** Least squares; `intercept` is the value at `zero`. Undefined with fewer than two samples. */
function regression(
  { times, values, from, to }: Window,
  zero: number,
): { slope: number; intercept: number } | undefined {
  const count = to - from;
  if (count < 2) return undefined;
  const x = new Sum();
  const y = new Sum();
  const xy = new Sum();
  const xx = new Sum();
  const first = at(values, from);
  let constant = true;
  for (let index = from; index < to; index++) {
    const value = at(values, index);
    const second = (at(times, index) - zero) / 1000;
    if (index > from && value !== first) constant = false;
    x.add(second);
    y.add(value);
    xy.add(second * value);
    xx.add(second * second);
  }
  if (constant) {
    return Number.isFinite(first) || Number.isNaN(first)
      ? { slope: 0, intercept: first }
      : { slope: Number.NaN, intercept: Number.NaN };
  }
  const sumX = x.sum + x.carry;
  const sumY = y.sum + y.carry;
  const covariance = xy.sum + xy.carry - (sumX * sumY) / count;
  const spread = xx.sum + xx.carry - (sumX * sumX) / count;
  const slope = covariance / spread;
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}

/** `holt_winters`, later called `double_exponential_smoothing`. */
function smoothed({ values, from, to }: Window, { scalars: [smoothing = 0, trendFactor = 0] }: RangeContext) {
  for (const [name, factor] of [
    ['smoothing', smoothing],
    ['trend', trendFactor],
  ] as const) {
    if (factor <= 0 || factor >= 1) {
      throw new EvaluationError(`invalid ${name} factor. Expected: 0 < factor < 1, got: ${factor}`);
    }
  }
  if (to - from < 2) return undefined;
  let before = 0;
  let level = at(values, from);
  let trend = at(values, from + 1) - at(values, from);
  for (let index = from + 1; index < to; index++) {
    if (index > from + 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    const next = smoothing * at(values, index) + (1 - smoothing) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}

function countWhere({ values, from, to }: Window, differs: (value: number, previous: number) => boolean): number {
  let count = 0;
  for (let index = from + 1; index < to; index++) {
    if (differs(at(values, index), at(values, index - 1))) count += 1;
  }
  return count;
}

/** Median of the distances from the median. */
function medianDeviation({ values, from, to }: Window): number {
  const own = values.slice(from, to);
  const median = quantile(0.5, own);
  return quantile(
    0.5,
    own.map((value) => Math.abs(value - median)),
  );
}

/** Time, in seconds, of the sample that is kept last by `replaces`. */
function timeOf({ times, values, from, to }: Window, replaces: (value: number, best: number) => boolean): number {
  let best = from;
  for (let index = from + 1; index < to; index++) {
    if (replaces(at(values, index), at(values, best)) || Number.isNaN(at(values, best))) best = index;
  }
  return at(times, best) / 1000;
}

/** Functions of a range vector, apart from `absent_over_time`, which needs to know of all series. */
export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
  rate: (window, context) => extrapolated(window, context, true, true),
  increase: (window, context) => extrapolated(window, context, true, false),
  delta: (window, context) => extrapolated(window, context, false, false),
  irate: (window) => lastTwo(window, true),
  idelta: (window) => lastTwo(window, false),
  deriv: (window) => regression(window, at(window.times, window.from))?.slope,
  predict_linear: (window, { now, scalars: [ahead = 0] }) => {
    const line = regression(window, now);
    return line === undefined ? undefined : line.slope * ahead + line.intercept;
  },
  holt_winters: smoothed,
  double_exponential_smoothing: smoothed,
  changes: (window) =>
    countWhere(window, (value, previous) => value !== previous && !(Number.isNaN(value) && Number.isNaN(previous))),
  resets: (window) => countWhere(window, (value, previous) => value < previous),
  avg_over_time: average,
  sum_over_time: sum,
  min_over_time: (window) => extreme(window, (value, best) => value < best),
  max_over_time: (window) => extreme(window, (value, best) => value > best),
  count_over_time: ({ from, to }) => to - from,
  quantile_over_time: ({ values, from, to }, { scalars: [q = 0] }) => quantile(q, values.slice(from, to)),
  stddev_over_time: (window) => Math.sqrt(variance(window)),
  stdvar_over_time: variance,
  last_over_time: ({ values, to }) => at(values, to - 1),
  first_over_time: ({ values, from }) => at(values, from),
  present_over_time: () => 1,
  mad_over_time: medianDeviation,
  ts_of_first_over_time: ({ times, from }) => at(times, from) / 1000,
  ts_of_last_over_time: ({ times, to }) => at(times, to - 1) / 1000,
  ts_of_min_over_time: (window) => timeOf(window, (value, best) => value <= best),
  ts_of_max_over_time: (window) => timeOf(window, (value, best) => value >= best),
};

/** Range functions whose result keeps the metric's name. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(['last_over_time', 'first_over_time']);
