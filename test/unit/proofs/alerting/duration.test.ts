import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../../src/proofs/alerting/duration.js';

it.each([
  ['0', 0],
  ['0s', 0],
  ['90s', 90],
  ['1h30m', 5400],
  ['1d', 86_400],
  ['2w1d', 1_296_000],
  ['1y', 31_536_000],
  ['1500ms', 1.5],
])('reads %s as %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBeCloseTo(seconds, 9);
});

it.each(['', '5', '-5m', '5 m', '1m1h', '1.5h', 'x'])('does not read %j', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

it.each([
  [0, '0s'],
  [61, '1m1s'],
  [5400, '1h30m'],
  [90_000, '25h'],
])('writes %d seconds as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
