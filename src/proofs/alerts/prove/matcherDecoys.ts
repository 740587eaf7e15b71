import type { Expr, Matcher, VectorSelector } from '../../../promql/ast.js';
import { matches, selects } from '../../../promql/matchers.js';
import { mapExpr, selectorsOf, walk } from '../../../promql/walk.js';
import type { Form } from '../scenario.js';
import { labelValueFor } from '../solve/labelValue.js';
import type { AlertProblem, World, WorldSeries } from '../world.js';
import type { DecoyTrial } from './decoyTrial.js';
import { alternativesOf, another } from './splitSeries.js';

export function selectorsIn({ rule, recordings }: AlertProblem): VectorSelector[] {
  return [rule.query, ...recordings.map(({ query }) => query)].flatMap(selectorsOf);
}

/**
 * For each matcher bad series that it, and it alone, keeps out of its selector: beside the world's own, and
 * where that doesn't tell the rule without the matcher, in a copy of the world with another value of a label
 * by which the query groups or joins.
 */
export function addMatcherDecoys(trial: DecoyTrial, problem: AlertProblem): void {
  let order = FIRST_FOREIGN;
  for (const selector of selectorsIn(problem)) {
    for (const matcher of selector.matchers) {
      const values = matcher.label === '__name__' ? [] : refusedValues(matcher, selector);
      if (values.length === 0) continue;
      for (const value of values) trial.add(besides(trial.best, selector, matcher, value));
      const without = withoutMatcher(problem, selector, matcher);
      if (trial.isToldBy([], without)) continue;
      for (const copy of foreignCopies(trial.given, problem, selector, {
        matcher,
        value: values[0] as string,
        order,
      })) {
        if (!trial.isToldBy(copy, without) || !trial.add(copy)) continue;
        order += 1;
        break;
      }
    }
  }
}

/** Neighbours of the world's labels, from this one on, that stand for other decoys' copies. */
const FIRST_FOREIGN = 20;

function besides(world: World, selector: VectorSelector, { label }: Matcher, value: string): WorldSeries[] {
  const selected = world.series.filter((series) => selects(selector, series.labels));
  return selected.flatMap((series) => badTwin(series, label, value));
}

/** Plausible values that the matcher refuses and that other matchers of the label don't mind. */
function refusedValues(matcher: Matcher, { matchers }: VectorSelector): string[] {
  const others = matchers.filter((other) => other.label === matcher.label && other !== matcher);
  const negated = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;
  const value = labelValueFor([...others, { operator: negated[matcher.operator], value: matcher.value }]);
  const named = matcher.operator === '!~' ? alternativesOf(matcher.value).slice(0, MOST_ALTERNATIVES) : [];
  const all = [...(value === undefined ? [] : [value]), ...named];
  return [...new Set(all)].filter((one) => others.every((other) => matches(other, one)));
}

const MOST_ALTERNATIVES = 6;

function withoutMatcher(problem: AlertProblem, selector: VectorSelector, matcher: Matcher): AlertProblem {
  const change = (query: Expr) =>
    mapExpr(query, (expr) =>
      expr === selector ? { ...selector, matchers: selector.matchers.filter((other) => other !== matcher) } : expr,
    );
  return {
    ...problem,
    rule: { ...problem.rule, query: change(problem.rule.query) },
    recordings: problem.recordings.map((recording) => ({ ...recording, query: change(recording.query) })),
  };
}

/** Copies of the bad world elsewhere, in which the selector reads nothing because of one matcher. */
function foreignCopies(
  world: World,
  problem: AlertProblem,
  selector: VectorSelector,
  { matcher, value, order }: { matcher: Matcher; value: string; order: number },
): WorldSeries[][] {
  const matchers = selectorsIn(problem).flatMap((one) => one.matchers);
  return groupingLabelsOf(problem)
    .filter((label) => label !== matcher.label)
    .flatMap((label) => {
      const own = matchers.filter((one) => one.label === label);
      const copied = world.series.flatMap((series): WorldSeries[] => {
        const name = series.labels[label];
        const { firing } = series;
        if (name === undefined || firing.kind === 'absent') return [];
        const other = another(name, order);
        if (own.some((one) => matches(one, name) !== matches(one, other))) return [];
        const labels: Record<string, string> = { ...series.labels, [label]: other };
        if (selects(selector, series.labels)) {
          labels[matcher.label] = value;
          if (value === '') delete labels[matcher.label];
        }
        return [{ ...series, labels, role: 'context', healthy: firing, firing }];
      });
      return copied.length === 0 ? [] : [copied];
    });
}

/** Labels by which a query groups or joins, and the one that tells targets apart. */
export function groupingLabelsOf({ rule, recordings }: AlertProblem): string[] {
  const labels = new Set<string>(['instance']);
  for (const query of [rule.query, ...recordings.map((recording) => recording.query)]) {
    walk(query, (expr) => {
      const named =
        expr.kind === 'aggregation' && expr.grouping?.mode === 'by'
          ? expr.grouping.labels
          : expr.kind === 'binary'
            ? [...(expr.matching.mode === 'on' ? expr.matching.labels : []), ...expr.matching.include]
            : [];
      for (const label of named) labels.add(label);
    });
  }
  return [...labels];
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
