import { describe, expect, it } from 'vitest';
import { assertSatisfiable, conditionsOf } from '../../../../src/proofs/alerting/condition.js';
import { parsePromql } from '../../../../src/proofs/alerting/promql.js';

const check = (query: string) => () => assertSatisfiable(conditionsOf(parsePromql(query)), query);

describe('conditionsOf', () => {
  it('reads comparisons joined by and, with the number on either side', () => {
    const conditions = conditionsOf(parsePromql('a > 1 and 2 >= b'));
    expect(conditions.map(({ threshold, thresholdSide }) => [threshold, thresholdSide])).toEqual([
      [1, 'right'],
      [2, 'left'],
    ]);
  });

  it.each([
    ['a > b', 'a comparison between two series'],
    ['1 > 2', 'a comparison of two numbers'],
    ['a', 'the query is no comparison with a number'],
    ['count(a == 0) > 1', 'a comparison inside another expression'],
  ])('does not cover %s', (query, reason) => {
    expect(() => conditionsOf(parsePromql(query))).toThrow(reason);
  });
});

describe('assertSatisfiable', () => {
  it.each([
    'sum(rate(a{x="1"}[5m])) / sum(rate(a[5m])) > 5',
    'sum(rate(a{x="1"}[5m])) / sum(rate(a[5m])) > 1',
    'up == 2',
    'rate(a_total[5m]) < 0',
    'count(a) == 0',
    'count(a) < 1',
    '-1 > a_total',
  ])('says that %s never fires', (query) => {
    expect(check(query)).toThrow(expect.objectContaining({ how: 'never fires' }));
  });

  it.each(['rate(a_total[5m]) >= 0', 'count(a) > 0', 'avg(up) <= 1'])('says that %s always fires', (query) => {
    expect(check(query)).toThrow(expect.objectContaining({ how: 'always fires' }));
  });

  it.each(['up == 0', 'rate(a_total[5m]) <= 0', 'a > 5', 'count(a) < 2', 'a > 5 and count(b) > 0', 'a_total != 0'])(
    'lets %s pass',
    (query) => {
      expect(check(query)).not.toThrow();
    },
  );
});
