import { describe, expect, it } from 'vitest';
import { gateSchema } from '../../../../src/contract/policy.js';
import { probeSchema } from '../../../../src/contract/probe.js';
import type { CandidateEvidence } from '../../../../src/proofs/promotion/candidateEvidence.js';
import { provePromotion } from '../../../../src/proofs/promotion/provePromotion.js';
import { summarise } from '../../../../src/proofs/summarise.js';

const NOW = new Date('2026-07-01T12:00:00Z');
const HASH = 'ab'.repeat(32);
const gate = gateSchema.parse({
  name: 'quality',
  model: 'scorer',
  metrics: [{ name: 'auc', direction: 'higher', threshold: 0.85, tolerance: 0.02 }],
  provenance: ['commit', 'data', 'artifact'],
  sameData: true,
  maxAge: '7d',
});
const champion: CandidateEvidence = {
  model: 'scorer',
  version: 'v1',
  commit: 'b'.repeat(40),
  dataVersion: 'd1',
  artifact: { path: 'm.json', expectedSha256: HASH, actualSha256: HASH },
  metrics: { auc: 0.9 },
  evaluatedAt: '2026-06-20T12:00:00Z',
};
const newest: CandidateEvidence = {
  ...champion,
  version: 'v2',
  metrics: { auc: 0.91 },
  evaluatedAt: '2026-06-30T12:00:00Z',
};

describe('provePromotion', () => {
  it('promotes the newest version and refuses each bad one for its own reason', () => {
    const result = provePromotion({ gate, candidates: [newest], champion, now: NOW });
    expect(result.probes.map(({ id, sign, verdict }) => `${sign} ${verdict} ${id}`)).toEqual([
      'positive passed promotion/promotes/quality',
      'negative passed promotion/refuses/missing-auc/quality',
      'negative passed promotion/refuses/nan-auc/quality',
      'negative passed promotion/refuses/threshold-auc/quality',
      'negative passed promotion/refuses/worse-than-champion-auc/quality',
      'negative passed promotion/refuses/another-model/quality',
      'negative passed promotion/refuses/the-champion-itself/quality',
      'negative passed promotion/refuses/other-data/quality',
      'negative passed promotion/refuses/no-commit/quality',
      'negative passed promotion/refuses/no-data-version/quality',
      'negative passed promotion/refuses/no-artifact-hash/quality',
      'negative passed promotion/refuses/artifact-altered/quality',
      'negative passed promotion/refuses/stale-evaluation/quality',
    ]);
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
  });

  it('fails the good candidate, and says why, when the newest version does not meet the gate', () => {
    const result = provePromotion({ gate, candidates: [{ ...newest, metrics: { auc: 0.8 } }], champion, now: NOW });
    expect(result.probes[0]).toMatchObject({
      verdict: 'failed',
      observed: expect.stringContaining('auc 0.8 is below the threshold 0.85'),
    });
    expect(result.probes.slice(1).every(({ verdict }) => verdict === 'passed')).toBe(true);
    expect(summarise(result).verdict).toBe('not-proved');
  });

  it('compares the only version, which is the champion already, with nothing', () => {
    const [positive] = provePromotion({ gate, candidates: [{ ...newest }], champion: newest, now: NOW }).probes;
    expect(positive).toMatchObject({ verdict: 'passed', statement: expect.stringContaining('compared with nothing') });
  });

  it('says so when a made-up candidate stands for the good one', () => {
    const result = provePromotion({ gate, candidates: [], now: NOW });
    expect(result.probes[0]?.statement).toContain('made-up good candidate, because the registry has no version');
    expect(summarise(result).verdict).toBe('proved');
  });

  it('does not apply without a gate', () => {
    expect(provePromotion({ candidates: [] }).notApplicable).toBe('no promotion gate is declared in mlops.yaml');
  });

  it('gives the same probes and evidence at another time', () => {
    const at = (now: Date) => [
      provePromotion({ gate, candidates: [newest], champion, now }),
      provePromotion({ gate, candidates: [], now }),
    ];
    expect(at(new Date('2026-07-02T01:02:03Z'))).toEqual(at(NOW));
  });

  it('fits the contract', () => {
    for (const probe of provePromotion({ gate, candidates: [newest], champion, now: NOW }).probes) {
      expect(probeSchema.safeParse({ ...probe, evidence: [] }).success).toBe(true);
    }
  });
});
