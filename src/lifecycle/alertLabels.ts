import type { AlertRule } from './facts.js';

const AGGREGATIONS = new Set([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
]);

/** Labels of a firing alert, as far as its rule tells. */
export interface AlertLabels {
  /** Labels with their values. */
  known: Readonly<Record<string, string>>;
  /** Whether there may be labels beside the known ones, which come from the series. */
  open: boolean;
}

/**
 * Labels that an alert carries: the rule's own, `alertname`, and those that its only selectors fix
 * by equality and that no aggregation drops. The aggregation labels of `by (…)` stay, of unknown
 * value where no selector fixes them; without any, an aggregation leaves none. A label that is a
 * template has an unknown value.
 */
export function alertLabels(rule: AlertRule): AlertLabels {
  const known: Record<string, string> = {};
  const { text, functions, selectors } = rule.promql;
  const aggregates = functions.some((name) => AGGREGATIONS.has(name));
  const kept = aggregates
    ? [...text.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap((match) =>
        (match[1] ?? '').split(',').map((label) => label.trim()),
      )
    : [];
  const without = /\bwithout\s*\(/.test(text) || /\b(group_left|group_right)\b/.test(text);
  for (const label of new Set(selectors.flatMap(({ matchers }) => matchers.map((matcher) => matcher.label)))) {
    if (aggregates && !without && !kept.includes(label)) continue;
    const values = new Set(
      selectors.map(
        ({ matchers }) => matchers.find((matcher) => matcher.label === label && matcher.operator === '=')?.value,
      ),
    );
    const [value] = [...values];
    if (values.size === 1 && value !== undefined) known[label] = value;
  }
  for (const [label, { value }] of Object.entries(rule.labels)) {
    if (value.includes('{{')) {
      // A templated label can have any value, so routes by it can't be told.
      delete known[label];
      continue;
    }
    known[label] = value;
  }
  known.alertname = rule.name;
  const templated = Object.values(rule.labels).some(({ value }) => value.includes('{{'));
  const dropsAll =
    aggregates && !without && kept.every((label) => label === '' || label === 'le' || Object.hasOwn(known, label));
  return { known, open: templated || !dropsAll };
}
