import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { printQuery } from '../../../../../src/promql/print.js';
import { inlineRecordings } from '../../../../../src/proofs/alerts/solve/inlineRecordings.js';
import { recordingOf } from './problem.js';

const inlined = (query: string, ...rules: Parameters<typeof recordingOf>[]) =>
  printQuery(
    inlineRecordings(
      parseQuery(query),
      rules.map((rule) => recordingOf(...rule)),
    ).query,
  );

describe('inlineRecordings', () => {
  it('follows a chain down to raw series', () => {
    expect(inlined('a:b > 1', ['a:b', '2 * a:c'], ['a:c', 'sum(x)'])).toBe('2 * sum(x) > 1');
  });

  it('makes a range over a recorded metric a subquery at the rule’s interval', () => {
    expect(inlined('max_over_time(a:b[10m])', ['a:b', 'sum(x)'])).toBe('max_over_time(sum(x)[10m:1m])');
  });

  it('moves an offset to the selectors within', () => {
    expect(inlined('a:b offset 5m > 1', ['a:b', 'sum(x)'])).toBe('sum(x offset 5m) > 1');
  });

  it('refuses a circle', () => {
    expect(() => inlined('a:b > 1', ['a:b', 'a:b + 1'])).toThrow(/a dozen recordings/);
  });
});
