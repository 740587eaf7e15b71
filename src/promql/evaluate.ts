import { aggregate } from './aggregate.js';
import type { Binary, Call, Expr, MatrixSelector, Subquery, TimeShift, VectorSelector } from './ast.js';
import { operate, vectorWithScalar, vectorWithVector } from './binary.js';
import { EvaluationError, UnsupportedQuery } from './errors.js';
import { absentLabels, CALENDAR_FUNCTIONS, mapValues, VALUE_FUNCTIONS, VECTOR_FUNCTIONS } from './instantFunctions.js';
import { type Labels, labelKey, NO_LABELS, withoutName } from './labels.js';
import { matches } from './matchers.js';
import { KEEPS_NAME, RANGE_FUNCTIONS } from './rangeFunctions.js';
import { type SeriesStore, type StepMemory, type StoredSeries, toMilliseconds } from './seriesStore.js';
import { distinct, type Sample, type Value, type Window } from './value.js';
import { valueTypeOf, walk } from './walk.js';

export interface EvaluationOptions {
  /** Seconds that an instant selector looks back; 300 unless given. */
  lookback?: number;
  /** Seconds between evaluations, the step of a subquery that has none. */
  interval: number;
}

/** Most steps of one subquery. */
const MAX_SUBQUERY_STEPS = 50_000;
const DEFAULT_LOOKBACK = 300;

/**
 * Evaluates a query at one moment, with the semantics of Prometheus 2.42: windows are closed at both
 * ends.
 *
 * @param at seconds since 1970.
 * @throws EvaluationError where Prometheus would fail, for instance for many-to-many matching.
 * @throws UnsupportedQuery for what isn't implemented: native histograms, `info`, `limitk`, and
 *   regular expressions that may take too long.
 */
export function evaluateQuery(expr: Expr, store: SeriesStore, at: number, options: EvaluationOptions): Value {
  const evaluation = new Evaluation(store, toMilliseconds(at), options);
  switch (valueTypeOf(expr)) {
    case 'scalar':
      return { type: 'scalar', value: evaluation.scalar(expr, toMilliseconds(at)) };
    case 'string':
      return { type: 'string', value: expr.kind === 'string' ? expr.value : '' };
    case 'vector':
      return { type: 'vector', samples: evaluation.vector(expr, toMilliseconds(at)) };
    case 'matrix':
      throw new EvaluationError('the result is a range vector, not a vector or scalar');
  }
}

/** Like {@link evaluateQuery}, with a scalar as a sample without labels, as rules take it. */
export function evaluateVector(
  expr: Expr,
  store: SeriesStore,
  at: number,
  options: EvaluationOptions,
): readonly Sample[] {
  const value = evaluateQuery(expr, store, at, options);
  if (value.type === 'string') throw new EvaluationError('the result is a string, not a vector or scalar');
  return value.type === 'scalar' ? [{ labels: NO_LABELS, value: value.value }] : value.samples;
}

/** Times are milliseconds throughout. */
class Evaluation {
  private readonly lookback: number;
  private readonly interval: number;

  constructor(
    private readonly store: SeriesStore,
    /** Time of the whole query, which is what `start()` and `end()` mean. */
    private readonly queryTime: number,
    options: EvaluationOptions,
  ) {
    this.lookback = toMilliseconds(options.lookback ?? DEFAULT_LOOKBACK);
    this.interval = toMilliseconds(options.interval);
    const { memory } = store;
    if (memory.options?.lookback !== this.lookback || memory.options.interval !== this.interval) {
      memory.steps.clear();
      memory.options = { lookback: this.lookback, interval: this.interval };
    }
  }

  scalar(expr: Expr, now: number): number {
    switch (expr.kind) {
      case 'number':
        return expr.value;
      case 'unary':
        return -this.scalar(expr.expr, now);
      case 'binary':
        return operate(
          expr.operator as Parameters<typeof operate>[0],
          this.scalar(expr.left, now),
          this.scalar(expr.right, now),
        );
      case 'call':
        if (expr.function === 'time') return now / 1000;
        if (expr.function === 'pi') return Math.PI;
        if (expr.function === 'scalar' && expr.args[0] !== undefined) {
          const samples = this.vector(expr.args[0], now);
          return samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN;
        }
        throw new UnsupportedQuery(`the function ${expr.function}`);
      default:
        throw new EvaluationError(`${expr.kind} where a scalar is needed`);
    }
  }

  vector(expr: Expr, now: number): readonly Sample[] {
    switch (expr.kind) {
      case 'vector':
        return this.instant(expr, now);
      case 'call':
        return this.call(expr, now);
      case 'aggregation': {
        const { parameter } = expr;
        const value =
          parameter === undefined
            ? undefined
            : parameter.kind === 'string'
              ? parameter.value
              : this.scalar(parameter, now);
        return distinct(aggregate(expr, value, this.vector(expr.expr, now)));
      }
      case 'binary':
        return distinct(this.binary(expr, now));
      case 'unary':
        return distinct(mapValues(this.vector(expr.expr, now), (value) => -value));
      default:
        throw new EvaluationError(`${expr.kind} where an instant vector is needed`);
    }
  }

  private binary(expr: Binary, now: number): readonly Sample[] {
    if (valueTypeOf(expr.left) === 'scalar') {
      return vectorWithScalar(expr, this.vector(expr.right, now), this.scalar(expr.left, now), true);
    }
    if (valueTypeOf(expr.right) === 'scalar') {
      return vectorWithScalar(expr, this.vector(expr.left, now), this.scalar(expr.right, now), false);
    }
    return vectorWithVector(expr, this.vector(expr.left, now), this.vector(expr.right, now));
  }

  private call(call: Call, now: number): readonly Sample[] {
    const { args, function: name } = call;
    const range = args.find(
      (arg): arg is MatrixSelector | Subquery => arg.kind === 'matrix' || arg.kind === 'subquery',
    );
    const scalars = args.filter((arg) => valueTypeOf(arg) === 'scalar').map((arg) => this.scalar(arg, now));
    if (range !== undefined) return this.rangeCall(call, range, scalars, now);
    const [first, second] = args;
    if (name === 'vector') return [{ labels: NO_LABELS, value: scalars[0] ?? Number.NaN }];
    const ofCalendar = CALENDAR_FUNCTIONS[name];
    if (ofCalendar !== undefined) {
      if (first === undefined) return [{ labels: NO_LABELS, value: ofCalendar(now / 1000) }];
      return distinct(mapValues(this.vector(first, now), ofCalendar));
    }
    if (name === 'timestamp' && first !== undefined) {
      // 2.42 forgets the offset, but reads no samples later than it.
      if (first.kind === 'vector' && first.at !== undefined && first.offset !== 0) {
        throw new UnsupportedQuery('timestamp of a selector with both @ and offset');
      }
      const samples =
        first.kind === 'vector'
          ? this.instant(first, now)
          : this.vector(first, now).map(({ labels }) => ({ labels, time: now }));
      return distinct(samples.map(({ labels, time }) => ({ labels: withoutName(labels), value: time / 1000 })));
    }
    const ofValue = VALUE_FUNCTIONS[name];
    if (ofValue !== undefined && first !== undefined) {
      const samples = this.vector(first, now);
      const [least, most] = scalars;
      if (name === 'clamp' && least !== undefined && most !== undefined && most < least) return [];
      return distinct(mapValues(samples, (value) => ofValue(value, ...scalars)));
    }
    const ofVector = VECTOR_FUNCTIONS[name];
    const vector = first !== undefined && valueTypeOf(first) === 'vector' ? first : second;
    if (ofVector === undefined || vector === undefined) throw new UnsupportedQuery(`the function ${name}`);
    return distinct(ofVector(call, this.vector(vector, now), scalars));
  }

  private rangeCall(call: Call, range: MatrixSelector | Subquery, scalars: readonly number[], now: number) {
    const shift = range.kind === 'matrix' ? range.selector : range;
    if (
      shift.at !== undefined &&
      now !== this.queryTime &&
      !call.args.every((arg) => arg === range || isConstant(arg))
    ) {
      // 2.42 then holds the range's time fixed for the first step of the subquery only.
      throw new UnsupportedQuery(`${call.function} of a range with @ and a varying argument, within a subquery`);
    }
    if (shift.at !== undefined && now !== this.queryTime && call.function === 'predict_linear') {
      throw new UnsupportedQuery('predict_linear of a range with @ within a subquery');
    }
    const end = this.reference(shift, now);
    const windows = range.kind === 'matrix' ? this.windows(range, end) : this.subquery(range, end);
    if (call.function === 'absent_over_time') {
      return windows.length > 0 ? [] : [{ labels: absentLabels(range), value: 1 }];
    }
    const apply = RANGE_FUNCTIONS[call.function];
    if (apply === undefined) throw new UnsupportedQuery(`the function ${call.function}`);
    const context = { now, end, range: toMilliseconds(range.range), scalars };
    const keepsName = KEEPS_NAME.has(call.function);
    const result: Sample[] = [];
    for (const window of windows) {
      const value = apply(window, context);
      if (value !== undefined) result.push({ labels: keepsName ? window.labels : withoutName(window.labels), value });
    }
    return distinct(result);
  }

  /** The moment that a selector or subquery evaluated at `now` looks at. */
  private reference(shift: TimeShift, now: number): number {
    const base =
      shift.at === undefined ? now : typeof shift.at === 'number' ? toMilliseconds(shift.at) : this.queryTime;
    return base - toMilliseconds(shift.offset);
  }

  private instant(selector: VectorSelector, now: number): (Sample & { time: number })[] {
    const reference = this.reference(selector, now);
    const found: (Sample & { time: number })[] = [];
    for (const series of this.select(selector)) {
      const index = firstAfter(series.times, reference) - 1;
      const time = series.times[index];
      const value = series.values[index];
      if (time === undefined || value === undefined || time < reference - this.lookback) continue;
      if (series.stale?.has(index)) continue;
      found.push({ labels: series.labels, value, time });
    }
    return found;
  }

  private windows({ selector, range }: MatrixSelector, end: number): Window[] {
    const start = end - toMilliseconds(range);
    const found: Window[] = [];
    for (const series of this.select(selector)) {
      const to = firstAfter(series.times, end);
      const from = firstAfter(series.times, start - 1);
      if (from >= to) continue;
      const window = series.stale === undefined ? { ...series, from, to } : withoutStale(series, from, to);
      if (window !== undefined) found.push(window);
    }
    return found;
  }

  /** Steps are multiples of the step's length, whatever the time of evaluation. */
  private subquery(expr: Subquery, end: number): Window[] {
    const step = expr.step === undefined ? this.interval : toMilliseconds(expr.step);
    const start = end - toMilliseconds(expr.range);
    const first = Math.ceil(start / step) * step;
    if (!(step > 0) || (end - first) / step > MAX_SUBQUERY_STEPS) {
      throw new UnsupportedQuery(`a subquery of more than ${MAX_SUBQUERY_STEPS} steps`);
    }
    const memory = this.stepMemory(expr);
    const series = new Map<string, { labels: Labels; times: number[]; values: number[] }>();
    for (let time = first; time <= end; time += step) {
      let samples = memory?.results.get(time);
      if (samples === undefined) {
        samples = this.vector(expr.expr, time);
        if (memory !== undefined) {
          memory.results.set(time, samples);
          memory.latest = Math.max(memory.latest, time);
        }
      }
      for (const { labels, value } of samples) {
        const key = labelKey(labels);
        let one = series.get(key);
        if (one === undefined) {
          one = { labels, times: [], values: [] };
          series.set(key, one);
        }
        one.times.push(time);
        one.values.push(value);
      }
    }
    return [...series.values()].map((one) => ({ ...one, from: 0, to: one.times.length }));
  }

  /** Undefined when a step's result depends on more than the samples up to its time. */
  private stepMemory(expr: Subquery): StepMemory | undefined {
    const { steps } = this.store.memory;
    const known = steps.get(expr);
    if (known !== undefined) return known;
    if (!isFixedByPast(expr.expr)) return undefined;
    const made = { results: new Map(), latest: Number.NEGATIVE_INFINITY };
    steps.set(expr, made);
    return made;
  }

  private select(selector: VectorSelector): readonly StoredSeries[] {
    const { selected } = this.store.memory;
    const known = selected.get(selector);
    if (known !== undefined) return known;
    const candidates = selector.metric === undefined ? this.store.all() : this.store.named(selector.metric);
    const found = candidates.filter(({ labels }) =>
      selector.matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? '')),
    );
    selected.set(selector, found);
    return found;
  }
}

/** Whether it is the same at all times. */
function isConstant(expr: Expr): boolean {
  let constant = true;
  walk(expr, (next) => {
    if (next.kind === 'vector' || next.kind === 'call') constant = false;
  });
  return constant;
}

const fixedByPast = new WeakMap<Expr, boolean>();

function isFixedByPast(expr: Expr): boolean {
  const known = fixedByPast.get(expr);
  if (known !== undefined) return known;
  let fixed = true;
  walk(expr, (next) => {
    if ((next.kind === 'vector' || next.kind === 'subquery') && (next.at !== undefined || next.offset < 0))
      fixed = false;
  });
  fixedByPast.set(expr, fixed);
  return fixed;
}

/** Index of the first time that is later than `moment`; times ascend. */
function firstAfter(times: readonly number[], moment: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withoutStale({ labels, times, values, stale }: StoredSeries, from: number, to: number): Window | undefined {
  const kept: Window & { times: number[]; values: number[] } = { labels, times: [], values: [], from: 0, to: 0 };
  for (let index = from; index < to; index++) {
    const time = times[index];
    const value = values[index];
    if (stale?.has(index) || time === undefined || value === undefined) continue;
    kept.times.push(time);
    kept.values.push(value);
  }
  kept.to = kept.times.length;
  return kept.to > 0 ? kept : undefined;
}
