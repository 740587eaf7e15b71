import { describe, expect, it } from 'vitest';
import { STALE } from '../../../../../src/promql/seriesStore.js';
import { sampled, scrapesOf, valueAt } from '../../../../../src/proofs/alerts/solve/timeline.js';

describe('valueAt', () => {
  it('lets a slope go on from the value so far', () => {
    const phases = [
      { from: 0, form: { kind: 'slope', perSecond: 2, start: 10 } },
      { from: 60, form: { kind: 'slope', perSecond: 0.5 } },
    ] as const;
    expect([0, 60, 80].map((at) => valueAt(phases, at, 0))).toEqual([10, 130, 140]);
  });

  it('raises steps each so many seconds', () => {
    const phases = [{ from: 0, form: { kind: 'steps', by: 1, every: 90 } }] as const;
    expect([0, 89, 90, 200].map((at) => valueAt(phases, at, 0))).toEqual([0, 0, 1, 2]);
  });

  it('takes the values of a cycle in turn', () => {
    const phases = [{ from: 30, form: { kind: 'cycle', values: [1, 5], every: 30 } }] as const;
    expect([0, 30, 60, 90].map((at) => valueAt(phases, at, 0))).toEqual([undefined, 1, 5, 1]);
  });

  it('keeps a timestamp behind the clock, in its unit', () => {
    const phases = [{ from: 0, form: { kind: 'clock', age: 100, unit: 1000 } }] as const;
    expect(valueAt(phases, 60, 1000)).toBe(960_000);
  });
});

describe('sampled', () => {
  it('puts a staleness marker where a series stops being scraped', () => {
    const phases = [
      { from: 0, form: { kind: 'level', value: 3 } },
      { from: 60, form: { kind: 'absent' } },
    ] as const;
    const series = sampled({ labels: { __name__: 'a' }, phases }, scrapesOf([{ from: 0, to: 120, step: 30 }]), 1000);
    expect(series.times).toEqual([1000, 1030, 1060]);
    expect(series.values).toEqual([3, 3, STALE]);
  });
});

describe('scrapesOf', () => {
  it('merges stretches that overlap with different steps', () => {
    const stretches = [
      { from: 0, to: 120, step: 60 },
      { from: 60, to: 120, step: 30 },
    ];
    expect(scrapesOf(stretches)).toEqual([0, 60, 90, 120]);
  });
});
