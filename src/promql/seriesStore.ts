import type { Subquery, VectorSelector } from './ast.js';
import { type Labels, labelKey, METRIC_NAME } from './labels.js';
import type { Sample } from './value.js';

/** One series with its samples, as an evaluation reads it. */
export interface Series {
  /** With `__name__`. */
  labels: Readonly<Record<string, string>>;
  /** Seconds, ascending. */
  times: readonly number[];
  /** As long as `times`. A staleness marker is {@link STALE}; a NaN that is a value is `Number.NaN`. */
  values: readonly (number | typeof STALE)[];
}

/** Prometheus' staleness marker: from here on an instant selector no longer sees the series. */
export const STALE = 'stale';

/** A series as the evaluator holds it. Times are whole milliseconds, as in Prometheus. */
export interface StoredSeries {
  labels: Labels;
  times: number[];
  values: number[];
  /** Indexes of staleness markers, whose value means nothing. */
  stale: Set<number> | undefined;
}

/** What an evaluation remembers between calls over the same store. */
export interface StoreMemory {
  /** Series of each selector. */
  selected: WeakMap<VectorSelector, readonly StoredSeries[]>;
  /** Results of the expression within each subquery, for the look-back and interval of {@link options}. */
  steps: Map<Subquery, StepMemory>;
  options: { lookback: number; interval: number } | undefined;
}

export interface StepMemory {
  /** By time in milliseconds. */
  results: Map<number, readonly Sample[]>;
  /** Latest time there. */
  latest: number;
}

/**
 * Series indexed by metric name. Selectors and the inner results of subqueries are looked up once for
 * each store, so use one store for many evaluations of the same query.
 */
export class SeriesStore {
  private readonly byName = new Map<string, StoredSeries[]>();
  private readonly byLabels = new Map<string, StoredSeries>();
  /** Series that belong to the store that this one was forked from. */
  private readonly shared = new Set<StoredSeries>();
  readonly memory: StoreMemory = { selected: new WeakMap(), steps: new Map(), options: undefined };

  constructor(series: readonly Series[] = []) {
    for (const one of series) {
      const stored = this.seriesFor(one.labels);
      for (let index = 0; index < one.times.length; index++) {
        const value = one.values[index];
        if (value !== undefined) push(stored, toMilliseconds(one.times[index] ?? 0), value);
      }
    }
  }

  named(metric: string): readonly StoredSeries[] {
    return this.byName.get(metric) ?? [];
  }

  all(): readonly StoredSeries[] {
    return [...this.byLabels.values()];
  }

  /** Adds a sample, no earlier than the series' last one; one at the same time is replaced, as it never is in Prometheus. */
  append(labels: Labels, seconds: number, value: number | typeof STALE): void {
    const time = toMilliseconds(seconds);
    push(this.seriesFor(labels), time, value);
    for (const steps of this.memory.steps.values()) {
      if (steps.latest < time) continue;
      for (const at of steps.results.keys()) if (at >= time) steps.results.delete(at);
      steps.latest = time;
    }
  }

  /** A store with the same series, to which samples can be added without this one changing. */
  fork(): SeriesStore {
    const copy = new SeriesStore();
    for (const [key, series] of this.byLabels) {
      copy.byLabels.set(key, series);
      copy.shared.add(series);
    }
    for (const [name, series] of this.byName) copy.byName.set(name, [...series]);
    return copy;
  }

  private seriesFor(labels: Labels): StoredSeries {
    const key = labelKey(labels);
    const known = this.byLabels.get(key);
    if (known !== undefined && !this.shared.has(known)) return known;
    const made: StoredSeries = {
      labels: known?.labels ?? labels,
      times: known === undefined ? [] : [...known.times],
      values: known === undefined ? [] : [...known.values],
      stale: known?.stale === undefined ? undefined : new Set(known.stale),
    };
    this.byLabels.set(key, made);
    const name = labels[METRIC_NAME] ?? '';
    const sameName = (this.byName.get(name) ?? []).filter((series) => series !== known);
    this.byName.set(name, [...sameName, made]);
    this.memory.selected = new WeakMap();
    return made;
  }
}

export function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}

function push(series: StoredSeries, time: number, value: number | typeof STALE): void {
  const last = series.times.at(-1);
  const index = last === time ? series.times.length - 1 : series.times.length;
  if (last !== undefined && time < last) throw new RangeError('samples of a series must be in the order of time');
  series.times[index] = time;
  series.values[index] = value === STALE ? Number.NaN : value;
  series.stale?.delete(index);
  if (value === STALE) {
    series.stale ??= new Set();
    series.stale.add(index);
  }
}
