import { describe, expect, it } from 'vitest';
import { parsePromql } from '../../../../src/proofs/alerting/promql.js';
import { type SteadySeries, steadyValue } from '../../../../src/proofs/alerting/steadyState.js';

const counter = (labels: Record<string, string>, growth: number): SteadySeries => ({
  labels: { __name__: 'requests_total', ...labels },
  kind: 'slope',
  value: growth,
});
const level = (name: string, labels: Record<string, string>, value: number): SteadySeries => ({
  labels: { __name__: name, ...labels },
  kind: 'level',
  value,
});
const value = (query: string, series: SteadySeries[]) => steadyValue(parsePromql(query), series, 30);

describe('steadyValue', () => {
  it('gives rates a second and increases over the range', () => {
    const series = [counter({ code: '500' }, 15)];
    expect(value('rate(requests_total[5m])', series)).toEqual([{ labels: { code: '500' }, value: 0.5 }]);
    expect(value('increase(requests_total[5m])', series)[0]?.value).toBe(150);
  });

  it('divides a part by the whole', () => {
    const series = [counter({ code: '500' }, 30), counter({ code: '200' }, 90)];
    const query = 'sum(rate(requests_total{code=~"5.."}[5m])) / sum(rate(requests_total[5m]))';
    expect(value(query, series)).toEqual([{ labels: {}, value: 0.25 }]);
  });

  it('keeps the labels that a grouping names', () => {
    const series = [level('a', { x: '1', y: '1' }, 1), level('a', { x: '1', y: '2' }, 2), level('a', { x: '2' }, 5)];
    expect(value('sum by (x) (a)', series)).toEqual([
      { labels: { x: '1' }, value: 3 },
      { labels: { x: '2' }, value: 5 },
    ]);
    expect(value('avg without (y) (a) > 2', series)).toEqual([{ labels: { x: '2' }, value: 5 }]);
  });

  it('joins only series with equal labels', () => {
    const series = [level('a', { x: '1' }, 1), level('b', { x: '2' }, 2)];
    expect(value('a / b', series)).toEqual([]);
    expect(value('a / ignoring (x) b', series)).toEqual([{ labels: {}, value: 0.5 }]);
    expect(value('a and on () b > 1', series)).toHaveLength(1);
  });

  it('interpolates a quantile within its bucket', () => {
    const bucket = (le: string, count: number) => level('d_bucket', { le }, count);
    const series = [bucket('0.1', 0), bucket('0.2', 60), bucket('0.4', 100), bucket('+Inf', 100)];
    // Rank 90 lies three quarters of the way through the 40 observations between 0.2 and 0.4.
    expect(value('histogram_quantile(0.9, d_bucket)', series)[0]?.value).toBeCloseTo(0.35, 12);
    expect(() => value('histogram_quantile(0.9, sum(d_bucket))', series)).toThrow('without the label le');
  });
});
