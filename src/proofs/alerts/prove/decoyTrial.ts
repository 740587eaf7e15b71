import { type Binary, type Expr, isComparison } from '../../../promql/ast.js';
import type { Sample } from '../../../promql/value.js';
import { walk } from '../../../promql/walk.js';
import { phasesOf } from '../solve/phases.js';
import type { AlertProblem, World, WorldSeries } from '../world.js';
import { RuleStore } from './ruleStore.js';
import type { Split } from './splitSeries.js';
import { roundUp, settleOf, type Timeline } from './timeline.js';

/** Series that a world may have at most, decoys included. */
const MOST_SERIES = 60;
/** Samples of a test, decoys included. */
const MOST_SAMPLES = 30_000;
/** Evaluations of a life that are looked at for results at a threshold. */
const MOST_EVALUATIONS = 200;
/** Share of a value by which sums in another order differ at most. */
const ROUNDING = 1e-9;
/** Changes of a world that are tried, each of which costs some evaluations of the query. */
const MOST_TRIED = 60;

/** The changes of a world that left the results of its query as they were. */
export class DecoyTrial {
  best: World;
  /** Whether some growth is shared out among members. */
  sharesGrowth = false;
  readonly queries: readonly Expr[];
  private readonly members = new Set<string>();
  private tried = 0;
  private expected: Outcome | undefined;

  constructor(
    /** Without decoys. */
    readonly given: World,
    private readonly problem: AlertProblem,
    private readonly timeline: Timeline,
  ) {
    this.best = given;
    this.queries = [problem.rule.query, ...problem.recordings.map(({ query }) => query)];
    this.expected = this.outcomeOf(given);
  }

  /** Long worlds may have fewer series, lest promtool take too long. */
  private get mostSeries(): number {
    const { healthyEnd, scrape } = this.timeline;
    return Math.min(MOST_SERIES, Math.floor((MOST_SAMPLES * scrape) / healthyEnd));
  }

  get scrape(): number {
    return this.timeline.scrape;
  }

  /** @param results `more`: those that there were must be there, and others may be while the rule fires */
  add(decoys: readonly WorldSeries[], results: 'same' | 'more' = 'same'): boolean {
    const known = new Set(this.best.series.map(keyOf));
    const fresh = decoys.filter((decoy) => known.size < known.add(keyOf(decoy)).size);
    return fresh.length > 0 && this.take({ ...this.best, series: [...this.best.series, ...fresh] }, results);
  }

  /** Takes a world whose series have other values, and with them the query's result. */
  replace(world: World): boolean {
    return this.take(world, 'alike');
  }

  /** @param values whether only values may be shared out, not growth */
  split(split: Split, values: 'values' | 'all'): boolean {
    const made = split(this.best, (series) => !this.members.has(keyOf(series)));
    if (made === undefined || (made.ofGrowth && values === 'values')) return false;
    if (isRounded(made.members) && !this.keepsInAnyOrder(made.world)) return false;
    const taken = this.take(made.world, 'same');
    if (taken) {
      for (const member of made.members) this.members.add(keyOf(member));
      this.sharesGrowth ||= made.ofGrowth;
    }
    return taken;
  }

  /**
   * Whether it is all the same in which order members are taken together, which promtool doesn't keep and which
   * rounds sums of more than two in another way: neither an alert nor a value that is shown may depend on it.
   */
  private keepsInAnyOrder(world: World): boolean {
    const { onset, evaluation, end, turn } = this.timeline;
    if ((end - onset) / evaluation > MOST_EVALUATIONS) return false;
    try {
      const given = this.lifeOf(world);
      const instants = Array.from(
        { length: Math.round((end - onset) / evaluation) + 2 },
        (_, index) => onset + (index - 1) * evaluation,
      );
      const delicate = instants.filter((at) => (this.showsValue && at === turn) || this.isAtThreshold(given, at));
      if (delicate.length === 0) return true;
      const expected = delicate.map((at) => this.seenAt(given, at));
      return shuffled(world.series).every((series) => {
        const other = this.lifeOf({ ...world, series });
        return delicate.every((at, index) => this.seenAt(other, at) === expected[index]);
      });
    } catch {
      return false;
    }
  }

  /** Alerts, with their values to the last digit where they are shown. */
  private seenAt(store: RuleStore, at: number): string {
    return store
      .evaluate(this.problem.rule.query, at)
      .map(({ labels, value }) => `${JSON.stringify(Object.entries(labels).sort())} ${this.showsValue ? value : ''}`)
      .sort()
      .join('\n');
  }

  /** Whether something is compared that is as good as equal. */
  private isAtThreshold(store: RuleStore, at: number): boolean {
    return this.queries.flatMap(comparisonsIn).some(({ left, right }) => {
      const bounds = store.evaluate(right, at).map(({ value }) => value);
      return store.evaluate(left, at).some(({ value }) => bounds.some((bound) => isAsGoodAs(value, bound)));
    });
  }

  private lifeOf(world: World): RuleStore {
    const { onset, end, turn, scrape } = this.timeline;
    const phases = (series: WorldSeries) =>
      phasesOf(series, onset - world.startsAt, turn + scrape - world.startsAt).phases;
    return new RuleStore(world, this.timeline, this.problem.recordings, phases, end);
  }

  /** Whether alerts show their value, in which rounding can be seen. */
  private get showsValue(): boolean {
    const { labels, annotations } = this.problem.rule;
    return [labels, annotations].some((texts) => Object.values(texts).some((text) => /\$value|\.Value/.test(text)));
  }

  /** Whether another version of the rule gives itself away on these series beside the world's. */
  isToldBy(decoys: readonly WorldSeries[], version: AlertProblem): boolean {
    if (this.expected === undefined) return false;
    try {
      const outcome = outcomeOf({ ...this.best, series: [...this.best.series, ...decoys] }, version, this.timeline);
      return outcome.some((texts, index) => labelsOf(texts) !== labelsOf(this.expected?.[index] ?? []));
    } catch {
      return true;
    }
  }

  private take(world: World, results: 'same' | 'more' | 'alike'): boolean {
    if (this.expected === undefined || world.series.length > this.mostSeries || this.tried >= MOST_TRIED) return false;
    this.tried += 1;
    const outcome = this.outcomeOf(world);
    if (outcome === undefined || !fits(outcome, this.expected, results)) return false;
    this.best = world;
    if (results === 'alike') this.expected = outcome;
    return true;
  }

  /** Undefined where a join is ambiguous, or needs what our evaluator doesn't know. */
  private outcomeOf(world: World): Outcome | undefined {
    try {
      return outcomeOf(world, this.problem, this.timeline);
    } catch {
      return undefined;
    }
  }
}

/** The query's results, as text, while healthy, right after the onset and when it fires. */
type Outcome = readonly (readonly string[])[];

function fits(outcome: Outcome, expected: Outcome, results: 'same' | 'more' | 'alike'): boolean {
  return outcome.every((texts, index) => {
    const wanted = expected[index] ?? [];
    if (results === 'alike') return texts.length === wanted.length;
    const isIncluded = wanted.every((text) => texts.includes(text));
    if (results === 'more')
      return isIncluded && (wanted.length === 0 ? texts.length === 0 : texts.length > wanted.length);
    return isIncluded && texts.length === wanted.length;
  });
}

/** Some orders of the series, the same each time. */
function shuffled(series: readonly WorldSeries[]): WorldSeries[][] {
  let state = 1;
  const below = (count: number) => {
    // Numerical Recipes' linear congruential generator; its upper bits are the better ones.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  return Array.from({ length: ORDERS }, () => {
    const order = [...series];
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = below(last + 1);
      [order[last], order[other]] = [order[other] as WorldSeries, order[last] as WorldSeries];
    }
    return order;
  });
}

/** Orders of series that are tried, of four members most of those that differ. */
const ORDERS = 24;

/** Whether sums of these are rounded: of growth, or of broken numbers. */
function isRounded(members: readonly WorldSeries[]): boolean {
  return members.some(({ healthy, firing }) =>
    [healthy, firing].some(
      (form) => form.kind !== 'absent' && !(form.kind === 'level' && Number.isInteger(form.value)),
    ),
  );
}

function outcomeOf(world: World, problem: AlertProblem, timeline: Timeline): Outcome {
  const { onset, turn, scrape, evaluation } = timeline;
  const store = new RuleStore(
    world,
    timeline,
    problem.recordings,
    (series) => phasesOf(series, onset - world.startsAt).phases,
    turn,
  );
  const settled = Math.min(onset + roundUp(Math.max(settleOf(world), scrape), evaluation), turn);
  const instants = new Set([onset - evaluation, settled, turn]);
  return [...instants].map((at) => store.evaluate(problem.rule.query, at).map(textOf).sort());
}

/** Results without their values: what alerts there are. */
function labelsOf(texts: readonly string[]): string {
  return texts.map((text) => text.slice(0, text.lastIndexOf(' '))).join('\n');
}

function textOf({ labels, value }: Sample): string {
  return `${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))} ${Number(value.toPrecision(9))}`;
}

function keyOf({ labels }: WorldSeries): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function comparisonsIn(query: Expr): Binary[] {
  const found: Binary[] = [];
  walk(query, (expr) => {
    if (isComparison(expr)) found.push(expr);
  });
  return found;
}

function isAsGoodAs(value: number, other: number): boolean {
  return Math.abs(value - other) <= ROUNDING * Math.max(Math.abs(value), Math.abs(other));
}
