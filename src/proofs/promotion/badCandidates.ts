import { durationMs, type Gate } from '../../contract/policy.js';
import type { CandidateEvidence } from './candidateEvidence.js';
import type { Refusal } from './gate.js';

/** A good candidate with exactly one thing altered, and the reason for which the gate must refuse it. */
export interface BadCandidate {
  /** Last part of the probe's id. */
  name: string;
  what: string;
  refusal: Refusal;
  metric?: string;
  candidate: CandidateEvidence;
}

/** One candidate for each thing that a gate asks for; a gate that doesn't ask for it has none. */
export function badCandidates(
  gate: Gate,
  good: CandidateEvidence,
  champion: CandidateEvidence | undefined,
  now: Date,
): BadCandidate[] {
  const bad: BadCandidate[] = [
    ...gate.metrics.flatMap((metric) => badMetrics(metric, good, champion)),
    {
      name: 'another-model',
      what: 'it is a version of another model',
      refusal: 'wrong-model',
      candidate: { ...good, model: `${good.model}-other` },
    },
  ];
  if (champion !== undefined) {
    bad.push({
      name: 'the-champion-itself',
      what: 'it is the version that is promoted already',
      refusal: 'same-version',
      candidate: { ...good, version: champion.version },
    });
  }
  if (gate.sameData && champion !== undefined) {
    bad.push({
      name: 'other-data',
      what: 'it was measured on another data version',
      refusal: 'other-data',
      candidate: { ...good, dataVersion: `${good.dataVersion ?? ''}-other` },
    });
  }
  if (gate.provenance.includes('commit')) {
    bad.push({
      name: 'no-commit',
      what: 'its commit is not recorded',
      refusal: 'no-commit',
      candidate: { ...good, commit: undefined },
    });
  }
  if (gate.provenance.includes('data') || gate.sameData) {
    bad.push({
      name: 'no-data-version',
      what: 'its data version is not recorded',
      refusal: 'no-data-version',
      candidate: { ...good, dataVersion: undefined },
    });
  }
  if (gate.provenance.includes('artifact') && good.artifact !== undefined) {
    bad.push(
      {
        name: 'no-artifact-hash',
        what: "its artifact's hash is not recorded",
        refusal: 'no-artifact-hash',
        candidate: { ...good, artifact: { ...good.artifact, expectedSha256: undefined } },
      },
      {
        name: 'artifact-altered',
        what: 'its artifact was altered',
        refusal: 'artifact-altered',
        candidate: { ...good, artifact: { ...good.artifact, actualSha256: flipped(good.artifact.actualSha256 ?? '') } },
      },
    );
  }
  if (gate.maxAge !== undefined) {
    const old = new Date(now.getTime() - durationMs(gate.maxAge) - 1000);
    bad.push({
      name: 'stale-evaluation',
      what: `its evaluation is a second older than ${gate.maxAge}`,
      refusal: 'stale-evaluation',
      candidate: { ...good, evaluatedAt: old.toISOString() },
    });
  }
  return bad;
}

function badMetrics(
  metric: Gate['metrics'][number],
  good: CandidateEvidence,
  champion: CandidateEvidence | undefined,
): BadCandidate[] {
  const { name, direction, threshold, tolerance } = metric;
  const worse = (reference: number, by: number) => (direction === 'higher' ? reference - by : reference + by);
  const withValue = (value: unknown): CandidateEvidence => ({ ...good, metrics: { ...good.metrics, [name]: value } });
  const step = Math.max(Math.abs(threshold) * 0.01, 1e-6);
  const rest = Object.fromEntries(Object.entries(good.metrics).filter(([key]) => key !== name));
  const bad: BadCandidate[] = [
    {
      name: `missing-${name}`,
      what: `${name} is missing`,
      refusal: 'metric-missing',
      metric: name,
      candidate: { ...good, metrics: rest },
    },
    {
      name: `nan-${name}`,
      what: `${name} is NaN`,
      refusal: 'metric-not-a-number',
      metric: name,
      candidate: withValue(Number.NaN),
    },
    {
      name: `threshold-${name}`,
      what: `${name} is 1 % ${direction === 'higher' ? 'below' : 'above'} ${threshold}`,
      refusal: 'below-threshold',
      metric: name,
      candidate: withValue(worse(threshold, step)),
    },
  ];
  const reference = champion?.metrics[name];
  if (tolerance !== undefined && typeof reference === 'number' && Number.isFinite(reference)) {
    bad.push({
      name: `worse-than-champion-${name}`,
      what: `${name} is worse than the champion's ${reference} by more than ${tolerance}`,
      refusal: 'worse-than-champion',
      metric: name,
      candidate: withValue(worse(reference, tolerance + Math.max(tolerance * 0.01, 1e-6))),
    });
  }
  return bad;
}

/** The hash with its first digit changed: what one altered byte of the artifact amounts to. */
function flipped(hash: string): string {
  return `${hash.startsWith('0') ? '1' : '0'}${hash.slice(1)}`;
}
