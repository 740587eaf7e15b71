import { describe, expect, it } from 'vitest';
import { chooseInputs } from '../../../../src/proofs/alerting/chooseValues.js';
import { parsePromql } from '../../../../src/proofs/alerting/promql.js';

const choose = (query: string) => chooseInputs(parsePromql(query), query, 30, []);

describe('chooseInputs', () => {
  it.each([
    ['a > 5', 6, 5],
    ['a >= 5', 5, 4],
    ['a == 0', 0, 1],
    ['a == 3', 3, 2],
    ['a != 1', 0, 1],
    ['a < 1', 0, 1],
    ['a > 0', 1, 0],
    ['a < 0.85', 0.8415, 0.8585],
    ['a * 100 > 90', 90.9, 89.1],
    ['5 < a', 6, 5],
    ['up{job="x"} == 0', 0, 1],
    // 0.5 a second is a growth of 15 in 30 s: 16 on one side, 14 on the other.
    ['rate(a_total[5m]) > 0.5', 16 / 30, 14 / 30],
    ['increase(a_total[5m]) > 0', 10, 0],
  ])('chooses values on both sides of %s', (query, firing, healthy) => {
    const [values] = choose(query).values;
    expect(values?.firing).toBeCloseTo(firing, 9);
    expect(values?.healthy).toBeCloseTo(healthy, 9);
  });

  it('stays within 1 % or the nearest growth of a scrape for a ratio', () => {
    const { firing, healthy, values } = choose(
      'sum(rate(requests_total{status=~"5.."}[5m])) / sum(rate(requests_total[5m])) > 0.05',
    );
    // x / (x + 600) = 0.05 at x = 31.58.
    expect(values[0]?.firing).toBeCloseTo(32 / 632, 9);
    expect(values[0]?.healthy).toBeCloseTo(31 / 631, 9);
    const differing = firing.filter((series, index) => series.value !== healthy[0]?.[index]?.value);
    expect(differing.map(({ labels }) => labels.status)).toEqual(['5aa']);
  });

  it('keeps buckets cumulative on both sides of a quantile', () => {
    const { firing, healthy, values } = choose('histogram_quantile(0.99, sum by (le) (rate(d_bucket[5m]))) > 0.25');
    for (const series of [firing, healthy[0] ?? []]) {
      const counts = series.map(({ value }) => value);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(series.at(-1)?.labels.le).toBe('+Inf');
    }
    expect(values[0]?.firing).toBeGreaterThan(0.25);
    expect(values[0]?.firing).toBeLessThan(0.26);
    expect(values[0]?.healthy).toBeLessThanOrEqual(0.25);
  });

  it('turns each of two conditions on its own', () => {
    const { healthy, firing } = choose('a > 5 and b < 2');
    expect(firing.map(({ value }) => value)).toEqual([6, 1]);
    expect(healthy.map((series) => series.map(({ value }) => value))).toEqual([
      [5, 1],
      [6, 2],
    ]);
  });

  it('takes a condition that cannot be turned on its own for a guard', () => {
    const { guards, healthy, values } = choose('used / size > 0.9 and size > 0');
    expect(guards).toEqual([1]);
    expect(healthy).toHaveLength(1);
    expect(values[1]).toEqual({ firing: 100, healthy: undefined });
  });

  it('gives a label that only one side asks for to both, and says so', () => {
    const { assumptions } = choose('free{disk="/"} / size < 0.1');
    expect(assumptions).toEqual(['size carries the label disk="/"']);
  });

  it.each([
    ['a > 5 and a < 2', 'no series were found'],
    ['a / rate(a[5m]) > 1', 'read both as a level and by its slope'],
    ['a{x="1",x="2"} > 1', 'no value of x was found'],
    ['a_total < 5', 'no series were found'],
  ])('does not prove %s', (query, reason) => {
    expect(() => choose(query)).toThrow(reason);
  });
});
