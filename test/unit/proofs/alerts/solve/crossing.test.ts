import { describe, expect, it } from 'vitest';
import { crossingOf } from '../../../../../src/proofs/alerts/solve/crossing.js';
import type { Knob } from '../../../../../src/proofs/alerts/solve/knobs.js';

const knob = (more: Partial<Knob>): Knob => ({
  sources: [0],
  dimension: 'level',
  apply: (settings) => settings,
  read: () => 0,
  whole: false,
  least: 0,
  most: 1e9,
  grid: [0, 1, 10, 100, 1000],
  ...more,
});

describe('crossingOf', () => {
  it('finds neighbouring whole numbers', () => {
    expect(crossingOf(knob({ whole: true }), 0, (at) => at > 37.5, [], true)).toEqual({ fire: 38, quiet: 37 });
  });

  it('stays half a percent away from a fraction on each side', () => {
    const found = crossingOf(knob({}), 100, (at) => at < 0.2, [], false);
    expect(found?.fire).toBeCloseTo(0.199, 6);
    expect(found?.quiet).toBeCloseTo(0.201, 6);
  });

  it('leaves out positions at which it can not be told', () => {
    const judge = (at: number) => (at === 6 ? undefined : at < 6);
    expect(crossingOf(knob({ whole: true }), 100, judge, [], true)).toEqual({ fire: 5, quiet: 7 });
  });

  it('finds nothing where the judgement never changes', () => {
    expect(crossingOf(knob({}), 0, () => false, [5], false)).toBeUndefined();
  });
});
