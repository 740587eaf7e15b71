import { labelValueFor } from './labelValue.js';
import {
  type Binary,
  constantOf,
  type Expression,
  type Matcher,
  type Selector,
  SLOPE_FUNCTIONS,
  selectorsOf,
  Unsupported,
} from './promql.js';
import { type Labels, type SteadySeries, selects } from './steadyState.js';

/** Something that can be turned to make a condition true or false, and the series that follow it. */
export interface Variable {
  domain: 'boolean' | 'whole' | 'real';
  /** An ordinary value, neither good nor bad by itself. */
  base: number;
  max: number;
  /** Share of a setting by which the chosen ones stay away from the crossing. */
  margin: number;
  /** Indices of the series that follow it. */
  series: readonly number[];
  /** Their values, in the order of `series`. */
  valuesAt(setting: number): number[];
}

export interface InputModel {
  series: readonly Omit<SteadySeries, 'value'>[];
  variables: readonly Variable[];
  /** What had to be taken for granted about the metrics, as sentences. */
  assumptions: readonly string[];
}

/** Growth of an ordinary counter in one scrape interval. */
const BASE_GROWTH = 600;
const BASE_LEVEL = 100;
/** Observations of a histogram in one scrape interval. */
const OBSERVATIONS = 10_000;
const MAX_SERIES = 40;

/**
 * The series that a query reads: at least one for each selector, and where one selector
 * takes part of what another takes, one of the rest too. They carry `job` and `instance`, as every
 * scraped series does, and the labels that the query groups by or the templates show.
 *
 * @param shared when set, a label that one selector asks for is given to the other metrics too.
 * @throws Unsupported when no fitting label value is found or a metric is read in two ways.
 */
export function inputSeries(
  expression: Expression,
  conditions: readonly Binary[],
  templateLabels: readonly string[],
  shared: boolean,
): InputModel {
  const selectors = selectorsOf(expression);
  const kinds = readingOf(expression);
  const extra = [...new Set([...groupingLabels(expression), ...templateLabels])].filter((name) => name !== 'le');
  const sharedLabels = shared ? (Object.assign({}, ...selectors.map(labelsFor)) as Labels) : {};
  const assumptions: string[] = [];
  const series: { labels: Labels; kind: 'level' | 'slope' }[] = [];
  const variables: Variable[] = [];
  const bounds = histogramBounds(conditions);

  const add = (labels: Labels, metric: string, thresholds: readonly number[] | undefined) => {
    const kind = kinds.get(metric) as 'level' | 'slope';
    const all = thresholds === undefined ? [labels] : bucketLabels(labels, thresholds);
    const fresh = all.filter((one) => !series.some((other) => sameLabels(other.labels, one)));
    if (fresh.length === 0) return;
    if (series.length + fresh.length > MAX_SERIES) throw new Unsupported(`more than ${MAX_SERIES} series`);
    const first = series.length;
    series.push(...fresh.map((one) => ({ labels: one, kind })));
    const indices = fresh.map((_, index) => first + index);
    variables.push(thresholds === undefined ? single(metric, kind, first) : histogram(indices));
  };

  const complete = (selector: Selector, own: Labels): Labels => {
    const fixed = new Set(selector.matchers.map((matcher) => matcher.label));
    const labels: Record<string, string> = { __name__: selector.metric };
    const ordinary: Record<string, string> = selector.metric.includes(':')
      ? {}
      : { job: 'example', instance: 'host-1:8080' };
    for (const name of extra) ordinary[name] ??= 'example';
    for (const [name, value] of Object.entries(sharedLabels)) {
      if (fixed.has(name) || value === '' || name === 'le') continue;
      ordinary[name] = value;
      assumptions.push(`${selector.metric} carries the label ${name}="${value}"`);
    }
    for (const [name, value] of Object.entries({ ...ordinary, ...own })) {
      if (value !== '' && (!fixed.has(name) || name in own)) labels[name] = value;
    }
    return labels;
  };

  // The narrow ones first: what they read belongs to the wide ones too.
  for (const selector of [...selectors].sort((a, b) => b.matchers.length - a.matchers.length)) {
    if (series.some((one) => selects(selector, one.labels))) continue;
    add(complete(selector, labelsFor(selector)), selector.metric, bounds.get(selector));
  }
  for (const [part, whole] of selectors.flatMap((a) => selectors.map((b) => [a, b] as const))) {
    if (part.metric !== whole.metric || part.matchers.length === 0) continue;
    const own = labelsBeside(whole, part);
    if (own === undefined) continue;
    const labels = complete(whole, own);
    if (selects(whole, labels) && !selects(part, labels)) add(labels, whole.metric, bounds.get(whole));
  }
  for (const metric of new Set(selectors.map((selector) => selector.metric))) {
    if (metric.includes(':')) assumptions.push(`the recorded series ${metric} has the values that are given here`);
  }
  return { series, variables, assumptions: [...new Set(assumptions)] };
}

/** Whether each metric is read as a level or by its slope. */
function readingOf(expression: Expression): Map<string, 'level' | 'slope'> {
  const kinds = new Map<string, 'level' | 'slope'>();
  const note = (metric: string, kind: 'level' | 'slope') => {
    if ((kinds.get(metric) ?? kind) !== kind)
      throw new Unsupported(`${metric} is read both as a level and by its slope`);
    kinds.set(metric, kind);
  };
  const walk = (inner: Expression): void => {
    switch (inner.kind) {
      case 'selector':
        note(inner.metric, 'level');
        break;
      case 'range':
        note(
          inner.selector.metric,
          (SLOPE_FUNCTIONS as readonly string[]).includes(inner.function) ? 'slope' : 'level',
        );
        break;
      case 'call':
        for (const arg of inner.args) walk(arg);
        break;
      case 'aggregation':
        walk(inner.operand);
        break;
      case 'binary':
        walk(inner.left);
        walk(inner.right);
        break;
      case 'number':
        break;
    }
  };
  walk(expression);
  return kinds;
}

function groupingLabels(expression: Expression): string[] {
  switch (expression.kind) {
    case 'call':
      return expression.args.flatMap(groupingLabels);
    case 'aggregation':
      return [
        ...(expression.grouping.mode === 'by' ? expression.grouping.labels : []),
        ...groupingLabels(expression.operand),
      ];
    case 'binary':
      return [
        ...(expression.matching.mode === 'on' ? expression.matching.labels : []),
        ...groupingLabels(expression.left),
        ...groupingLabels(expression.right),
      ];
    default:
      return [];
  }
}

/** Values for the labels that a selector names; the empty value stands for an absent label. */
function labelsFor(selector: Selector): Labels {
  return Object.fromEntries(
    [...byLabel(selector.matchers)].map(([label, matchers]) => {
      const value = labelValueFor(matchers);
      if (value === undefined)
        throw new Unsupported(`no value of ${label} was found that fits ${selector.metric}'s matchers`);
      return [label, value];
    }),
  );
}

/** Labels of a series that `whole` takes and `part` doesn't. */
function labelsBeside(whole: Selector, part: Selector): Labels | undefined {
  const base = labelsFor(whole);
  const wanted = byLabel(whole.matchers);
  for (const [label, matchers] of byLabel(part.matchers)) {
    const value = labelValueFor(wanted.get(label) ?? [], matchers);
    if (value !== undefined) return { ...base, [label]: value };
  }
  return undefined;
}

function byLabel(matchers: readonly Matcher[]): Map<string, Matcher[]> {
  const groups = new Map<string, Matcher[]>();
  for (const matcher of matchers) groups.set(matcher.label, [...(groups.get(matcher.label) ?? []), matcher]);
  return groups;
}

/** Bucket bounds around the threshold, for each selector that a quantile reads. */
function histogramBounds(conditions: readonly Binary[]): Map<Selector, number[]> {
  const bounds = new Map<Selector, number[]>();
  const walk = (inner: Expression, threshold: number): void => {
    if (inner.kind === 'aggregation') walk(inner.operand, threshold);
    if (inner.kind === 'binary') for (const side of [inner.left, inner.right]) walk(side, threshold);
    if (inner.kind !== 'call') return;
    if (inner.function !== 'histogram_quantile') {
      for (const arg of inner.args) walk(arg, threshold);
      return;
    }
    if (threshold <= 0) throw new Unsupported('a quantile compared with a number that is not positive');
    for (const selector of selectorsOf(inner)) {
      if (selector.matchers.some((matcher) => matcher.label === 'le'))
        throw new Unsupported('a quantile of chosen buckets');
      bounds.set(
        selector,
        [0.25, 0.5, 1, 2, 4].map((factor) => Number((factor * threshold).toPrecision(12))),
      );
    }
  };
  for (const condition of conditions) {
    const threshold = constantOf(condition.right) ?? constantOf(condition.left) ?? 0;
    walk(constantOf(condition.right) === undefined ? condition.right : condition.left, threshold);
  }
  return bounds;
}

function bucketLabels(labels: Labels, bounds: readonly number[]): Labels[] {
  return [...bounds.map(String), '+Inf'].map((le) => ({ ...labels, le }));
}

function single(metric: string, kind: 'level' | 'slope', index: number): Variable {
  const one = { series: [index], valuesAt: (setting: number) => [setting] };
  if (metric === 'up') return { domain: 'boolean', base: 1, max: 1, margin: 0, ...one };
  if (kind === 'slope') return { domain: 'whole', base: BASE_GROWTH, max: 1e13, margin: 0.01, ...one };
  return { domain: 'real', base: BASE_LEVEL, max: 1e15, margin: 0.01, ...one };
}

/**
 * All buckets of one histogram. The setting moves the observations up: at `i * OBSERVATIONS` all of
 * them lie in bucket `i`, in between they are shared with the next. Buckets stay cumulative.
 */
function histogram(indices: readonly number[]): Variable {
  const finite = indices.length - 1;
  return {
    domain: 'whole',
    base: 0,
    max: (finite - 1) * OBSERVATIONS,
    // One observation in a hundred moved already moves a high quantile far.
    margin: 0,
    series: indices,
    valuesAt: (setting) => {
      const bucket = Math.floor(setting / OBSERVATIONS);
      const moved = setting % OBSERVATIONS;
      return indices.map((_, index) => (index < bucket ? 0 : index === bucket ? OBSERVATIONS - moved : OBSERVATIONS));
    },
  };
}

function sameLabels(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
