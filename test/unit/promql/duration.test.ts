import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/promql/duration.js';

describe('parseDuration', () => {
  test.each([
    ['90s', 90],
    ['1h30m', 5400],
    ['250ms', 0.25],
    ['1y2w3d', 31_536_000 + 2 * 604_800 + 3 * 86_400],
    ['0', 0],
    ['0s', 0],
  ])('%s is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['', '5', 'm', '1m1h', '1.5h', '-5m', '1 m', '1m '])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

test('what formatDuration writes is read as the same number of milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (milliseconds) => {
      expect(Math.round((parseDuration(formatDuration(milliseconds / 1000)) ?? Number.NaN) * 1000)).toBe(milliseconds);
    }),
  );
  expect(formatDuration(-300)).toBe('-5m');
});
