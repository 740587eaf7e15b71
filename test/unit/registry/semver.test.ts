import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSemver } from '../../../src/registry/semver.js';

// The example of Semantic Versioning 2.0.0, item 11, from the lowest to the highest.
const ORDERED = [
  'v1.0.0-alpha',
  'v1.0.0-alpha.1',
  'v1.0.0-alpha.beta',
  'v1.0.0-beta',
  'v1.0.0-beta.2',
  'v1.0.0-beta.11',
  'v1.0.0-rc.1',
  'v1.0.0',
  'v2.0.0',
  'v2.1.0',
  'v2.1.1',
  'v2.10.0',
];

describe('compareSemver', () => {
  it('orders the example of the specification whatever the order given', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ORDERED, { minLength: ORDERED.length }), (shuffled) => {
        expect([...shuffled].sort(compareSemver)).toEqual(ORDERED);
      }),
    );
  });

  it('compares numbers beyond the exact range of a double', () => {
    expect(compareSemver('v9007199254740993.0.0', 'v9007199254740992.0.0')).toBe(1);
  });
});
