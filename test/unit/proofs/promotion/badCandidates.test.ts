import { describe, expect, it } from 'vitest';
import { gateSchema } from '../../../../src/contract/policy.js';
import { badCandidates } from '../../../../src/proofs/promotion/badCandidates.js';

const NOW = new Date('2026-07-01T12:00:00Z');

describe('badCandidates', () => {
  it('makes none for what the gate does not ask for', () => {
    const gate = gateSchema.parse({
      name: 'g',
      model: 'm',
      metrics: [{ name: 'loss', direction: 'lower', threshold: 2 }],
    });
    const bad = badCandidates(gate, { model: 'm', version: 'v1', metrics: { loss: 1 } }, undefined, NOW);
    expect(bad.map(({ name }) => name)).toEqual(['missing-loss', 'nan-loss', 'threshold-loss', 'another-model']);
    expect(bad.find(({ name }) => name === 'threshold-loss')?.candidate.metrics.loss).toBe(2.02);
  });

  it('alters exactly one thing of the good candidate', () => {
    const hash = '0'.repeat(64);
    const gate = gateSchema.parse({
      name: 'g',
      model: 'm',
      metrics: [{ name: 'auc', direction: 'higher', threshold: 0.8, tolerance: 0.1 }],
      provenance: ['commit', 'data', 'artifact'],
      sameData: true,
      maxAge: '1d',
    });
    const good = {
      model: 'm',
      version: 'v2',
      commit: 'c',
      dataVersion: 'd',
      artifact: { path: 'a', expectedSha256: hash, actualSha256: hash },
      metrics: { auc: 0.9 },
      evaluatedAt: NOW.toISOString(),
    };
    const champion = { ...good, version: 'v1' };
    const keys = Object.keys(good) as (keyof typeof good)[];
    for (const { name, candidate } of badCandidates(gate, good, champion, NOW)) {
      const altered = keys.filter((key) => JSON.stringify(candidate[key]) !== JSON.stringify(good[key]));
      expect([name, altered.length]).toEqual([name, 1]);
    }
  });
});
