import { describe, expect, it } from 'vitest';
import { durationSeconds, parsePromql } from '../../../src/lifecycle/promql.js';

describe('parsePromql', () => {
  it('lists selectors with matchers, window and offsets', () => {
    const text = 'sum by (job) (rate(foo_total{a="b",c=~"d|e"}[5m] offset 1h)) / bar > 0.5';
    const { selectors, functions, error } = parsePromql(text);
    expect(error).toBeUndefined();
    expect(selectors.map(({ metric, window }) => [metric, window])).toEqual([
      ['foo_total', '5m'],
      ['bar', undefined],
    ]);
    expect(selectors[0]?.matchers).toEqual([
      { label: 'a', operator: '=', value: 'b' },
      { label: 'c', operator: '=~', value: 'd|e' },
    ]);
    const range = selectors[0]?.metricRange;
    expect(text.slice(range?.start, range?.end)).toBe('foo_total');
    expect(functions).toEqual(['sum', 'rate']);
  });

  it('finds the comparison at the top through parentheses, with its number', () => {
    const text = '(up{job="x"} == 0)';
    const { comparison } = parsePromql(text);
    expect(comparison).toMatchObject({ operator: '==', threshold: 0, thresholdSide: 'right' });
    expect(text.slice(comparison?.left.start, comparison?.left.end)).toBe('up{job="x"}');
  });

  it('reads a number on the left, negative and parenthesised numbers, and durations as seconds', () => {
    expect(parsePromql('0.8 > auc').comparison).toMatchObject({ threshold: 0.8, thresholdSide: 'left' });
    expect(parsePromql('x < (-0.5)').comparison).toMatchObject({ threshold: -0.5 });
    expect(parsePromql('time() - t > 1h').comparison).toMatchObject({ threshold: 3600 });
    expect(parsePromql('a > bool 1e3').comparison).toMatchObject({ operator: '>', threshold: 1000 });
  });

  it('has no comparison where and/or stands at the top, or two series are compared without a number', () => {
    expect(parsePromql('a > 1 and b > 2').comparison).toBeUndefined();
    expect(parsePromql('a > b').comparison).toMatchObject({ operator: '>' });
    expect(parsePromql('a > b').comparison?.threshold).toBeUndefined();
  });

  it('takes the name of __name__ matchers and of quoted UTF-8 names', () => {
    expect(parsePromql('{__name__="x",a="b"}').selectors[0]).toMatchObject({ metric: 'x' });
    expect(parsePromql('{"my.metric"} > 1').selectors[0]).toMatchObject({ metric: 'my.metric' });
  });

  it('gives an error for invalid, empty and oversized text, and never throws', () => {
    expect(parsePromql('foo{').error).toMatch(/not valid PromQL/);
    expect(parsePromql('  ').error).toBeDefined();
    expect(parsePromql('('.repeat(20_000)).error).toMatch(/longer/);
    expect(parsePromql('('.repeat(5000)).error).toBeDefined();
    expect(parsePromql('rate(foo[5m]) >').error).toBeDefined();
  });
});

describe('durationSeconds', () => {
  it('adds the units and refuses other text', () => {
    expect(durationSeconds('1h30m')).toBe(5400);
    expect(durationSeconds('1d')).toBe(86_400);
    expect(durationSeconds('500ms')).toBe(0.5);
    expect(durationSeconds('5')).toBeUndefined();
  });
});
