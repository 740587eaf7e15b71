import type { World } from '../world.js';

/** Instants of the tests of one rule, in seconds since 1970, where promtool starts; all of them fall on evaluations. */
export interface Timeline {
  scrape: number;
  evaluation: number;
  /** Windows are full, so that from now on what is healthy must be silent. */
  warm: number;
  /** The carriers take their firing form. */
  onset: number;
  /** The alert fires by now at the latest and the carriers turn healthy right after. */
  turn: number;
  /** Everything is over. */
  end: number;
  /** The silent test shows health until then; afterwards the carriers vanish. */
  healthyUntil: number;
  healthyEnd: number;
  /** Born bad: the carriers appear at `onset`, vanish at `vanish`. */
  vanish: number;
  birthEnd: number;
}

/** Prometheus' look-back, after which a series without a staleness marker is gone. */
const LOOKBACK = 300;

export interface RuleTimes {
  for: number;
  keepFiringFor: number;
  scrape: number;
  evaluation: number;
}

/**
 * Lays out a rule's tests. The onset falls on a scrape and on an evaluation, so that waiting times
 * can be told to the evaluation.
 */
export function timelineOf(world: World, times: RuleTimes): Timeline {
  const { scrape, evaluation } = times;
  const common = leastCommonMultiple(scrape, evaluation);
  const step = common !== undefined && common <= 10 * Math.max(scrape, evaluation) ? common : evaluation;
  const up = (seconds: number) => roundUp(seconds, evaluation);
  const warm = up(world.startsAt + world.warmUp);
  const onset = roundUp(warm + evaluation, step);
  const wait = up(times.for);
  const firingAtLatest = onset + up(settleOf(world)) + wait;
  let turn = firingAtLatest + 2 * evaluation;
  if (world.holds !== undefined) {
    const last = Math.floor((onset + world.holds) / evaluation) * evaluation;
    turn = Math.min(turn, Math.max(last, firingAtLatest));
  }
  // Where events come one by one, how many of them a window holds depends on when they turn rarer again.
  const uneven = longestBeat(world) > 0;
  const recover = world.recover === undefined ? 0 : Math.max(world.recover, uneven ? world.warmUp : 0);
  const over = up(scrape + recover) + up(times.keepFiringFor) + 2 * evaluation;
  const end = turn + over;
  const healthyEnd = end + up(scrape) + up(LOOKBACK) + wait + 2 * evaluation;
  const vanish = turn;
  return {
    scrape,
    evaluation,
    warm,
    onset,
    turn,
    end,
    healthyUntil: end,
    healthyEnd,
    vanish,
    birthEnd: vanish + Math.max(over, up(scrape + LOOKBACK) + up(times.keepFiringFor) + 2 * evaluation),
  };
}

/**
 * Seconds after the onset at which the query holds at the latest. Where events come one by one it also
 * counts how long ago the last one was.
 */
export function settleOf(world: World): number {
  return world.settle + longestBeat(world);
}

function longestBeat({ series }: World): number {
  const forms = series.flatMap(({ role, healthy, firing }) => (role === 'carrier' ? [healthy, firing] : []));
  return Math.max(0, ...forms.map((form) => (form.kind === 'steps' || form.kind === 'cycle' ? form.every : 0)));
}

export function roundUp(seconds: number, step: number): number {
  return Math.ceil(seconds / step - 1e-9) * step;
}

function leastCommonMultiple(first: number, second: number): number | undefined {
  const [a, b] = [Math.round(first * 1000), Math.round(second * 1000)];
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x === 0 ? undefined : (a / x) * (b / 1000);
}
