import type { Call, Expr, Matcher } from './ast.js';
import { EvaluationError } from './errors.js';
import { histogramQuantile } from './histogramQuantile.js';
import { type Labels, METRIC_NAME, withLabel, withoutName } from './labels.js';
import { PerLabels } from './perLabels.js';
import { compareNumbers } from './quantile.js';
import { compileRegularExpression, RegularExpressionError } from './regularExpression.js';
import type { Sample } from './value.js';

/** Functions of each value alone. The result has no metric name. */
export const VALUE_FUNCTIONS: Readonly<Record<string, (value: number, ...scalars: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => (value * Math.PI) / 180,
  deg: (value) => (value * 180) / Math.PI,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  // Ties are rounded up, whatever the sign.
  round: (value, nearest = 1) => Math.floor(value * (1 / nearest) + 0.5) / (1 / nearest),
  clamp_min: (value, least = Number.NaN) => larger(least, value),
  clamp_max: (value, most = Number.NaN) => smaller(most, value),
  clamp: (value, least = Number.NaN, most = Number.NaN) => larger(least, smaller(most, value)),
};

/** Go's maximum: an infinity wins even against NaN. */
function larger(left: number, right: number): number {
  return left === Number.POSITIVE_INFINITY || right === Number.POSITIVE_INFINITY
    ? Number.POSITIVE_INFINITY
    : Math.max(left, right);
}

function smaller(left: number, right: number): number {
  return left === Number.NEGATIVE_INFINITY || right === Number.NEGATIVE_INFINITY
    ? Number.NEGATIVE_INFINITY
    : Math.min(left, right);
}

/** Functions of the calendar, in UTC, of seconds since 1970. */
export const CALENDAR_FUNCTIONS: Readonly<Record<string, (seconds: number) => number>> = {
  minute: (seconds) => dateOf(seconds).getUTCMinutes(),
  hour: (seconds) => dateOf(seconds).getUTCHours(),
  day_of_week: (seconds) => dateOf(seconds).getUTCDay(),
  day_of_month: (seconds) => dateOf(seconds).getUTCDate(),
  day_of_year: (seconds) => {
    const date = dateOf(seconds);
    const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
    return (midnight - startOfMonth(date.getUTCFullYear(), 0)) / 86_400_000 + 1;
  },
  days_in_month: (seconds) => {
    const date = dateOf(seconds);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return (startOfMonth(year, month + 1) - startOfMonth(year, month)) / 86_400_000;
  },
  month: (seconds) => dateOf(seconds).getUTCMonth() + 1,
  year: (seconds) => dateOf(seconds).getUTCFullYear(),
};

function dateOf(seconds: number): Date {
  return new Date(Math.trunc(seconds) * 1000);
}

function startOfMonth(year: number, month: number): number {
  // Date.UTC takes years below 100 for those of the last century.
  return new Date(0).setUTCFullYear(year, month, 1);
}

/** Functions of a whole vector, with the values of the scalar arguments in order. */
export const VECTOR_FUNCTIONS: Readonly<
  Record<string, (call: Call, samples: readonly Sample[], scalars: readonly number[]) => readonly Sample[]>
> = {
  sort: (_, samples) => [...samples].sort((left, right) => nanLast(left, right, 1)),
  sort_desc: (_, samples) => [...samples].sort((left, right) => nanLast(left, right, -1)),
  sort_by_label: (call, samples) => byLabel(call, samples, 1),
  sort_by_label_desc: (call, samples) => byLabel(call, samples, -1),
  label_replace: labelReplace,
  label_join: labelJoin,
  histogram_quantile: (_, samples, [q = Number.NaN]) => histogramQuantile(q, samples),
  absent: (call, samples) => (samples.length > 0 ? [] : [{ labels: absentLabels(call.args[0]), value: 1 }]),
};

function nanLast(left: Sample, right: Sample, direction: 1 | -1): number {
  if (Number.isNaN(left.value) || Number.isNaN(right.value)) return compareNumbers(right.value, left.value);
  return direction * compareNumbers(left.value, right.value);
}

function byLabel(call: Call, samples: readonly Sample[], direction: 1 | -1): Sample[] {
  const names = call.args.slice(1).map(stringOf);
  return [...samples].sort((left, right) => {
    for (const name of names) {
      const order = (left.labels[name] ?? '').localeCompare(right.labels[name] ?? '', 'en', { numeric: true });
      if (order !== 0) return direction * order;
    }
    return 0;
  });
}

const VALID_LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
const relabelled = new PerLabels<Labels>();

function labelReplace(call: Call, samples: readonly Sample[]): Sample[] {
  const [target = '', replacement = '', source = '', pattern = ''] = call.args.slice(1).map(stringOf);
  if (!VALID_LABEL.test(target)) {
    throw new EvaluationError(`invalid destination label name in label_replace(): ${target}`);
  }
  let regularExpression: ReturnType<typeof compileRegularExpression>;
  try {
    regularExpression = compileRegularExpression(pattern);
  } catch (error) {
    if (!(error instanceof RegularExpressionError)) throw error;
    throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`);
  }
  const change = (labels: Labels): Labels => {
    const groups = regularExpression.match(labels[source] ?? '');
    if (groups === undefined) return labels;
    return withLabel(labels, target, regularExpression.expand(replacement, groups));
  };
  return samples.map(({ labels, value }) => ({ labels: relabelled.get(call, labels, () => change(labels)), value }));
}

/** `$1`, `${1}`, `$name` and `$$`, as Go's `Regexp.Expand`; groups that aren't there are empty. */
function labelJoin(call: Call, samples: readonly Sample[]): Sample[] {
  const [target = '', separator = '', ...sources] = call.args.slice(1).map(stringOf);
  const invalid = sources.find((name) => !VALID_LABEL.test(name));
  if (invalid !== undefined) throw new EvaluationError(`invalid source label name in label_join(): ${invalid}`);
  if (!VALID_LABEL.test(target)) {
    throw new EvaluationError(`invalid destination label name in label_join(): ${target}`);
  }
  const change = (labels: Labels) =>
    withLabel(labels, target, sources.map((name) => labels[name] ?? '').join(separator));
  return samples.map(({ labels, value }) => ({ labels: relabelled.get(call, labels, () => change(labels)), value }));
}

function stringOf(expr: Expr): string {
  return expr.kind === 'string' ? expr.value : '';
}

/**
 * Labels of what `absent` and `absent_over_time` give: those that a selector asks for by `=`, once each.
 * Source: `createLabelsForAbsentFunction` of Prometheus 2.42.
 */
export function absentLabels(expr: Expr | undefined): Labels {
  const selector = expr?.kind === 'matrix' ? expr.selector : expr;
  if (selector?.kind !== 'vector') return {};
  const labels: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { label, operator, value } of selector.matchers as readonly Matcher[]) {
    if (label === METRIC_NAME) continue;
    if (operator === '=' && !seen.has(label)) {
      seen.add(label);
      if (value !== '') labels[label] = value;
    } else {
      delete labels[label];
    }
  }
  return labels;
}

export function mapValues(samples: readonly Sample[], change: (value: number) => number): Sample[] {
  return samples.map(({ labels, value }) => ({ labels: withoutName(labels), value: change(value) }));
}
