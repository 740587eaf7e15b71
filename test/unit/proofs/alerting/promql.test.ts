import { describe, expect, it } from 'vitest';
import { constantOf, parsePromql, selectorsOf, Unsupported } from '../../../../src/proofs/alerting/promql.js';

describe('parsePromql', () => {
  it('reads matchers, ranges, grouping and a threshold', () => {
    const query = 'sum by (job) (rate(requests_total{code=~"5..",path!="/x\\"y"}[1h30m])) > 1e2';
    const parsed = parsePromql(query);
    expect(parsed).toMatchObject({
      kind: 'binary',
      operator: '>',
      left: {
        kind: 'aggregation',
        operator: 'sum',
        grouping: { mode: 'by', labels: ['job'] },
        operand: {
          kind: 'range',
          function: 'rate',
          range: 5400,
          selector: {
            metric: 'requests_total',
            matchers: [
              { label: 'code', operator: '=~', value: '5..' },
              { label: 'path', operator: '!=', value: '/x"y' },
            ],
          },
        },
      },
      right: { kind: 'number', value: 100 },
    });
  });

  it('reads comments, the trailing grouping, and a name given as a matcher', () => {
    const parsed = parsePromql(
      '# why\nmax({__name__="a", x="1"}) without (y) # more\n< -(2 ^ 1)'.replace('(2 ^ 1)', '2'),
    );
    expect(parsed).toMatchObject({ left: { grouping: { mode: 'without', labels: ['y'] } } });
    expect(selectorsOf(parsed).map(({ metric }) => metric)).toEqual(['a']);
  });

  it('folds constants', () => {
    expect(constantOf(parsePromql('60 * 60 - -1'))).toBe(3601);
    expect(constantOf(parsePromql('60 * x'))).toBeUndefined();
  });

  it.each([
    ['x offset 5m > 1', 'offset'],
    ['x @ 5 > 1', 'the modifier @'],
    ['max_over_time(rate(x[5m])[1h:]) > 1', 'a subquery'],
    ['absent(x)', 'the function absent'],
    ['predict_linear(x[1h], 3600) < 0', 'the function predict_linear'],
    ['a unless b', 'the operator unless'],
    ['a > 1 or b > 1', 'the operator or'],
    ['x > bool 1', 'a comparison with bool'],
    ['topk(3, x) > 1', 'the aggregation topk'],
    ['a * on (x) group_left b > 1', 'a join with group_left or group_right'],
    ['{__name__=~"a.*"} > 1', 'a selector that names no single metric'],
    ['x >', 'the query cannot be parsed'],
    ['', 'the query cannot be parsed'],
    [`${'('.repeat(60)}x${')'.repeat(60)}`, 'the query is nested too deeply'],
  ])('says why %s is not covered', (query, reason) => {
    expect(() => parsePromql(query)).toThrow(new Unsupported(reason));
  });
});
