import { expect, it } from 'vitest';
import { plausibleRange } from '../../../../src/proofs/alerting/plausibleRange.js';
import { parsePromql } from '../../../../src/proofs/alerting/promql.js';

it.each([
  ['up', 0, 1],
  ['avg(up)', 0, 1],
  ['count(up)', 1, Infinity],
  ['a', -Infinity, Infinity],
  ['rate(a_total[5m])', 0, Infinity],
  ['1 - avg(up)', 0, 1],
  ['100 * sum(rate(a{x="1"}[5m])) / 100', 0, Infinity],
  ['sum(rate(a{x="1"}[5m])) / sum(rate(a[5m]))', 0, 1],
  ['sum(rate(a{x="1"}[5m])) / sum(rate(a[5m])) * 100', 0, 100],
  // Not certainly a part of a whole: another range, metric, grouping or matcher.
  ['sum(rate(a{x="1"}[5m])) / sum(rate(a[1m]))', 0, Infinity],
  ['sum(rate(a{x="1"}[5m])) / sum(rate(b[5m]))', 0, Infinity],
  ['sum by (x) (rate(a{x="1"}[5m])) / sum(rate(a[5m]))', 0, Infinity],
  ['sum(rate(a{x="1"}[5m])) / sum(rate(a{y="1"}[5m]))', 0, Infinity],
  // Levels may be negative, so a part may exceed the whole.
  ['sum(a{x="1"}) / sum(a)', -Infinity, Infinity],
])('bounds %s by %d and %d', (query, low, high) => {
  expect(plausibleRange(parsePromql(query))).toEqual({ low, high });
});
