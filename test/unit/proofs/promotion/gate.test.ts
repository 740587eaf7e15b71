import { describe, expect, it } from 'vitest';
import { type Gate, gateSchema } from '../../../../src/contract/policy.js';
import type { CandidateEvidence } from '../../../../src/proofs/promotion/candidateEvidence.js';
import { evaluateGate } from '../../../../src/proofs/promotion/gate.js';

const NOW = new Date('2026-07-01T12:00:00Z');
const HASH = 'ab'.repeat(32);

const gate: Gate = gateSchema.parse({
  name: 'quality',
  model: 'scorer',
  metrics: [
    { name: 'auc', direction: 'higher', threshold: 0.85, tolerance: 0.02 },
    { name: 'latency', direction: 'lower', threshold: 80 },
  ],
  provenance: ['commit', 'data', 'artifact'],
  sameData: true,
  maxAge: '7d',
});

const champion: CandidateEvidence = { model: 'scorer', version: 'v1', dataVersion: 'd1', metrics: { auc: 0.91 } };
const good: CandidateEvidence = {
  model: 'scorer',
  version: 'v2',
  commit: 'c'.repeat(40),
  dataVersion: 'd1',
  artifact: { path: 'm.json', expectedSha256: HASH, actualSha256: HASH },
  metrics: { auc: 0.9, latency: 12 },
  evaluatedAt: '2026-06-30T12:00:00Z',
};

function refusals(change: Partial<CandidateEvidence>, against: CandidateEvidence | null = champion): string[] {
  return evaluateGate(gate, { ...good, ...change }, against ?? undefined, NOW).reasons.map(({ refusal, metric }) =>
    metric === undefined ? refusal : `${refusal} ${metric}`,
  );
}

describe('evaluateGate', () => {
  it('promotes a candidate that has everything, with a champion and without', () => {
    expect(evaluateGate(gate, good, champion, NOW)).toEqual({ promoted: true, reasons: [] });
    expect(refusals({}, null)).toEqual([]);
  });

  it('accepts a metric at the threshold itself and refuses one just beyond it', () => {
    expect(refusals({ metrics: { auc: 0.9, latency: 80 } })).toEqual([]);
    expect(refusals({ metrics: { auc: 0.9, latency: 80.001 } })).toEqual(['below-threshold latency']);
    expect(refusals({ metrics: { auc: 0.85, latency: 1 } }, null)).toEqual([]);
    expect(refusals({ metrics: { auc: 0.8499, latency: 1 } }, null)).toEqual(['below-threshold auc']);
  });

  it('allows just the tolerance below the champion', () => {
    // 0.91 - 0.89 is 0.02000000000000002 in binary.
    expect(refusals({ metrics: { auc: 0.89, latency: 1 } })).toEqual([]);
    expect(refusals({ metrics: { auc: 0.8899, latency: 1 } })).toEqual(['worse-than-champion auc']);
  });

  it('refuses what cannot be compared because the champion has no such figure', () => {
    expect(refusals({}, { ...champion, metrics: {} })).toEqual(['worse-than-champion auc']);
  });

  it('refuses a missing metric, also when an inherited property has its name', () => {
    expect(refusals({ metrics: { auc: 0.9 } })).toEqual(['metric-missing latency']);
    const named = gateSchema.parse({ ...gate, metrics: [{ name: 'constructor', direction: 'higher', threshold: 0 }] });
    expect(evaluateGate(named, good, undefined, NOW).reasons[0]?.refusal).toBe('metric-missing');
  });

  it.each([Number.NaN, Infinity, '0.99', null, true, [0.99]])('refuses %s as a metric', (value) => {
    expect(refusals({ metrics: { auc: value, latency: 1 } })).toEqual(['metric-not-a-number auc']);
  });

  it('refuses another data version and a missing one', () => {
    expect(refusals({ dataVersion: 'd2' })).toEqual(['other-data']);
    expect(refusals({ dataVersion: undefined })).toEqual(['no-data-version']);
  });

  it('refuses missing provenance', () => {
    expect(refusals({ commit: undefined })).toEqual(['no-commit']);
    expect(refusals({ commit: ' ' })).toEqual(['no-commit']);
    expect(refusals({ artifact: undefined })).toEqual(['no-artifact-hash']);
    expect(refusals({ artifact: { path: 'm.json', actualSha256: HASH } })).toEqual(['no-artifact-hash']);
  });

  it('refuses an altered artifact even when the gate does not ask for its provenance', () => {
    const artifact = { path: 'm.json', expectedSha256: HASH, actualSha256: `b${HASH.slice(1)}` };
    expect(refusals({ artifact })).toEqual(['artifact-altered']);
    const lax = { ...gate, provenance: [] };
    expect(evaluateGate(lax, { ...good, artifact }, champion, NOW).reasons[0]?.refusal).toBe('artifact-altered');
  });

  it('refuses an evaluation that is too old, from the future, unreadable or without time', () => {
    expect(refusals({ evaluatedAt: '2026-06-24T12:00:00Z' })).toEqual([]);
    for (const evaluatedAt of ['2026-06-24T11:59:59Z', '2026-07-02T12:00:00Z', 'yesterday', undefined]) {
      expect(refusals({ evaluatedAt })).toEqual(['stale-evaluation']);
    }
  });

  it('refuses the champion itself and a version of another model', () => {
    expect(refusals({ version: 'v1' })).toEqual(['same-version']);
    expect(refusals({ model: 'other' })).toEqual(['wrong-model']);
  });

  it('gives every reason, not only the first', () => {
    expect(refusals({ metrics: {}, commit: undefined })).toEqual([
      'metric-missing auc',
      'metric-missing latency',
      'no-commit',
    ]);
  });
});
