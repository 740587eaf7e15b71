import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { brokenQueries, shuffled } from '../../../../support/brokenRules.js';

const broken = (expr: string) =>
  Object.fromEntries(brokenQueries(parseQuery(expr), 30).map(({ way, expr: made }) => [way, made]));

describe('brokenQueries', () => {
  it('breaks a query only in ways that make it impossible whatever it watches', () => {
    expect(broken('up{job="a"} == 0')).toEqual({
      'unless itself': '(up{job="a"} == 0) unless (up{job="a"} == 0)',
      'both sides of one threshold': 'up{job="a"} < 0 and up{job="a"} > 0',
      'the count of nothing': 'count(up{job="a"} == 0) == 0',
      'a value that up never has': 'up{job="a"} == 2',
      'contradictory matchers': 'up{job="a",zone="a",zone="b"} == 0',
    });
  });

  it('asks a counter to fall, and narrows its window to one scrape', () => {
    const made = broken('rate(x_total[5m]) > 3');
    expect(made['a counter asked to fall']).toBe('rate(x_total[5m]) < 0');
    expect(made['a window of one scrape']).toBe('rate(x_total[30s]) > 3');
  });

  it('asks for five wholes only where a side is surely a part of the other', () => {
    const way = 'a part of more than five wholes';
    expect(broken('sum(rate(x{code="5"}[5m])) / sum(rate(x[5m])) > 0.1')[way]).toBe(
      'sum(rate(x{code="5"}[5m])) / sum(rate(x[5m])) > 5',
    );
    expect(broken('sum(rate(x{code="5"}[5m])) / sum(rate(x[1m])) > 0.1')[way]).toBeUndefined();
    expect(broken('sum(rate(x[5m])) / sum(rate(x{code="5"}[5m])) > 0.1')[way]).toBeUndefined();
  });

  it('leaves out ways that other branches of the query make harmless', () => {
    expect(Object.keys(broken('x > 1 or y > 2'))).toEqual(['unless itself']);
  });

  it('takes le from a quantile', () => {
    expect(broken('histogram_quantile(0.9, sum by (job, le) (rate(x_bucket[5m]))) > 1')['a quantile without le']).toBe(
      'histogram_quantile(0.9, sum by (job) (rate(x_bucket[5m]))) > 1',
    );
  });
});

describe('shuffled', () => {
  it('keeps all, in an order that depends on the seed alone', () => {
    const all = Array.from({ length: 20 }, (_, index) => index);
    expect(shuffled(all, 1)).toEqual(shuffled(all, 1));
    expect(shuffled(all, 1)).not.toEqual(shuffled(all, 2));
    expect(shuffled(all, 1).sort((a, b) => a - b)).toEqual(all);
  });
});
