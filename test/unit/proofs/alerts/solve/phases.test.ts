import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../../../../src/proofs/alerts/solve/phases.js';
import type { WorldSeries } from '../../../../../src/proofs/alerts/world.js';

const counter: WorldSeries = {
  labels: { __name__: 'a_total' },
  kind: 'counter',
  role: 'carrier',
  healthy: { kind: 'slope', perSecond: 1, start: 0 },
  firing: { kind: 'slope', perSecond: 5 },
};

describe('phasesOf', () => {
  it('lets a counter go on after recovery instead of beginning again', () => {
    expect(phasesOf(counter, 600, 900).phases).toEqual([
      { from: 0, form: { kind: 'slope', perSecond: 1, start: 0 } },
      { from: 600, form: { kind: 'slope', perSecond: 5 } },
      { from: 900, form: { kind: 'slope', perSecond: 1 } },
    ]);
  });

  it('leaves a series of the context as it is', () => {
    expect(phasesOf({ ...counter, role: 'context' }, 600).phases).toHaveLength(1);
  });
});
