import { matches } from './labelValue.js';
import { arithmetic, type Binary, constantOf, type Expression, isComparison, Unsupported } from './promql.js';

export type Labels = Readonly<Record<string, string>>;

/** A series that stays as it is: a level that is held, or a counter that grows by the same each scrape. */
export interface SteadySeries {
  labels: Labels;
  kind: 'level' | 'slope';
  /** The level, or the growth in a scrape interval. */
  value: number;
}

export interface Sample {
  labels: Labels;
  value: number;
}

/**
 * What a query gives while every series is steady for longer than its widest range. It follows
 * PromQL's label rules (https://prometheus.io/docs/prometheus/latest/querying/operators/). It only
 * guides the choice of values; whether an alert fires is promtool's word.
 *
 * @param scrapeInterval seconds between two samples.
 * @throws Unsupported where the steady value can't be told.
 */
export function steadyValue(expression: Expression, series: readonly SteadySeries[], scrapeInterval: number): Sample[] {
  const evaluate = (inner: Expression): Sample[] => steadyValue(inner, series, scrapeInterval);
  switch (expression.kind) {
    case 'number':
      return [{ labels: {}, value: expression.value }];
    case 'selector':
      return series.filter((one) => selects(expression, one.labels)).map(({ labels, value }) => ({ labels, value }));
    case 'range': {
      const found = series.filter((one) => selects(expression.selector, one.labels));
      const factor = factorOf(expression.function, expression.range, scrapeInterval);
      return found.map((one) => ({
        labels: expression.function === 'last_over_time' ? one.labels : without(one.labels, ['__name__']),
        value: one.value * factor,
      }));
    }
    case 'call':
      if (expression.function === 'histogram_quantile') return quantiles(expression.args, evaluate);
      return evaluate(expression.args[0] as Expression).map(({ labels, value }) => ({
        labels: without(labels, ['__name__']),
        value: INSTANT[expression.function as keyof typeof INSTANT](value),
      }));
    case 'aggregation': {
      const { mode, labels: names } = expression.grouping;
      const groups = groupBy(evaluate(expression.operand), (labels) =>
        mode === 'by' ? only(labels, names) : without(labels, [...names, '__name__']),
      );
      return groups.map(({ labels, values }) => ({ labels, value: AGGREGATE[expression.operator](values) }));
    }
    case 'binary':
      return binary(expression, evaluate);
  }
}

/** Whether a selector takes a series. */
export function selects(
  selector: { metric: string; matchers: readonly Parameters<typeof matches>[0][] },
  labels: Labels,
) {
  return (
    labels.__name__ === selector.metric &&
    selector.matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? '') === true)
  );
}

const INSTANT = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: (value: number) => Math.floor(value + 0.5),
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
};

const AGGREGATE = {
  sum: (values: number[]) => values.reduce((sum, value) => sum + value, 0),
  avg: (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values: number[]) => Math.min(...values),
  max: (values: number[]) => Math.max(...values),
  count: (values: number[]) => values.length,
};

function factorOf(name: string, range: number, scrapeInterval: number): number {
  if (name === 'rate' || name === 'irate' || name === 'deriv') return 1 / scrapeInterval;
  return name === 'increase' || name === 'delta' ? range / scrapeInterval : 1;
}

function binary(expression: Binary, evaluate: (inner: Expression) => Sample[]): Sample[] {
  const { operator } = expression;
  const left = evaluate(expression.left);
  const right = evaluate(expression.right);
  const constantLeft = constantOf(expression.left);
  const constantRight = constantOf(expression.right);
  if (constantLeft !== undefined || constantRight !== undefined) {
    const vector = constantRight !== undefined ? left : right;
    return vector.flatMap(({ labels, value }) => {
      const a = constantRight !== undefined ? value : (constantLeft as number);
      const b = constantRight ?? value;
      if (isComparison(operator)) return compare(operator, a, b) ? [{ labels, value }] : [];
      const result = arithmetic(operator, a, b);
      return result === undefined ? [] : [{ labels: without(labels, ['__name__']), value: result }];
    });
  }
  const { mode, labels: names } = expression.matching;
  const signature = (labels: Labels) => (mode === 'on' ? only(labels, names) : without(labels, [...names, '__name__']));
  const partners = new Map<string, Sample>();
  for (const sample of right) {
    const key = keyOf(signature(sample.labels));
    if (operator !== 'and' && partners.has(key)) throw new Unsupported('a join with several series on one side');
    partners.set(key, sample);
  }
  const taken = new Set<string>();
  return left.flatMap((sample) => {
    const key = keyOf(signature(sample.labels));
    const partner = partners.get(key);
    if (partner === undefined) return [];
    if (operator === 'and') return [sample];
    if (taken.has(key)) throw new Unsupported('a join with several series on one side');
    taken.add(key);
    if (isComparison(operator)) return compare(operator, sample.value, partner.value) ? [sample] : [];
    return [{ labels: signature(sample.labels), value: arithmetic(operator, sample.value, partner.value) as number }];
  });
}

export function compare(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case '>':
      return left > right;
    case '<':
      return left < right;
    case '>=':
      return left >= right;
    case '<=':
      return left <= right;
    case '==':
      return left === right;
    default:
      return left !== right;
  }
}

/** The quantile of classic buckets, interpolated linearly as Prometheus does. */
function quantiles(args: readonly Expression[], evaluate: (inner: Expression) => Sample[]): Sample[] {
  const quantile = constantOf(args[0] as Expression);
  if (quantile === undefined) throw new Unsupported('a quantile that is no number');
  const samples = evaluate(args[1] as Expression);
  if (samples.some(({ labels }) => labels.le === undefined)) {
    throw new Unsupported('a quantile of series without the label le');
  }
  const groups = new Map<string, { labels: Labels; buckets: { bound: number; count: number }[] }>();
  for (const { labels, value } of samples) {
    const rest = without(labels, ['le', '__name__']);
    const group = groups.get(keyOf(rest)) ?? { labels: rest, buckets: [] };
    group.buckets.push({ bound: labels.le === '+Inf' ? Infinity : Number(labels.le), count: value });
    groups.set(keyOf(rest), group);
  }
  return [...groups.values()].map(({ labels, buckets }) => {
    buckets.sort((a, b) => a.bound - b.bound);
    const rank = quantile * (buckets.at(-1)?.count ?? 0);
    const index = buckets.findIndex((bucket) => bucket.count >= rank);
    const bucket = buckets[index];
    const below = buckets[index - 1] ?? { bound: 0, count: 0 };
    if (bucket === undefined) return { labels, value: Number.NaN };
    if (bucket.bound === Infinity) return { labels, value: below.bound };
    const share = (rank - below.count) / (bucket.count - below.count);
    return { labels, value: below.bound + (bucket.bound - below.bound) * share };
  });
}

function groupBy(samples: readonly Sample[], group: (labels: Labels) => Labels) {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const sample of samples) {
    const labels = group(sample.labels);
    const found = groups.get(keyOf(labels)) ?? { labels, values: [] };
    found.values.push(sample.value);
    groups.set(keyOf(labels), found);
  }
  return [...groups.values()];
}

function only(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

function without(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
