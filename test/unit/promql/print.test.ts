import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from '../../../src/promql/parse.js';
import { printQuery } from '../../../src/promql/print.js';
import { randomQuery } from './randomQuery.js';

const SPANS = new Set(['from', 'to', 'span', 'operatorSpan']);

/** A copy without the places in the text; -0, NaN and infinities told apart. */
function withoutSpans(value: unknown): unknown {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return value.map(withoutSpans);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (SPANS.has(key) ? [] : [[key, withoutSpans(inner)]])),
  );
}

function printsToTheSame(query: string): void {
  const parsed = parseQuery(query);
  const printed = printQuery(parsed);
  expect(withoutSpans(parseQuery(printed)), printed).toEqual(withoutSpans(parsed));
}

test('what is printed parses to the same tree', () => {
  const isValid = (query: string) => {
    try {
      return parseQuery(query) !== undefined;
    } catch {
      return false;
    }
  };
  fc.assert(fc.property(randomQuery.filter(isValid), printsToTheSame), { seed: 7, numRuns: 500 });
});

describe('so do', () => {
  test.each([
    '(-1) ^ 2',
    '-1 ^ 2',
    '2 ^ (-a) ^ 3',
    '(a ^ b) ^ c',
    'a - (b - c)',
    '-(a * b)',
    '-(-a)',
    '(a or b) and (c unless d)',
    '{__name__="on"} + {__name__="sum", b="c"}',
    '{"foo.bar", "a.b"=~"c|\\"d\\n"}',
    '{__name__!="x", a="b"}',
    'sum by ("a.b", c) (x)',
    'a * ignoring () group_left () b',
    'a * on () group_right ("x.y") b',
    'max_over_time((a offset 5m)[1h:])',
    'max_over_time((-a)[1h:7m] @ 12.5 offset -1d)',
    'max_over_time(rate(a[5m])[30m:1m])[1h:]',
    'rate(a[1y2w3d4h5m6s7ms] offset 1w)',
    'vector(-Inf) + vector(NaN) * vector(-0)',
    'label_replace(a, "b", "$1", "c", "(.*)\\\\.x")',
    'count_values("v", a)',
  ])('%s', printsToTheSame);
});

test('parentheses stand only where they are needed', () => {
  expect(printQuery(parseQuery('((sum(a) by (b)) / (c)) > (0.5)'))).toBe('sum by (b) (a) / c > 0.5');
});
