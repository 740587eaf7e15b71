import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../src/promql/ast.js';
import { QueryError, UnsupportedQuery } from '../../../src/promql/errors.js';
import { parseQuery } from '../../../src/promql/parse.js';

/** A query with parentheses around everything, to show what binds to what. */
function grouped(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return String(expr.value);
    case 'vector':
      return `${expr.metric}${expr.offset === 0 ? '' : `~${expr.offset}`}`;
    case 'binary':
      return `(${grouped(expr.left)} ${expr.operator} ${grouped(expr.right)})`;
    case 'unary':
      return `(-${grouped(expr.expr)})`;
    case 'call':
      return `${expr.function}(${expr.args.map(grouped).join(', ')})`;
    case 'matrix':
      return `${grouped(expr.selector)}[${expr.range}]`;
    default:
      return expr.kind;
  }
}

describe('operators bind as in Prometheus', () => {
  test.each([
    ['-1 ^ 2', '(-(1 ^ 2))'],
    ['2 ^ -1', '(2 ^ -1)'],
    ['2 ^ 3 ^ 2', '(2 ^ (3 ^ 2))'],
    ['-a * b', '((-a) * b)'],
    ['-a ^ b', '(-(a ^ b))'],
    ['a + b offset 5m * c', '(a + (b~300 * c))'],
    ['-a offset -1m', '(-a~-60)'],
    ['rate(a[5m]) / b offset 1m > 2', '((rate(a[300]) / b~60) > 2)'],
    ['a or b and c unless d', '(a or ((b and c) unless d))'],
    ['a > b > c', '((a > b) > c)'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['a atan2 b + c', '((a atan2 b) + c)'],
    ['+a - -b', '(a - (-b))'],
  ])('%s', (query, expected) => expect(grouped(parseQuery(query))).toBe(expected));
});

describe('literals', () => {
  test.each([
    ['0x1F', 31],
    ['017', 15],
    ['08', 8],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['NaN', Number.NaN],
    ['1h30m', 5400],
    ['--1', 1],
  ])('%s is %d', (query, value) => expect(parseQuery(query)).toMatchObject({ kind: 'number', value }));

  test('strings have the escapes of Go, bytes among them', () => {
    expect(parseQuery('"a\\x41\\u00e9\\n\\"\\101\\xc3\\xa9\\U0001F600"')).toMatchObject({ value: 'aAé\n"Aé😀' });
    expect(parseQuery("'it\\'s'")).toMatchObject({ value: "it's" });
    expect(parseQuery('`raw\\n`')).toMatchObject({ value: 'raw\\n' });
  });

  test.each(['"\\q"', '"\\x4"', '"\\\'"', '"open', '"\\400"', '"\\U00110000"', '"line\nbreak"'])(
    'refuses the string %j',
    (query) => {
      expect(() => parseQuery(query)).toThrow(QueryError);
    },
  );
});

describe('selectors', () => {
  test('a name is the metric, in whichever way it is written', () => {
    for (const query of ['up', 'up{}', '{__name__="up"}', '{"up"}']) {
      expect(parseQuery(query)).toMatchObject({ kind: 'vector', metric: 'up', matchers: [] });
    }
    expect(parseQuery('{"foo.bar", "a-b"!="c",}')).toMatchObject({
      metric: 'foo.bar',
      matchers: [{ label: 'a-b', operator: '!=', value: 'c' }],
    });
  });

  test('a pattern for the name is a matcher', () => {
    const query = parseQuery('{__name__=~"a|b"}');
    expect(query).toMatchObject({ matchers: [{ label: '__name__', operator: '=~', value: 'a|b' }] });
    expect(query).not.toHaveProperty('metric');
  });

  test('keywords may be names of metrics and labels', () => {
    expect(parseQuery('sum{on="x", by="y"} / by')).toMatchObject({ left: { metric: 'sum' }, right: { metric: 'by' } });
  });

  test('offset and @ belong to selector or subquery, in either order', () => {
    expect(parseQuery('rate(a[5m] @ 60 offset 1m)')).toMatchObject({ args: [{ selector: { at: 60, offset: 60 } }] });
    expect(parseQuery('a offset -1m @ end()')).toMatchObject({ at: 'end', offset: -60 });
    expect(parseQuery('max_over_time(a[1h:5m] @ start() offset 1d)')).toMatchObject({
      args: [{ kind: 'subquery', range: 3600, step: 300, at: 'start', offset: 86_400, expr: { offset: 0 } }],
    });
    expect(parseQuery('max_over_time(a[1h:])')).not.toHaveProperty('args.0.step');
  });
});

test('aggregations have their grouping before or behind, and keywords in any case', () => {
  for (const query of ['sum by (a, b) (x)', 'SUM(x) BY (a, b,)']) {
    expect(parseQuery(query)).toMatchObject({ operator: 'sum', grouping: { mode: 'by', labels: ['a', 'b'] } });
  }
  expect(parseQuery('topk without () (3, x)')).toMatchObject({
    operator: 'topk',
    grouping: { mode: 'without', labels: [] },
    parameter: { value: 3 },
  });
  expect(parseQuery('sum(x)')).not.toHaveProperty('grouping');
});

test('matching has a side and labels to take over', () => {
  expect(parseQuery('a * on (x) group_left (y) b')).toMatchObject({
    matching: { mode: 'on', labels: ['x'], cardinality: 'many-to-one', include: ['y'] },
  });
  expect(parseQuery('a / ignoring (x) group_right b')).toMatchObject({
    matching: { mode: 'ignoring', cardinality: 'one-to-many', include: [] },
  });
  expect(parseQuery('a > bool b')).toMatchObject({ bool: true, matching: { cardinality: 'one-to-one' } });
  expect(parseQuery('a and b')).toMatchObject({ matching: { cardinality: 'many-to-many' } });
});

test('comments and line breaks are skipped', () => {
  expect(grouped(parseQuery('a # "quoted" (\n  + # more\n b'))).toBe('(a + b)');
});

test('every span is the text of an expression', () => {
  const text = '(a + b) * rate(c[5m])';
  const query = parseQuery(text);
  if (query.kind !== 'binary') throw new Error(query.kind);
  const textOf = ({ from, to }: { from: number; to: number }) => text.slice(from, to);
  expect([query, query.left, query.right, query.operatorSpan].map(textOf)).toEqual([
    text,
    '(a + b)',
    'rate(c[5m])',
    '*',
  ]);
});

test('the function that was renamed is known by both names', () => {
  expect(parseQuery('holt_winters(a[5m], 0.5, 0.5)')).toMatchObject({ function: 'holt_winters' });
  expect(parseQuery('double_exponential_smoothing(a[5m], 0.5, 0.5)')).toMatchObject({
    function: 'double_exponential_smoothing',
  });
});

describe('what Prometheus refuses is refused, with the place', () => {
  test.each([
    ['', 'unexpected end', 0],
    ['sum(a', 'unexpected end', 5],
    ['a b', 'unexpected "b"', 2],
    ['foo(a)', 'unknown function with name "foo"', 0],
    ['a +\u00a0b', 'unexpected character U+00A0', 3],
    ['a{b="c" d="e"}', 'unexpected', 8],
    ['rate(a)', 'expected type range vector in call to function "rate", got instant vector', 5],
    ['abs(a[5m])', 'expected type instant vector', 4],
    ['sum(1)', 'expected type instant vector in aggregation expression, got scalar', 4],
    ['topk(a)', 'wrong number of arguments', 0],
    ['topk("3", a)', 'expected type scalar in aggregation parameter', 5],
    ['count_values(3, a)', 'expected type string', 13],
    ['clamp(a, 1)', 'expected 3 argument(s)', 0],
    ['round(a, 1, 2)', 'expected at most 2 argument(s)', 0],
    ['label_join(a)', 'expected at least 3 argument(s)', 0],
    ['1 > 2', 'comparisons between scalars must use BOOL modifier', 2],
    ['a + bool b', 'bool modifier can only be used on comparison operators', 2],
    ['a and 1', 'set operator "and" not allowed in binary scalar expression', 2],
    ['a + on (b) 1', 'vector matching only allowed between instant vectors', 2],
    ['a and on (b) group_left c', 'no grouping allowed for "and" operation', 2],
    ['a * on (b) group_left (b) c', 'must not occur in ON and GROUP clause at once', 2],
    ['a[5m] + 1', 'binary expression must contain only scalar and instant vector types', 0],
    ['-a[5m]', 'unary expression only allowed', 1],
    ['rate(a[5m]) offset 5m', 'offset modifier must be preceded by', 0],
    ['(a) @ 5', '@ modifier must be preceded by', 0],
    ['rate((a)[5m])', 'ranges only allowed for vector selectors', 5],
    ['rate(a offset 1m [5m])', 'no offset modifiers allowed before range', 5],
    ['a offset 1m offset 2m', 'offset may not be set multiple times', 0],
    ['rate(a[0s])', 'duration must be greater than 0', 5],
    ['rate(a[5m])[5m]', 'ranges only allowed for vector selectors', 0],
    ['max_over_time(a[5m][5m:])', 'subquery is only allowed on instant vector', 14],
    ['{a=~".*"}', 'must contain at least one non-empty matcher', 0],
    ['{}', 'must contain at least one non-empty matcher', 0],
    ['a{__name__="b"}', 'metric name must not be set twice', 0],
    ['a{b=~"("}', 'error parsing regular expression', 2],
    ['a{b=~"(?=c)"}', 'invalid or unsupported Perl syntax', 2],
  ])('%s', (query, message, offset) => {
    let caught: unknown;
    try {
      parseQuery(query);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(QueryError);
    expect(caught).toMatchObject({ message: expect.stringContaining(message), offset });
  });

  test('queries beyond the bounds, without exhausting the stack', () => {
    expect(() => parseQuery('a'.repeat(20_001))).toThrow('longer than 20000 characters');
    expect(() => parseQuery(`${'('.repeat(61)}a${')'.repeat(61)}`)).toThrow('nested too deeply');
    expect(parseQuery(`${'('.repeat(60)}a${')'.repeat(60)}`)).toMatchObject({ metric: 'a' });
    expect(() => parseQuery('('.repeat(20_000))).toThrow(QueryError);
    expect(() => parseQuery(Array(600).fill('a').join('+'))).toThrow('more than 500 operators');
    const alternatives = Array.from({ length: 400 }, (_, order) => `a${order} > ${order}`);
    expect(() => parseQuery(alternatives.join(' or '))).toThrow('more than 500 operators');
    for (const long of [Array(9_000).fill('a').join('+'), Array(9_000).fill('a').join('^'), `${'-'.repeat(10_000)}a`]) {
      expect(() => parseQuery(long)).toThrow(QueryError);
    }
    expect(parseQuery(Array(400).fill('a').join(' or '))).toMatchObject({ operator: 'or' });
  });
});

test('constructs of newer versions are called unsupported, not invalid', () => {
  for (const query of ['rate(a[5m] anchored)', 'a + fill(0) b', 'a[step()]', 'max_of(1, 2)', 'a </ 2']) {
    expect(() => parseQuery(query)).toThrow(UnsupportedQuery);
  }
});
