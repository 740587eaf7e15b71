import { describe, expect, test } from 'vitest';
import { EvaluationError, UnsupportedQuery } from '../../../src/promql/errors.js';
import { evaluateQuery, evaluateVector } from '../../../src/promql/evaluate.js';
import { labelText } from '../../../src/promql/labels.js';
import { parseQuery } from '../../../src/promql/parse.js';
import { SeriesStore } from '../../../src/promql/seriesStore.js';
import { expandSeries, type NotedSeries } from './promtoolQueries.js';

/** Results at a moment as `labels value`, in order of their text; series have a sample each minute. */
function results(query: string, series: Record<string, string>, at: number): string[] {
  const noted: NotedSeries[] = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const store = new SeriesStore(noted.map((one) => expandSeries(one, 60)));
  return evaluateVector(parseQuery(query), store, at, { interval: 60 })
    .map(({ labels, value }) => `${labelText(labels)} ${value}`)
    .sort();
}

describe('an instant selector', () => {
  test('looks back five minutes, the fifth included', () => {
    const series = { a: '7' };
    expect(results('a', series, 300)).toEqual(['a{} 7']);
    expect(results('a', series, 300.001)).toEqual([]);
    expect(results('a offset 1m', series, 360)).toEqual(['a{} 7']);
    expect(results('a @ 0', series, 9000)).toEqual(['a{} 7']);
  });

  test('no longer sees a series behind its staleness marker, though a range still sees the samples before', () => {
    const series = { a: '7 8 stale' };
    expect(results('a', series, 119)).toEqual(['a{} 8']);
    expect(results('a', series, 120)).toEqual([]);
    expect(results('count_over_time(a[5m])', series, 120)).toEqual(['{} 2']);
  });
});

describe('rates are extrapolated, as in Prometheus', () => {
  // 0 10 20 30 … each minute: 10/60 a second.
  const rising = { a: '0 10 20 30 40 50 60' };

  test('over a window whose both ends have samples', () => {
    expect(results('increase(a[2m])', rising, 240)).toEqual(['{} 20']);
    expect(results('rate(a[2m])', rising, 240)).toEqual([`{} ${20 / 120}`]);
  });

  test('a window that holds one sample gives nothing', () => {
    expect(results('rate(a[59s])', rising, 240)).toEqual([]);
  });

  test('up to the ends of the window where samples are near them', () => {
    // 20 and 30 at 120 s and 180 s, the window from 90 s to 210 s: 10 becomes 20.
    expect(results('increase(a[2m])', rising, 210)).toEqual(['{} 20']);
  });

  test('not to below zero', () => {
    // 2 at 60 s and 12 at 120 s: zero would have been at 48 s, so 72 s are covered and not 120.
    expect(results('increase(a[120s])', { a: '_ 2 12' }, 120)).toEqual(['{} 12']);
    expect(results('delta(a[120s])', { a: '_ 2 12' }, 120)).toEqual(['{} 20']);
  });

  test('a fall is a reset of the counter', () => {
    expect(results('increase(a[3m])', { a: '5 10 3 7' }, 180)).toEqual(['{} 12']);
    expect(results('resets(a[3m])', { a: '5 10 3 7' }, 180)).toEqual(['{} 1']);
    expect(results('irate(a[3m])', { a: '5 10 3' }, 120)).toEqual([`{} ${3 / 60}`]);
  });

  test('a counter that is born at its value hasn’t risen', () => {
    expect(results('increase(a[5m]) > 0', { a: '_ _ 1 1 1' }, 240)).toEqual([]);
  });
});

describe('functions of a range', () => {
  const series = { a: '1 2 3 4 5' };
  test.each([
    ['avg_over_time(a[4m])', 3],
    ['stddev_over_time(a[4m])', Math.sqrt(2)],
    ['quantile_over_time(0.25, a[4m])', 2],
    ['deriv(a[4m])', 1 / 60],
    ['predict_linear(a[4m], 600)', 15],
    ['changes(a[4m])', 4],
    ['last_over_time(a[4m]) * 1', 5],
    ['max_over_time(a[4m:90s])', 4],
    // Steps at 90 s and 180 s: multiples of the step, not counted back from now.
    ['count_over_time(a[170s:90s])', 2],
    ['mad_over_time(a[4m])', 1],
  ])('%s', (query, expected) => {
    const [only = ''] = results(query, series, 240);
    expect(Number(only.split(' ')[1])).toBeCloseTo(expected, 12);
  });
});

test('the examples of vector matching in Prometheus’ documentation', () => {
  const series = {
    'method_code:http_errors:rate5m{method="get", code="500"}': '24',
    'method_code:http_errors:rate5m{method="get", code="404"}': '30',
    'method_code:http_errors:rate5m{method="put", code="501"}': '3',
    'method_code:http_errors:rate5m{method="post", code="500"}': '6',
    'method_code:http_errors:rate5m{method="post", code="404"}': '21',
    'method:http_requests:rate5m{method="get"}': '600',
    'method:http_requests:rate5m{method="del"}': '34',
    'method:http_requests:rate5m{method="post"}': '120',
  };
  expect(
    results('method_code:http_errors:rate5m{code="500"} / ignoring(code) method:http_requests:rate5m', series, 0),
  ).toEqual(['{method="get"} 0.04', '{method="post"} 0.05']);
  expect(
    results('method_code:http_errors:rate5m / ignoring(code) group_left method:http_requests:rate5m', series, 0),
  ).toEqual([
    '{code="404", method="get"} 0.05',
    '{code="404", method="post"} 0.175',
    '{code="500", method="get"} 0.04',
    '{code="500", method="post"} 0.05',
  ]);
});

describe('joins', () => {
  const series = { 'a{x="1",y="1"}': '1', 'a{x="1",y="2"}': '2', 'b{x="1"}': '5', 'c{x="1",z="q"}': '7' };

  test('two series on the one side are refused', () => {
    expect(() => results('b * on (x) a', series, 0)).toThrow(/found duplicate series for the match group on the right/);
    expect(() => results('a * on (x) b', series, 0)).toThrow(/many-to-one matching must be explicit/);
    expect(() => results('b * on (x) group_left a', series, 0)).toThrow(EvaluationError);
  });

  test('group_left takes labels over from the one side', () => {
    expect(results('a * on (x) group_left (z) c', series, 0)).toEqual([
      '{x="1", y="1", z="q"} 7',
      '{x="1", y="2", z="q"} 14',
    ]);
  });

  test('set operations match nothing where the labels differ', () => {
    expect(results('a and b', series, 0)).toEqual([]);
    expect(results('a and on (x) b', series, 0)).toHaveLength(2);
    expect(results('a unless on (y) b', series, 0)).toHaveLength(2);
    expect(results('b or c', series, 0)).toEqual(['b{x="1"} 5', 'c{x="1", z="q"} 7']);
  });
});

describe('comparisons', () => {
  test('keep the sample with its name, also with the number on the left', () => {
    expect(results('a > 1', { a: '2' }, 0)).toEqual(['a{} 2']);
    expect(results('1 < a', { a: '2' }, 0)).toEqual(['a{} 2']);
    expect(results('a > bool 1', { a: '2' }, 0)).toEqual(['{} 1']);
  });

  test('with NaN are false, but for unequal', () => {
    expect(results('a > 1 or a <= 1 or a == a', { a: 'NaN' }, 0)).toEqual([]);
    expect(results('a != 1', { a: 'NaN' }, 0)).toEqual(['a{} NaN']);
  });

  test('the count of nothing is nothing', () => {
    expect(results('count(a == 0) == 0', { a: '1' }, 0)).toEqual([]);
  });
});

describe('absent', () => {
  test('takes labels from matchers for equality only, once each', () => {
    expect(results('absent(a{b="c",d=~"e",f!="g",h="1",h="2"})', {}, 0)).toEqual(['{b="c"} 1']);
    expect(results('absent(sum(a{b="c"}))', {}, 0)).toEqual(['{} 1']);
    expect(results('absent_over_time(a{b="c"}[5m])', {}, 0)).toEqual(['{b="c"} 1']);
    expect(results('absent(a)', { a: '0' }, 0)).toEqual([]);
  });
});

describe('histogram_quantile', () => {
  const buckets = { 'h{le="1"}': '2', 'h{le="2"}': '6', 'h{le="4"}': '8', 'h{le="+Inf"}': '10' };
  test.each([
    [0.5, 1.75],
    [0.1, 0.5],
    [0.8, 4],
    [0.95, 4],
    [-1, Number.NEGATIVE_INFINITY],
    [2, Number.POSITIVE_INFINITY],
  ])('%d', (q, expected) => expect(results(`histogram_quantile(${q}, h)`, buckets, 0)).toEqual([`{} ${expected}`]));

  test('without the last bucket is not a number, without le is nothing', () => {
    expect(results('histogram_quantile(0.5, h{le!="+Inf"})', buckets, 0)).toEqual(['{} NaN']);
    expect(results('histogram_quantile(0.5, sum(h))', buckets, 0)).toEqual([]);
  });
});

describe('calendar, in UTC', () => {
  // 29 February 2024, a Thursday, 13:45:10.
  const at = 1_709_214_310;
  test.each([
    ['year()', 2024],
    ['month()', 2],
    ['day_of_month()', 29],
    ['day_of_week()', 4],
    ['day_of_year()', 60],
    ['days_in_month()', 29],
    ['hour()', 13],
    ['minute()', 45],
    ['vector(time())', at],
  ])('%s', (query, expected) => expect(results(query, {}, at)).toEqual([`{} ${expected}`]));
});

test('labels are replaced by groups, joined, and removed when empty', () => {
  const series = { 'a{host="db1:9100",x="y"}': '1' };
  expect(results('label_replace(a, "name", "${1}-$2", "host", "([a-z]+)(\\\\d).*")', series, 0)).toEqual([
    'a{host="db1:9100", name="db-1", x="y"} 1',
  ]);
  expect(results('label_replace(a, "x", "", "host", ".*")', series, 0)).toEqual(['a{host="db1:9100"} 1']);
  expect(results('label_join(a, "j", "/", "x", "host")', series, 0)).toEqual([
    'a{host="db1:9100", j="y/db1:9100", x="y"} 1',
  ]);
  expect(() => results('label_replace(a, "b-c", "", "host", ".*")', series, 0)).toThrow(EvaluationError);
});

test('count_values writes numbers without exponent', () => {
  expect(
    results('count_values("v", a)', { 'a{i="1"}': '1e21', 'a{i="2"}': '0.0000001', 'a{i="3"}': '2.5' }, 0),
  ).toEqual(['{v="0.0000001"} 1', '{v="1000000000000000000000"} 1', '{v="2.5"} 1']);
});

test('two results with the same labels are an error', () => {
  expect(() => results('rate({__name__=~"a|b"}[5m])', { a: '1 2', b: '1 2' }, 60)).toThrow(/same labelset/);
});

test('scalars and strings are values of their own, a bare range is refused', () => {
  const store = new SeriesStore();
  expect(evaluateQuery(parseQuery('1 + 2'), store, 0, { interval: 60 })).toEqual({ type: 'scalar', value: 3 });
  expect(evaluateQuery(parseQuery('"x"'), store, 0, { interval: 60 })).toEqual({ type: 'string', value: 'x' });
  expect(() => evaluateQuery(parseQuery('a[5m]'), store, 0, { interval: 60 })).toThrow(EvaluationError);
});

test('what isn’t implemented is named, never guessed', () => {
  for (const query of ['info(a)', 'limitk(1, a)', 'histogram_count(a)', 'histogram_avg(a)', 'vector(start())']) {
    expect(() => results(query, { a: '1' }, 0), query).toThrow(UnsupportedQuery);
  }
  expect(() => results('sum_over_time(a[1y:1ms])', { a: '1' }, 0)).toThrow(/more than 50000 steps/);
});
