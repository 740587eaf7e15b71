import type { Expr, Matcher, VectorSelector } from '../../../promql/ast.js';
import { matches, selects } from '../../../promql/matchers.js';
import type { Sample } from '../../../promql/value.js';
import { selectorsOf, walk } from '../../../promql/walk.js';
import type { Form } from '../scenario.js';
import { labelValueFor } from '../solve/labelValue.js';
import type { AlertProblem, World, WorldSeries } from '../world.js';
import { atThreshold, edgesOf } from './edgeWorlds.js';
import { RuleStore } from './ruleStore.js';
import { alternativesOf, another, type Split, splitsOf } from './splitSeries.js';
import { roundUp, settleOf, type Timeline } from './timeline.js';

/** Series that a world may have at most, decoys included. */
const MOST_SERIES = 60;
/** Changes of a world that are tried, each of which costs some evaluations of the query. */
const MOST_TRIED = 60;

/**
 * Makes a world in which a rule that reads a little more, joins a little wider or aggregates in another
 * way gives itself away. Each change stays only when the result of the query, by our own evaluator, is
 * what it is without:
 * - the healthy value is put at the threshold itself;
 * - what is aggregated is split into unequal members;
 * - for each matcher, bad series that only this matcher keeps out;
 * - for each label by which the query groups or joins, healthy twins that differ in this label alone, and
 *   bad ones that one comparison keeps out;
 * - for each alternative that a matcher names, series that fire too.
 *
 * @returns the world, after it those with fewer changes, for when promtool minds them; the world as given last
 */
export function withDecoys(world: World, problem: AlertProblem, timeline: Timeline): World[] {
  const trial = new DecoyTrial(world, problem, timeline);
  const exact = atThreshold(world, trial.queries.some(isSummed));
  const isExact = exact !== undefined && trial.replace(exact);
  const decorated = decorate(trial, problem);
  if (!isExact) return decorated === world ? [world] : [decorated, world];
  return [decorated, decorate(new DecoyTrial(world, problem, timeline), problem), world];
}

function decorate(trial: DecoyTrial, problem: AlertProblem): World {
  const { best: world, queries } = trial;
  for (const split of splitsOf(queries)) trial.split(split);
  for (const decoys of matcherDecoys(trial.best, problem)) trial.add(decoys);
  for (const decoys of twins(trial.best, problem, 2, (series) => series.healthy)) trial.add(decoys);
  let order = 3;
  for (const edge of edgesOf(queries)) {
    const isRead = (series: WorldSeries) => edge.reads(series) !== undefined;
    const form = (series: WorldSeries) => edge.reads(series) ?? series.firing;
    if (twins(world, problem, order, form, isRead).some((decoys) => trial.add(decoys))) order += 1;
  }
  for (const witnesses of alternatives(world, problem)) trial.add(witnesses, 'more');
  return trial.best;
}

/** The changes of a world that left the results of its query as they were. */
class DecoyTrial {
  best: World;
  readonly queries: readonly Expr[];
  private tried = 0;
  private expected: Outcome | undefined;

  constructor(
    world: World,
    private readonly problem: AlertProblem,
    private readonly timeline: Timeline,
  ) {
    this.best = world;
    this.queries = [problem.rule.query, ...problem.recordings.map(({ query }) => query)];
    this.expected = this.outcomeOf(world);
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

  split(split: Split): boolean {
    const world = split(this.best);
    return world !== undefined && this.take(world, 'same');
  }

  private take(world: World, results: 'same' | 'more' | 'alike'): boolean {
    if (this.expected === undefined || world.series.length > MOST_SERIES || this.tried >= MOST_TRIED) return false;
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

function outcomeOf(world: World, problem: AlertProblem, timeline: Timeline): Outcome {
  const { onset, turn, scrape, evaluation } = timeline;
  const store = new RuleStore(
    world,
    timeline,
    problem.recordings,
    (series) => [
      { from: 0, form: series.healthy },
      ...(series.role === 'carrier' ? [{ from: onset - world.startsAt, form: series.firing }] : []),
    ],
    turn,
  );
  const settled = Math.min(onset + roundUp(Math.max(settleOf(world), scrape), evaluation), turn);
  const instants = new Set([onset - evaluation, settled, turn]);
  return [...instants].map((at) => store.evaluate(problem.rule.query, at).map(textOf).sort());
}

function textOf({ labels, value }: Sample): string {
  return `${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))} ${Number(value.toPrecision(9))}`;
}

function keyOf({ labels }: WorldSeries): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function allSelectors({ rule, recordings }: AlertProblem): VectorSelector[] {
  return [rule.query, ...recordings.map(({ query }) => query)].flatMap(selectorsOf);
}

/** For each matcher the bad series that it, and it alone, keeps out of its selector. */
function matcherDecoys(world: World, problem: AlertProblem): WorldSeries[][] {
  return allSelectors(problem).flatMap((selector) =>
    selector.matchers.flatMap((matcher) => {
      const selected = world.series.filter((series) => selects(selector, series.labels));
      const value = refusedValue(matcher, selector);
      if (value === undefined || selected.length === 0 || matcher.label === '__name__') return [];
      return [selected.flatMap((series) => badTwin(series, matcher.label, value))];
    }),
  );
}

/** A plausible value that the matcher refuses and that other matchers of the label don't mind. */
function refusedValue(matcher: Matcher, { matchers }: VectorSelector): string | undefined {
  const others = matchers.filter((other) => other.label === matcher.label && other !== matcher);
  const negated = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;
  return labelValueFor([...others, { operator: negated[matcher.operator], value: matcher.value }]);
}

function badTwin(series: WorldSeries, label: string, value: string): WorldSeries[] {
  const labels: Record<string, string> = { ...series.labels, [label]: value };
  if (value === '') delete labels[label];
  const form = decoyForm(series);
  return form === undefined ? [] : [{ ...series, labels, role: 'context', healthy: form, firing: form }];
}

/**
 * What carries the condition is bad for good, and by its weight decides a quantile; where absence is bad it
 * is there. Anything else has another value, lest it stand in for the original.
 */
function decoyForm({ role, kind, healthy, firing }: WorldSeries): Form | undefined {
  if (firing.kind === 'absent') return healthy.kind === 'absent' ? undefined : healthy;
  if (role === 'context') return other(firing);
  return kind === 'histogram' && firing.kind === 'slope' ? { ...firing, perSecond: 10 * firing.perSecond } : firing;
}

function other(form: Form): Form {
  if (form.kind === 'level') return { ...form, value: form.value === 0 ? 1 : 3 * form.value };
  return form.kind === 'slope' && form.perSecond > 0 ? { ...form, perSecond: 3 * form.perSecond } : form;
}

/**
 * For each label by which the query groups or joins, copies of a world's series with another value of it.
 *
 * @param order which neighbour they are
 * @param form what a copy reads for good
 * @param isMeant which series must be among them; default any
 */
function twins(
  world: World,
  problem: AlertProblem,
  order: number,
  form: (series: WorldSeries) => Form,
  isMeant: (series: WorldSeries) => boolean = () => true,
): WorldSeries[][] {
  const labels = new Set<string>(['instance']);
  for (const query of [problem.rule.query, ...problem.recordings.map((recording) => recording.query)]) {
    for (const label of groupingLabels(query)) labels.add(label);
  }
  const matchers = allSelectors(problem).flatMap((selector) => selector.matchers);
  return [...labels].flatMap((label) => {
    const own = matchers.filter((matcher) => matcher.label === label);
    const copied = world.series.flatMap((series): WorldSeries[] => {
      const value = series.labels[label];
      const steady = form(series);
      if (value === undefined || steady.kind === 'absent') return [];
      const other = another(value, order);
      if (own.some((matcher) => matches(matcher, value) !== matches(matcher, other))) return [];
      return [
        { ...series, labels: { ...series.labels, [label]: other }, role: 'context', healthy: steady, firing: steady },
      ];
    });
    return copied.some(isMeant) ? [copied] : [];
  });
}

/** For each further alternative that a matcher names, a copy of the series that carry the condition. */
function alternatives(world: World, problem: AlertProblem): WorldSeries[][] {
  return allSelectors(problem).flatMap((selector) =>
    selector.matchers.flatMap(({ label, operator, value }) => {
      if (operator !== '=~') return [];
      const carriers = world.series.filter((series) => series.role === 'carrier' && selects(selector, series.labels));
      return alternativesOf(value)
        .slice(0, MOST_ALTERNATIVES)
        .map((other) => {
          const replaced = new Set(carriers.map((series) => series.labels[label]));
          replaced.delete(other);
          const copied = world.series.filter(
            (series) => series.labels[label] !== undefined && replaced.has(series.labels[label]),
          );
          return copied.map((series) => ({ ...series, labels: { ...series.labels, [label]: other } }));
        });
    }),
  );
}

const MOST_ALTERNATIVES = 8;

function isSummed(query: Expr): boolean {
  let found = false;
  walk(query, (expr) => {
    found ||= expr.kind === 'aggregation' && expr.operator !== 'max' && expr.operator !== 'min';
  });
  return found;
}

function groupingLabels(query: Expr): string[] {
  const labels: string[] = [];
  walk(query, (expr) => {
    if (expr.kind === 'aggregation' && expr.grouping?.mode === 'by') labels.push(...expr.grouping.labels);
    if (expr.kind === 'binary' && expr.matching.mode === 'on') labels.push(...expr.matching.labels);
    if (expr.kind === 'binary') labels.push(...expr.matching.include);
  });
  return labels;
}
