import type { Expr } from '../../../promql/ast.js';
import { EvaluationError } from '../../../promql/errors.js';
import { evaluateVector } from '../../../promql/evaluate.js';
import { type Series, SeriesStore } from '../../../promql/seriesStore.js';
import type { Sample } from '../../../promql/value.js';
import { walk } from '../../../promql/walk.js';
import type { Phase } from '../scenario.js';
import { continued } from './phases.js';
import { boundsAround, isContinuous, lapseRound, type Setting, type Source, seriesOf } from './sources.js';
import { sampled, scrapesOf } from './timeline.js';

/** Settings of all sources, in their order. */
export type Settings = readonly Setting[];

export class WorkLimitReached extends Error {
  override readonly name = 'WorkLimitReached';

  constructor(
    message: string,
    readonly limit: WorkLimit,
  ) {
    super(message);
  }
}

/** Parts of an expression, and samples of the series, that cost about as much as an evaluation itself. */
const NODES_PER_UNIT = 8;
const SAMPLES_PER_UNIT = 800;
/** Samples that take as long to read as it takes to find a series. */
const SAMPLES_PER_SERIES = 100;

/**
 * What one rule may cost: evaluations, by the size of the expression and the samples. That is the same on
 * every machine; the time is limited too, for evaluations that take far longer than that tells.
 */
export class WorkLimit {
  private spent = 0;
  private readonly startedAt = performance.now();

  /**
   * @param seconds Default: no limit
   * @param whole a limit that this one is a part of
   */
  constructor(
    private readonly limit: number,
    private readonly seconds = Number.POSITIVE_INFINITY,
    private readonly whole?: WorkLimit,
  ) {}

  /**
   * @param nodes of the expression that is evaluated
   * @throws WorkLimitReached when this, or the whole that it is a part of, is used up.
   */
  spend(samples: number, nodes = 1): void {
    this.spent += 1 + nodes / NODES_PER_UNIT + samples / SAMPLES_PER_UNIT;
    this.whole?.spend(samples, nodes);
    if (this.spent > this.limit) throw new WorkLimitReached('the work limit of one rule is reached', this);
    if ((performance.now() - this.startedAt) / 1000 > this.seconds) {
      throw new WorkLimitReached(`the time limit of one rule is reached: ${this.seconds} s to find series`, this);
    }
  }
}

/** Samples of a window beyond which it is sampled more coarsely than it is scraped, while solving. */
const MOST_SAMPLES = 200;
/** Moments at which a state is judged whose series don't do the same in every scrape. */
const MOST_MOMENTS = 7;
/** Share of a scrape interval by which evaluations come after scrapes in production. */
const OFF_GRID = 0.4;

/** Evaluates expressions on the sources of a query, at moments after all windows have filled. */
export class Trial {
  /** Seconds from the start until windows are full. */
  readonly warmUp: number;
  private readonly period: number;
  private readonly scrapes: readonly (readonly number[])[];
  private readonly cache = new Map<string, readonly Series[]>();
  private readonly stores = new WeakMap<Settings, { before: Settings; store: SeriesStore; samples: number }>();

  constructor(
    readonly sources: readonly Source[],
    private readonly scrapeInterval: number,
    private readonly interval: number,
    readonly startsAt: number,
    private readonly limit: WorkLimit,
    private readonly since: number,
    /** Seconds for which a state must last. */
    private readonly lasting = 0,
  ) {
    const reach = Math.max(0, ...sources.flatMap(({ templates }) => templates.map(reachOf)));
    const grain = Math.max(interval, scrapeInterval);
    this.warmUp = Math.ceil((reach + 2 * scrapeInterval) / grain + 1) * grain;
    this.period = Math.max(1, Math.ceil(reach / scrapeInterval));
    this.scrapes = sources.map((source) => this.scrapesOf(source));
  }

  /**
   * Seconds after the first moment at which a state can be judged: several where its series don't do
   * the same in every scrape.
   */
  moments(now: Settings): number[] {
    let period = 1;
    const rounds = new Set<number>();
    for (const [index, { growth, beat, lapse }] of now.entries()) {
      const { kind, metric, climbs } = this.sources[index] as Source;
      const steps = kind === 'counter' && growth > 0 && growth < 1 && !isContinuous(metric);
      if (steps) period = Math.max(period, Math.round(1 / growth));
      if (beat > 0) period = Math.max(period, climbs ? beat : 2 * beat);
      const source = this.sources[index] as Source;
      if (beat > 0) rounds.add(climbs ? beat : 2 * beat).add(beat);
      if (lapse > 0) rounds.add(lapseRound(source, this.scrapeInterval));
    }
    const last = Math.min(period, this.period) - 1;
    const count = Math.min(last + 1, MOST_MOMENTS);
    const shifts = Array.from({ length: count }, (_, step) => Math.round((last * step) / Math.max(1, count - 1)));
    const moments = [...shifts, ...this.turning(rounds)].map((shift) => shift * this.scrapeInterval);
    return [...new Set(this.lasting > 0 ? [...moments, this.lasting / 2, this.lasting] : moments)];
  }

  /**
   * Scrapes after the first moment at which something that comes again after so many scrapes has just come,
   * or is just about to, at either end of a window: there it holds the most and the fewest of them.
   */
  private turning(rounds: ReadonlySet<number>): number[] {
    const found = new Set<number>();
    const first = Math.round(this.warmUp / this.scrapeInterval);
    const windows = this.sources.flatMap(({ templates }) =>
      templates.map(({ reading }) => Math.round(reading.range / this.scrapeInterval)),
    );
    for (const round of rounds) {
      // A long time between two of them is looked at where it has to be, not throughout.
      if (round > this.period) continue;
      for (const end of [0, ...new Set(windows)]) {
        const since = this.since > 0 ? Math.round(this.since / this.scrapeInterval) : first;
        const phase = (((since - end) % round) + round) % round;
        for (const shift of [(round - phase) % round, round - 1 - phase]) found.add(shift).add(shift + OFF_GRID);
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  /**
   * Undefined where Prometheus would fail.
   *
   * @param before the settings until `since` seconds ago; `now`: they have held from the start
   * @param after seconds after the first moment
   */
  evaluate(expr: Expr, now: Settings, before: Settings = now, after = 0): readonly Sample[] | undefined {
    const { store, samples } = this.storeOf(now, before);
    this.limit.spend(samples, sizeOf(expr));
    const at = this.startsAt + this.warmUp + this.since + after;
    try {
      return evaluateVector(expr, store, at, { interval: this.interval });
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  }

  /** Seconds for which the settings now have held at the last moment that is judged. */
  get span(): number {
    return this.since + this.lasting;
  }

  private storeOf(now: Settings, before: Settings) {
    const known = this.stores.get(now);
    if (known?.before === before) return known;
    const bounds = boundsOf(this.sources, now, before);
    const series = this.sources.flatMap((_, index) =>
      this.seriesOf(index, now[index] as Setting, before[index] as Setting, bounds),
    );
    const samples = series.reduce((sum, { times }) => sum + times.length + SAMPLES_PER_SERIES, 0);
    this.limit.spend(samples);
    const made = { before, store: new SeriesStore(series), samples };
    this.stores.set(now, made);
    return made;
  }

  private seriesOf(index: number, now: Setting, before: Setting, bounds: readonly number[]): readonly Series[] {
    const source = this.sources[index] as Source;
    const key = `${index} ${Object.values(now)} ${before === now ? '' : Object.values(before)} ${
      source.kind === 'histogram' ? bounds : ''
    }`;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const past = seriesOf(source, before, this.scrapeInterval, bounds);
    const present = seriesOf(source, now, this.scrapeInterval, bounds);
    const made = past.map(({ labels, form }, order): Series => {
      const phases: Phase[] = [{ from: 0, form }];
      const next = present[order];
      if (before !== now && next !== undefined) {
        phases.push({ from: this.warmUp, form: firingForm(source, before, now, next.form) });
      }
      return sampled({ labels, phases }, this.scrapes[index] as number[], this.startsAt);
    });
    if (this.cache.size > 2000) this.cache.clear();
    this.cache.set(key, made);
    return made;
  }

  private scrapesOf(source: Source): number[] {
    const stretches = source.templates.map(({ reading }) => {
      const moment = this.warmUp + this.since;
      const to = moment - reading.offset;
      const length = reading.range + reading.spread;
      const coarse = Math.ceil(length / (MOST_SAMPLES * this.scrapeInterval));
      const step = this.scrapeInterval * Math.max(1, coarse);
      const more = Math.max(this.isVarying() ? (this.period + 1) * this.scrapeInterval : 0, this.lasting);
      return { from: to - length - 2 * step, to: to + more, step };
    });
    return scrapesOf(stretches);
  }

  /** Whether some series may not do the same in every scrape. */
  private isVarying(): boolean {
    return this.sources.some(
      ({ dimensions, kind, metric }) =>
        dimensions.includes('beat') ||
        dimensions.includes('lapse') ||
        (kind === 'counter' && dimensions.includes('growth') && !isContinuous(metric)),
    );
  }
}

const sizes = new WeakMap<Expr, number>();
/** Steps of a subquery, most of them remembered, that cost as much as a part of an expression. */
const STEPS_PER_NODE = 4;
const DEFAULT_STEP = 60;

/** Parts of an expression, with those that the steps of its subqueries amount to. */
export function sizeOf(expr: Expr): number {
  const known = sizes.get(expr);
  if (known !== undefined) return known;
  let size = 0;
  walk(expr, (inner) => {
    size += 1;
    if (inner.kind === 'subquery') size += inner.range / (inner.step ?? DEFAULT_STEP) / STEPS_PER_NODE;
  });
  sizes.set(expr, size);
  return size;
}

/** The form of a series after its setting changed, going on from what it was where only its growth changed. */
export function firingForm(
  source: Source,
  before: Setting,
  now: Setting,
  form: ReturnType<typeof seriesOf>[number]['form'],
) {
  if (source.kind === 'histogram') {
    return form.kind === 'level' ? { kind: 'slope' as const, perSecond: 0 } : continued(form, 'histogram');
  }
  if (now.level !== before.level || now.beat !== before.beat || now.lapse !== before.lapse) return form;
  if (form.kind === 'slope') return { kind: 'slope' as const, perSecond: form.perSecond };
  if (form.kind === 'steps') return { kind: 'steps' as const, by: form.by, every: form.every };
  if (form.kind === 'level' && before.growth !== 0) return { kind: 'slope' as const, perSecond: 0 };
  return form;
}

/** Bounds that all histograms have, ascending: those that the query names and those around the locations. */
export function boundsOf(sources: readonly Source[], ...states: Settings[]): number[] {
  const found = new Set<number>();
  for (const [index, source] of sources.entries()) {
    if (source.kind !== 'histogram') continue;
    for (const bound of source.bounds) found.add(Number(bound));
    for (const state of states) {
      for (const bound of boundsAround((state[index] as Setting).location)) found.add(bound);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Seconds before an evaluation from which a selector reads. */
export function reachOf({ reading }: Source['templates'][number]): number {
  return reading.offset + reading.range + reading.spread;
}
