import { formatDuration } from './duration.js';
import { type Expression, type RangeCall, Unsupported } from './promql.js';
import type { Labels, SteadySeries } from './steadyState.js';

/** When samples and evaluations happen in a test; everything in seconds from its start. */
export interface Timeline {
  scrapeInterval: number;
  evaluationInterval: number;
  /** From here on the firing series have their bad values. */
  turnsBadAt: number;
  /** `for`, rounded up to the next evaluation, as Prometheus does. */
  wait: number;
  end: number;
}

/** Interval between two samples of a series where nobody says otherwise, in seconds. */
export const DEFAULT_SCRAPE_INTERVAL = 30;
/** Evaluation interval of a group that names none: Prometheus's own default, in seconds. */
export const DEFAULT_EVALUATION_INTERVAL = 60;
/** promtool loads at most 10,000 samples for a query. */
const MAX_SAMPLES = 8_000;
/** Instant selectors look back for five minutes. */
const LOOKBACK = 300;
const COARSER = [60, 120, 240, 600, 1800, 3600] as const;

/**
 * Times of a test that is long enough to fill every range of the query twice and to wait for `for`.
 * For very long ranges the samples are taken further apart, as far as the query allows.
 *
 * @throws Unsupported when promtool's limits don't allow it, or a range holds fewer than two scrapes.
 */
export function timelineFor(input: {
  expression: Expression;
  wait: number;
  series: number;
  evaluationInterval: number;
  scrapeInterval: number;
}): Timeline {
  const ranges = rangesOf(input.expression);
  const widest = Math.max(0, ...ranges);
  const narrowest = Math.min(...ranges, Infinity);
  const evaluation = input.evaluationInterval;
  if (!Number.isInteger(evaluation)) throw new Unsupported('an evaluation interval below a second');
  if (narrowest < 2 * input.scrapeInterval) {
    throw new Unsupported(
      `a range of ${formatDuration(narrowest)} holds fewer than two scrapes of ${formatDuration(input.scrapeInterval)}`,
    );
  }
  const wait = Math.ceil(input.wait / evaluation) * evaluation;
  const fill = Math.ceil((widest + 2 * input.scrapeInterval) / evaluation) * evaluation;
  const end = 2 * fill + wait + 3 * evaluation;
  const limit = readsInstants(input.expression) ? Math.min(narrowest / 2, LOOKBACK - 1) : narrowest / 2;
  const scrapeInterval = [input.scrapeInterval, ...COARSER.filter((step) => step > input.scrapeInterval)].find(
    (step) => (end / step) * input.series <= MAX_SAMPLES && (step === input.scrapeInterval || step <= limit),
  );
  if (scrapeInterval === undefined || end / evaluation > MAX_SAMPLES) {
    throw new Unsupported(`a test over ${formatDuration(end)} needs more samples than promtool takes`);
  }
  return {
    scrapeInterval,
    evaluationInterval: evaluation,
    turnsBadAt: Math.ceil(fill / scrapeInterval) * scrapeInterval,
    wait,
    end,
  };
}

/**
 * A series in promtool's notation (`a+bxn`: a value, then n more that each add b): healthy up to
 * the turn, then bad up to the end and one evaluation beyond it.
 */
export function promtoolValues(good: SteadySeries, bad: SteadySeries, timeline: Timeline): string {
  const before = timeline.turnsBadAt / timeline.scrapeInterval;
  const total = Math.ceil((timeline.end + timeline.evaluationInterval) / timeline.scrapeInterval) + 1;
  const after = total - before;
  if (good.kind === 'level') {
    return good.value === bad.value ? held(good.value, total) : `${held(good.value, before)} ${held(bad.value, after)}`;
  }
  // A slope that falls starts high enough to stay positive.
  const start = Math.max(0, -good.value, -bad.value) * total;
  if (good.value === bad.value) return growing(start, good.value, total);
  const turn = start + good.value * (before - 1) + bad.value;
  return `${growing(start, good.value, before)} ${growing(turn, bad.value, after)}`;
}

/** A series' name and labels as PromQL writes them, labels in alphabetical order. */
export function seriesName(labels: Labels): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${labels.__name__ ?? ''}{${pairs.join(', ')}}`;
}

function held(value: number, samples: number): string {
  return `${decimal(value)}+0x${samples - 1}`;
}

function growing(start: number, growth: number, samples: number): string {
  const sign = growth < 0 ? '-' : '+';
  return `${decimal(start)}${sign}${decimal(Math.abs(growth))}x${samples - 1}`;
}

/** promtool's notation reads an `e` with a sign as an expansion, so numbers are written out. */
function decimal(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1 ? BigInt(Math.round(value)).toString() : value.toFixed(20).replace(/0+$/, '');
}

function rangesOf(expression: Expression): number[] {
  return rangeCallsOf(expression).map((call) => call.range);
}

function rangeCallsOf(expression: Expression): RangeCall[] {
  switch (expression.kind) {
    case 'range':
      return [expression];
    case 'call':
      return expression.args.flatMap(rangeCallsOf);
    case 'aggregation':
      return rangeCallsOf(expression.operand);
    case 'binary':
      return [...rangeCallsOf(expression.left), ...rangeCallsOf(expression.right)];
    default:
      return [];
  }
}

function readsInstants(expression: Expression): boolean {
  switch (expression.kind) {
    case 'selector':
      return true;
    case 'call':
      return expression.args.some(readsInstants);
    case 'aggregation':
      return readsInstants(expression.operand);
    case 'binary':
      return readsInstants(expression.left) || readsInstants(expression.right);
    default:
      return false;
  }
}
