import { describe, expect, it } from 'vitest';
import { seriesName, seriesNotation } from '../../../../../src/proofs/alerts/prove/seriesNotation.js';

describe('seriesNotation', () => {
  it('writes equal values as one value and how often it comes again', () => {
    expect(seriesNotation([5, 5, 5, 5])).toBe('5x3');
  });

  it('writes a progression with its step, also a falling one', () => {
    expect(seriesNotation([0, 30, 60, 90])).toBe('0+30x3');
    expect(seriesNotation([9, 7, 5])).toBe('9-2x2');
  });

  it('keeps two values as they are, for a person reads them faster', () => {
    expect(seriesNotation([1, 4])).toBe('1 4');
  });

  it('writes missing scrapes and staleness markers', () => {
    expect(seriesNotation([undefined, undefined, undefined, 1, 'stale', undefined, 2])).toBe('_x3 1 stale _ 2');
  });

  it('leaves out missing scrapes at the end, and writes nothing for a series that is never scraped', () => {
    expect(seriesNotation([1, undefined, undefined])).toBe('1');
    expect(seriesNotation([undefined, undefined])).toBe('');
  });

  it('begins a new run where the step changes', () => {
    expect(seriesNotation([0, 1, 2, 3, 3, 3, 3, 10])).toBe('0+1x3 3x2 10');
  });

  it('writes decimal steps without the rounding of binary fractions', () => {
    expect(seriesNotation([0, 0.1, 0.2, 0.3, 0.4])).toBe('0+0.1x4');
  });

  it('writes values that are no finite numbers in words that promtool reads', () => {
    expect(seriesNotation([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe('NaN Inf -Inf');
  });
});

describe('seriesName', () => {
  it('quotes values as promtool reads them', () => {
    expect(seriesName({ __name__: 'up', path: 'a"b\\c\nd' })).toBe('up{path="a\\"b\\\\c\\nd"}');
  });

  it('writes a metric without labels by its name alone, and no metric as empty braces', () => {
    expect(seriesName({ __name__: 'up' })).toBe('up');
    expect(seriesName({})).toBe('{}');
  });
});
