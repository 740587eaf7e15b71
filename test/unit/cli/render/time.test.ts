import { expect, it } from 'vitest';
import { shownTime } from '../../../../src/cli/render/time.js';

it.each([
  ['2026-11-25T10:08:34.408838964Z', '2026-11-25 10:08 UTC'],
  ['2026-11-25T10:08:34+01:00', '2026-11-25 10:08 +01:00'],
  ['yesterday', 'yesterday'],
])('shows %s to the minute, with its zone', (moment, shown) => {
  expect(shownTime(moment)).toBe(shown);
});
