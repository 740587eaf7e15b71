import type { Aggregation } from './ast.js';
import { EvaluationError, UnsupportedQuery } from './errors.js';
import { dropLabels, keepLabels, type Labels, METRIC_NAME, NO_LABELS, partialKey, withLabel } from './labels.js';
import { PerLabels } from './perLabels.js';
import { compareNumbers, quantile } from './quantile.js';
import type { Sample } from './value.js';

interface Group {
  labels: Labels;
  members: Sample[];
}

const groupOf = new PerLabels<{ key: string; labels: Labels }>();
const VALID_LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Aggregates a vector. `parameter` is the value of the aggregation's first argument, when it has one.
 * Source: `aggregation` in `promql/engine.go` of Prometheus 2.42.
 *
 * @throws EvaluationError for a parameter that Prometheus refuses.
 * @throws UnsupportedQuery for limitk and limit_ratio, whose choice isn't specified.
 */
export function aggregate(
  expr: Aggregation,
  parameter: number | string | undefined,
  samples: readonly Sample[],
): Sample[] {
  switch (expr.operator) {
    case 'limitk':
    case 'limit_ratio':
      throw new UnsupportedQuery(`the aggregation ${expr.operator}`);
    case 'topk':
    case 'bottomk':
      return ranked(expr, typeof parameter === 'number' ? parameter : Number.NaN, samples);
    case 'count_values':
      return countValues(expr, String(parameter), samples);
    default: {
      const reduce = REDUCERS[expr.operator];
      const q = typeof parameter === 'number' ? parameter : Number.NaN;
      return groups(expr, samples).map(({ labels, members }) => ({ labels, value: reduce(members, q) }));
    }
  }
}

function groups(expr: Aggregation, samples: readonly Sample[]): Group[] {
  const found = new Map<string, Group>();
  for (const sample of samples) {
    const { key, labels } = groupOf.get(expr, sample.labels, () => groupFor(expr, sample.labels));
    const group = found.get(key);
    if (group === undefined) found.set(key, { labels, members: [sample] });
    else group.members.push(sample);
  }
  return [...found.values()];
}

function groupFor({ grouping }: Aggregation, labels: Labels): { key: string; labels: Labels } {
  const names = [...new Set(grouping?.labels ?? [])].sort();
  if (grouping?.mode === 'without') {
    return { key: partialKey(labels, 'ignoring', names), labels: dropLabels(labels, [...names, METRIC_NAME]) };
  }
  if (names.length === 0) return { key: '', labels: NO_LABELS };
  return { key: partialKey(labels, 'on', names), labels: keepLabels(labels, names) };
}

const REDUCERS: Readonly<
  Record<
    Exclude<Aggregation['operator'], 'limitk' | 'limit_ratio' | 'topk' | 'bottomk' | 'count_values'>,
    (members: readonly Sample[], q: number) => number
  >
> = {
  sum: (members) => members.reduce((total, { value }) => total + value, 0),
  avg: average,
  count: (members) => members.length,
  group: () => 1,
  min: (members) => extreme(members, (value, best) => value < best),
  max: (members) => extreme(members, (value, best) => value > best),
  stdvar: variance,
  stddev: (members) => Math.sqrt(variance(members)),
  quantile: (members, q) =>
    quantile(
      q,
      members.map(({ value }) => value),
    ),
};

function average(members: readonly Sample[]): number {
  let mean = members[0]?.value ?? Number.NaN;
  members.forEach(({ value }, index) => {
    if (index === 0) return;
    const infinite = mean === Number.POSITIVE_INFINITY || mean === Number.NEGATIVE_INFINITY;
    if (infinite && (Number.isFinite(value) || value === mean)) return;
    // Each side is divided, so that large values don't overflow.
    mean += value / (index + 1) - mean / (index + 1);
  });
  return mean;
}

function extreme(members: readonly Sample[], exceeds: (value: number, best: number) => boolean): number {
  let best = members[0]?.value ?? Number.NaN;
  for (const { value } of members) if (exceeds(value, best) || Number.isNaN(best)) best = value;
  return best;
}

function variance(members: readonly Sample[]): number {
  let mean = members[0]?.value ?? Number.NaN;
  let squares = 0;
  members.forEach(({ value }, index) => {
    if (index === 0) return;
    const difference = value - mean;
    mean += difference / (index + 1);
    squares += difference * (value - mean);
  });
  return squares / members.length;
}

/** `topk` and `bottomk` keep the samples' own labels, name included. */
function ranked(expr: Aggregation, parameter: number, samples: readonly Sample[]): Sample[] {
  if (!(Math.abs(parameter) < 2 ** 63)) throw new EvaluationError(`Scalar value ${parameter} overflows int64`);
  const count = Math.trunc(parameter);
  if (count < 1) return [];
  const direction = expr.operator === 'topk' ? 1 : -1;
  return groups(expr, samples).flatMap(({ members }) => {
    const kept = new Heap((left, right) => Number.isNaN(left.value) || direction * (left.value - right.value) < 0);
    for (const sample of members) {
      const worst = kept.items[0];
      if (worst === undefined || kept.items.length < count) {
        kept.push(sample);
      } else if (direction * (sample.value - worst.value) > 0 || Number.isNaN(worst.value)) {
        kept.pop();
        kept.push(sample);
      }
    }
    return [...kept.items].sort((left, right) => {
      if (Number.isNaN(left.value) || Number.isNaN(right.value)) return compareNumbers(right.value, left.value);
      return direction * compareNumbers(right.value, left.value);
    });
  });
}

/** A binary heap that keeps the same one of equal samples as Go's `container/heap` does. */
class Heap {
  readonly items: Sample[] = [];

  constructor(private readonly less: (left: Sample, right: Sample) => boolean) {}

  push(sample: Sample): void {
    this.items.push(sample);
    let at = this.items.length - 1;
    while (at > 0) {
      const parent = Math.floor((at - 1) / 2);
      if (!this.isLess(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): void {
    const end = this.items.length - 1;
    this.swap(0, end);
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= end) break;
      const smaller = left + 1 < end && this.isLess(left + 1, left) ? left + 1 : left;
      if (!this.isLess(smaller, at)) break;
      this.swap(at, smaller);
      at = smaller;
    }
    this.items.pop();
  }

  private isLess(left: number, right: number): boolean {
    const first = this.items[left];
    const second = this.items[right];
    return first !== undefined && second !== undefined && this.less(first, second);
  }

  private swap(left: number, right: number): void {
    const first = this.items[left];
    const second = this.items[right];
    if (first === undefined || second === undefined) return;
    this.items[left] = second;
    this.items[right] = first;
  }
}

function countValues(expr: Aggregation, label: string, samples: readonly Sample[]): Sample[] {
  if (!VALID_LABEL.test(label)) throw new EvaluationError(`invalid label name "${label}"`);
  const { grouping } = expr;
  // The new label is one to group by, unless the grouping names those to leave out.
  const byValue: Aggregation =
    grouping?.mode === 'without'
      ? expr
      : {
          ...expr,
          grouping: {
            mode: 'by',
            labels: [...(grouping?.labels ?? []), label],
            span: { from: expr.from, to: expr.to },
          },
        };
  const labelled = samples.map(({ labels, value }) => ({
    labels: withLabel(labels, label, formatFloat(value)),
    value,
  }));
  return groups(byValue, labelled).map(({ labels, members }) => ({ labels, value: members.length }));
}

/** The shortest decimal form without exponent, as Go's `FormatFloat(value, 'f', -1, 64)`. */
function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  const [, sign = '', whole = '', fraction = '', exponent] = parts ?? [];
  if (exponent === undefined) return String(value);
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  // An exponent of 21 or more is larger than the number of digits ever is.
  return `${sign}${digits.padEnd(point, '0')}`;
}
