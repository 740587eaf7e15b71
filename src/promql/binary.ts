import type { Arithmetic, Binary, Comparison, Matching } from './ast.js';
import { EvaluationError } from './errors.js';
import {
  dropLabels,
  keepLabels,
  type Labels,
  labelKey,
  labelText,
  METRIC_NAME,
  partialKey,
  withLabel,
  withoutName,
} from './labels.js';
import { PerLabels } from './perLabels.js';
import type { Sample } from './value.js';

type Operator = Binary['operator'];

const signatures = new PerLabels<string>();
const joined = new PerLabels<WeakMap<Labels, Labels>>();

/** Value of an arithmetic operator, or 1 or 0 for a comparison. */
export function operate(operator: Arithmetic | Comparison, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return power(left, right);
    case 'atan2':
      return Math.atan2(left, right);
    default:
      return compare(operator, left, right) ? 1 : 0;
  }
}

/** Go's power, which is 1 where JavaScript's isn't a number: of 1 to anything, of -1 to an infinity. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent))) return 1;
  return base ** exponent;
}

function compare(operator: Comparison, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '<':
      return left < right;
    case '>=':
      return left >= right;
    case '<=':
      return left <= right;
  }
}

function isComparison(operator: Operator): operator is Comparison {
  return operator === '==' || operator === '!=' || /^[<>]/.test(operator);
}

/** `atan2` and comparisons leave the metric's name; a fact of 2.42. */
function dropsName(operator: Operator): boolean {
  return operator !== 'atan2' && !isComparison(operator);
}

/** A vector and a number. `swapped`: the number stands on the left. */
export function vectorWithScalar(expr: Binary, samples: readonly Sample[], scalar: number, swapped: boolean): Sample[] {
  const operator = expr.operator as Arithmetic | Comparison;
  const result: Sample[] = [];
  for (const { labels, value } of samples) {
    const left = swapped ? scalar : value;
    const right = swapped ? value : scalar;
    if (!isComparison(operator)) {
      result.push({
        labels: dropsName(operator) ? withoutName(labels) : labels,
        value: operate(operator, left, right),
      });
    } else if (expr.bool) {
      result.push({ labels: withoutName(labels), value: operate(operator, left, right) });
    } else if (compare(operator, left, right)) {
      result.push({ labels, value });
    }
  }
  return result;
}

/**
 * Two vectors, matched by their labels. Source: `VectorBinop`, `VectorAnd`, `VectorOr` and `VectorUnless`
 * in `promql/engine.go` of Prometheus 2.42.
 *
 * @throws EvaluationError when several series match where only one may.
 */
export function vectorWithVector(expr: Binary, left: readonly Sample[], right: readonly Sample[]): readonly Sample[] {
  const { matching, operator } = expr;
  const signature = ({ labels }: Sample) => signatureOf(matching, labels);
  switch (operator) {
    case 'and': {
      if (left.length === 0 || right.length === 0) return [];
      const present = new Set(right.map(signature));
      return left.filter((sample) => present.has(signature(sample)));
    }
    case 'unless': {
      if (left.length === 0 || right.length === 0) return left;
      const present = new Set(right.map(signature));
      return left.filter((sample) => !present.has(signature(sample)));
    }
    case 'or': {
      if (left.length === 0) return right;
      if (right.length === 0) return left;
      const present = new Set(left.map(signature));
      return [...left, ...right.filter((sample) => !present.has(signature(sample)))];
    }
    default:
      return combine(expr, operator, left, right);
  }
}

function combine(
  expr: Binary,
  operator: Arithmetic | Comparison,
  left: readonly Sample[],
  right: readonly Sample[],
): Sample[] {
  if (left.length === 0 || right.length === 0) return [];
  const { matching } = expr;
  const swapped = matching.cardinality === 'one-to-many';
  const many = swapped ? right : left;
  const ones = new Map<string, Sample>();
  for (const sample of swapped ? left : right) {
    const signature = signatureOf(matching, sample.labels);
    const other = ones.get(signature);
    if (other !== undefined) {
      throw new EvaluationError(
        `found duplicate series for the match group on the ${swapped ? 'left' : 'right'} hand-side of the operation: ` +
          `[${labelText(sample.labels)}, ${labelText(other.labels)}]; many-to-many matching not allowed: ` +
          'matching labels must be unique on one side',
      );
    }
    ones.set(signature, sample);
  }
  const result: Sample[] = [];
  const matched = new Map<string, Set<string>>();
  for (const sample of many) {
    const signature = signatureOf(matching, sample.labels);
    const one = ones.get(signature);
    if (one === undefined) continue;
    const leftValue = swapped ? one.value : sample.value;
    const rightValue = swapped ? sample.value : one.value;
    const comparison = isComparison(operator);
    if (comparison && !expr.bool && !compare(operator, leftValue, rightValue)) continue;
    const value = comparison && !expr.bool ? leftValue : operate(operator, leftValue, rightValue);
    const labels = resultLabels(expr, sample.labels, one.labels);
    const results = matched.get(signature);
    const key = labelKey(labels);
    if (results === undefined) {
      matched.set(signature, new Set([key]));
    } else if (matching.cardinality === 'one-to-one') {
      throw new EvaluationError(
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
    } else if (results.has(key)) {
      throw new EvaluationError('multiple matches for labels: grouping labels must ensure unique matches');
    } else {
      results.add(key);
    }
    result.push({ labels, value });
  }
  return result;
}

function signatureOf(matching: Matching, labels: Labels): string {
  return signatures.get(matching, labels, () =>
    partialKey(labels, matching.mode, [...new Set(matching.labels)].sort()),
  );
}

function resultLabels(expr: Binary, many: Labels, one: Labels): Labels {
  const ofMany = joined.get(expr, many, () => new WeakMap());
  let labels = ofMany.get(one);
  if (labels === undefined) {
    labels = makeResultLabels(expr, many, one);
    ofMany.set(one, labels);
  }
  return labels;
}

function makeResultLabels({ operator, matching, bool }: Binary, many: Labels, one: Labels): Labels {
  let labels = dropsName(operator) ? withoutName(many) : many;
  if (matching.cardinality === 'one-to-one') {
    labels = matching.mode === 'on' ? keepLabels(labels, matching.labels) : dropLabels(labels, matching.labels);
  }
  for (const name of matching.include) labels = withLabel(labels, name, one[name] ?? '');
  return bool && labels[METRIC_NAME] !== undefined ? withoutName(labels) : labels;
}
