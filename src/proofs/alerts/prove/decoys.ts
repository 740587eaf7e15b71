import type { Expr, Matcher, VectorSelector } from '../../../promql/ast.js';
import { matches } from '../../../promql/matchers.js';
import type { Sample } from '../../../promql/value.js';
import { selectorsOf, walk } from '../../../promql/walk.js';
import type { Form } from '../scenario.js';
import { labelValueFor } from '../solve/labelValue.js';
import type { AlertProblem, World, WorldSeries } from '../world.js';
import { RuleStore } from './ruleStore.js';
import { roundUp, settleOf, type Timeline } from './timeline.js';

/** Series that a world may have at most, decoys included. */
const MOST_SERIES = 60;

/**
 * Adds series that the rule must not mind, so that a rule which reads a little more or joins a little
 * wider gives itself away: for each matcher, bad series that only this matcher keeps out; for each
 * label by which the query groups or joins, healthy twins that differ in this label alone. A decoy
 * stays only when the result of the query, by our own evaluator, is what it is without.
 */
export function withDecoys(world: World, problem: AlertProblem, timeline: Timeline): World {
  let best = world;
  let expected: string;
  try {
    expected = outcome(world, problem, timeline);
  } catch {
    return world;
  }
  const candidates = [...matcherDecoys(world, problem), ...twins(world, problem)];
  for (const decoys of candidates) {
    const fresh = decoys.filter((decoy) => !best.series.some((series) => keyOf(series) === keyOf(decoy)));
    if (fresh.length === 0 || best.series.length + fresh.length > MOST_SERIES) continue;
    const tried: World = { ...best, series: [...best.series, ...fresh] };
    try {
      if (outcome(tried, problem, timeline) === expected) best = tried;
    } catch {
      // The decoy makes a join ambiguous, or needs what our evaluator doesn't know: without it, then.
    }
  }
  return best;
}

/** The query's results while healthy, right after the onset, when it fires and after the turn, as text. */
function outcome(world: World, problem: AlertProblem, timeline: Timeline): string {
  const { onset, turn, scrape, evaluation, end } = timeline;
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
  return JSON.stringify([
    [...instants].map((at) => store.evaluate(problem.rule.query, at).map(textOf).sort()),
    end > turn,
  ]);
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

function selects(selector: VectorSelector, { labels }: WorldSeries): boolean {
  return (
    (selector.metric === undefined || labels.__name__ === selector.metric) &&
    selector.matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? ''))
  );
}

/** For each matcher the bad series that it, and it alone, keeps out of its selector. */
function matcherDecoys(world: World, problem: AlertProblem): WorldSeries[][] {
  return allSelectors(problem).flatMap((selector) =>
    selector.matchers.flatMap((matcher) => {
      const selected = world.series.filter((series) => selects(selector, series));
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

/** For each label by which the query groups or joins, a healthy copy of the world with another value of it. */
function twins(world: World, problem: AlertProblem): WorldSeries[][] {
  const labels = new Set<string>(['instance']);
  for (const query of [problem.rule.query, ...problem.recordings.map((recording) => recording.query)]) {
    for (const label of groupingLabels(query)) labels.add(label);
  }
  const fixed = new Set(allSelectors(problem).flatMap(({ matchers }) => matchers.map(({ label }) => label)));
  return [...labels].flatMap((label) => {
    if (fixed.has(label)) return [];
    const copied = world.series.filter(
      (series) => series.labels[label] !== undefined && series.healthy.kind !== 'absent',
    );
    if (copied.length === 0) return [];
    return [
      copied.map(
        (series): WorldSeries => ({
          ...series,
          labels: { ...series.labels, [label]: another(series.labels[label] as string) },
          role: 'context',
          firing: series.healthy,
        }),
      ),
    ];
  });
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

/** A value as its neighbour would have it: `host-1:8080` → `host-2:8080`. */
function another(value: string): string {
  const numbered = value.replace(/-1(?=:|$)/, '-2');
  return numbered === value ? `${value}-2` : numbered;
}
