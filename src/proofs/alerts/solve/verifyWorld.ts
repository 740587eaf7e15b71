import { EvaluationError } from '../../../promql/errors.js';
import { evaluateVector } from '../../../promql/evaluate.js';
import { evaluateRules } from '../../../promql/evaluateRules.js';
import { SeriesStore } from '../../../promql/seriesStore.js';
import type { AlertProblem, WorldSeries } from '../world.js';
import { phasesOf } from './phases.js';
import { sampled, scrapesOf, valueAt } from './timeline.js';
import { sizeOf, type WorkLimit } from './trial.js';

/** How a rule follows a world over time. Seconds. */
export interface Course {
  settle: number;
  holds: number | undefined;
  recover: number | undefined;
}

/** Samples of a series beyond which scrapes are put further apart, while a world is tried. */
const MOST_SCRAPES = 4000;
/** Evaluations of a stretch of time beyond which only some of them are tried. */
const MOST_INSTANTS = 60;
/** Share of a scrape interval by which scrapes come after evaluations when it is tried what production does. */
const OFF_GRID = 0.4;
/** Evaluations from the very start, where windows aren't full, that are all tried. */
const FIRST_INSTANTS = 6;

/**
 * Lets a world run: healthy, firing, healthy again, and healthy throughout.
 *
 * @param reach seconds before an evaluation from which the query reads
 * @param shortest the shortest range in the query; scrapes stay at least four times as close
 * @returns undefined when the rule doesn't fire, or isn't silent while it should be
 */
export function courseOf(
  problem: AlertProblem,
  series: readonly WorldSeries[],
  startsAt: number,
  warmUp: number,
  reach: number,
  shortest: number,
  limit: WorkLimit,
): Course | undefined {
  const { rule, scrapeInterval } = problem;
  const interval = rule.interval;
  const lag = problem.recordings.length * interval;
  const longest = ceilTo(reach + 2 * scrapeInterval + interval + lag, interval);
  const need = ceilTo(rule.for, interval) + interval;
  const onset = ceilTo(warmUp + lag, interval);
  // Of a long stretch only some instants are looked at.
  const between = ceilTo((longest + need) / MOST_INSTANTS, interval);
  const end = onset + longest + need + interval + (between > interval ? between : 0);
  const emptyAt = (
    onsetAt: number | undefined,
    recovery: number | undefined,
    instants: readonly number[],
    offset = 0,
  ) => emptiness(problem, series, { startsAt, onset: onsetAt, recovery, instants, offset, shortest, limit });

  const silent = spread(0, end, interval, FIRST_INSTANTS);
  const whileHealthy = emptyAt(undefined, undefined, silent);
  if (whileHealthy === undefined || firstRun(silent, whileHealthy, rule.for) !== undefined) return undefined;

  const instants = spread(onset, end, interval, FIRST_INSTANTS);
  const during = emptyAt(onset, undefined, instants);
  if (during === undefined) return undefined;
  const run = firstRun(instants, during, need);
  if (run === undefined) return undefined;
  if (!isPlausible(series, onset, run.from + need)) return undefined;
  // What comes and goes until windows hold nothing of the time before depends on when the onset is.
  const isLasting = during.at(-1) === false;
  if (isLasting && series.some(isRecurring) && instants.some((at, index) => at > run.to && during[index] === true)) {
    return undefined;
  }
  const offGrid = emptyAt(onset, undefined, instants, OFF_GRID * scrapeInterval);
  if (offGrid === undefined || firstRun(instants, offGrid, need) === undefined) return undefined;
  const settle = run.from - onset;
  const holds = run.to === instants.at(-1) ? undefined : run.to - onset;

  if (series.some(wouldFall)) return { settle, holds, recover: undefined };
  const recovery = onset + settle + need;
  const later = spread(recovery, recovery + longest + interval, interval, FIRST_INSTANTS);
  const after = emptyAt(onset, recovery, later);
  const lastFiring = after?.lastIndexOf(false) ?? -1;
  const recovers = after !== undefined && lastFiring < later.length - 1;
  const recover = recovers ? (later[lastFiring + 1] as number) - recovery : undefined;
  return { settle, holds, recover };
}

function isRecurring({ role, healthy, firing }: WorldSeries): boolean {
  return role === 'carrier' && (healthy.kind === 'cycle' || firing.kind === 'cycle');
}

/** Whether a counter would have to fall to be healthy again, which it does only when it begins again. */
function wouldFall({ kind, role, healthy, firing }: WorldSeries): boolean {
  if (kind !== 'counter' || role !== 'carrier') return false;
  return healthy.kind === 'level' && firing.kind === 'level' && firing.value > healthy.value;
}

/** Whether gauges that fall stay above 0 for as long as they have to fall, if they were above 0 before. */
function isPlausible(series: readonly WorldSeries[], onset: number, until: number): boolean {
  return series.every((one) => {
    if (one.firing.kind !== 'slope' || one.firing.perSecond >= 0 || one.kind !== 'gauge') return true;
    const { phases } = phasesOf(one, onset);
    return (valueAt(phases, 0, 0) ?? 0) < 0 || (valueAt(phases, until, 0) ?? 0) >= 0;
  });
}

function firstRun(
  instants: readonly number[],
  empty: readonly boolean[],
  need: number,
): { from: number; to: number } | undefined {
  let from: number | undefined;
  for (const [index, at] of instants.entries()) {
    if (empty[index]) from = undefined;
    else from ??= at;
    const next = empty[index + 1] ?? true;
    if (from !== undefined && next && at - from >= need) return { from, to: at };
  }
  return undefined;
}

interface Run {
  startsAt: number;
  onset: number | undefined;
  recovery: number | undefined;
  /** Ascending. */
  instants: readonly number[];
  /** Seconds by which scrapes come after the evaluations. */
  offset: number;
  shortest: number;
  limit: WorkLimit;
}

/** For each instant whether the alert's query gives nothing; undefined where Prometheus would fail. */
function emptiness(problem: AlertProblem, series: readonly WorldSeries[], run: Run): boolean[] | undefined {
  const { rule, recordings, scrapeInterval } = problem;
  const end = Math.max(...run.instants);
  const coarse = Math.ceil(end / scrapeInterval / MOST_SCRAPES);
  const finest = Math.max(1, Math.floor(run.shortest / 4 / scrapeInterval));
  const step = scrapeInterval * Math.max(1, Math.min(coarse, finest));
  const scrapes = scrapesOf([{ from: 0, to: end, step }]).map((at) => at + run.offset);
  const store = new SeriesStore(
    series.map((one) => sampled(phasesOf(one, run.onset, run.recovery), scrapes, run.startsAt)),
  );
  try {
    if (recordings.length === 0) {
      return run.instants.map((at) => {
        run.limit.spend((series.length * Math.min(run.shortest, end)) / step, sizeOf(rule.query));
        return evaluateVector(rule.query, store, run.startsAt + at, { interval: rule.interval }).length === 0;
      });
    }
    const parts = [rule, ...recordings].reduce((sum, { query }) => sum + sizeOf(query), 0);
    run.limit.spend(0, (end / rule.interval) * parts);
    const chain = evaluateRules({ recordings, alert: rule }, store, {
      interval: rule.interval,
      from: run.startsAt,
      to: run.startsAt + end,
    });
    const emptyAt = new Map(chain.map(({ at, samples }) => [at - run.startsAt, samples.length === 0]));
    return run.instants.map((at) => emptyAt.get(at) ?? true);
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/** Instants over a stretch, with all of the first few. */
function spread(from: number, to: number, interval: number, first: number): number[] {
  const step = interval * Math.max(1, Math.ceil((to - from) / interval / MOST_INSTANTS));
  const instants = [...range(from, Math.min(to, from + first * interval), interval), ...range(from, to, step), to];
  return [...new Set(instants)].sort((a, b) => a - b);
}

function range(from: number, to: number, step: number): number[] {
  const found: number[] = [];
  for (let at = from; at <= to; at += step) found.push(at);
  return found;
}

function ceilTo(value: number, grain: number): number {
  return Math.ceil(value / grain - 1e-9) * grain;
}
