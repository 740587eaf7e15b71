import { durationMs, type Gate } from '../../contract/policy.js';
import type { CandidateEvidence } from './candidateEvidence.js';

/** Why a gate refuses; each has its own bad candidate in the proof. */
export const REFUSALS = [
  'wrong-model',
  'same-version',
  'metric-missing',
  'metric-not-a-number',
  'below-threshold',
  'worse-than-champion',
  'other-data',
  'no-commit',
  'no-data-version',
  'no-artifact-hash',
  'artifact-altered',
  'stale-evaluation',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface Reason {
  refusal: Refusal;
  /** Only for a refusal because of one metric. */
  metric?: string;
  message: string;
}

export interface GateResult {
  promoted: boolean;
  /** Every reason to refuse, not only the first. */
  reasons: Reason[];
}

/** An evaluation that claims to be later than now by more than this counts as stale, in milliseconds. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Judges a candidate by a gate of the policy. A value that isn't there never passes: absent metrics,
 * hashes and times refuse. A threshold itself is good enough.
 *
 * @param champion the version that the gate's alias names now; without one, nothing is compared with it.
 */
export function evaluateGate(
  gate: Gate,
  candidate: CandidateEvidence,
  champion: CandidateEvidence | undefined,
  now: Date,
): GateResult {
  const reasons = [
    ...identityReasons(gate, candidate, champion),
    ...gate.metrics.flatMap((metric) => metricReasons(metric, candidate, champion)),
    ...provenanceReasons(gate, candidate, champion),
    ...ageReasons(gate, candidate, now),
  ];
  return { promoted: reasons.length === 0, reasons };
}

function identityReasons(gate: Gate, candidate: CandidateEvidence, champion: CandidateEvidence | undefined): Reason[] {
  const reasons: Reason[] = [];
  if (candidate.model !== gate.model) {
    reasons.push({ refusal: 'wrong-model', message: `the gate is for ${gate.model}, not for ${candidate.model}` });
  }
  if (champion !== undefined && champion.version === candidate.version) {
    reasons.push({ refusal: 'same-version', message: `${candidate.version} is already ${gate.alias}` });
  }
  return reasons;
}

function metricReasons(
  metric: Gate['metrics'][number],
  candidate: CandidateEvidence,
  champion: CandidateEvidence | undefined,
): Reason[] {
  const { name, direction, threshold, tolerance } = metric;
  const because = (refusal: Refusal, message: string): Reason[] => [{ refusal, metric: name, message }];
  if (!Object.hasOwn(candidate.metrics, name) || candidate.metrics[name] === undefined) {
    return because('metric-missing', `${name} is missing`);
  }
  const value = candidate.metrics[name];
  if (!isNumber(value)) return because('metric-not-a-number', `${name} is no finite number`);
  const reasons: Reason[] = [];
  const gap = (reference: number) => (direction === 'higher' ? reference - value : value - reference);
  if (gap(threshold) > 0) {
    const side = direction === 'higher' ? 'below' : 'above';
    reasons.push(...because('below-threshold', `${name} ${value} is ${side} the threshold ${threshold}`));
  }
  if (tolerance === undefined || champion === undefined) return reasons;
  const reference = Object.hasOwn(champion.metrics, name) ? champion.metrics[name] : undefined;
  if (!isNumber(reference)) {
    reasons.push(...because('worse-than-champion', `the champion has no ${name} to compare with`));
  } else if (gap(reference) > tolerance + rounding(reference)) {
    reasons.push(
      ...because(
        'worse-than-champion',
        `${name} ${value} is worse than the champion's ${reference} by more than ${tolerance}`,
      ),
    );
  }
  return reasons;
}

function provenanceReasons(
  gate: Gate,
  candidate: CandidateEvidence,
  champion: CandidateEvidence | undefined,
): Reason[] {
  const reasons: Reason[] = [];
  const needs = (kind: Gate['provenance'][number]) => gate.provenance.includes(kind);
  if (needs('commit') && isEmpty(candidate.commit)) {
    reasons.push({ refusal: 'no-commit', message: 'the commit that it was trained at is not recorded' });
  }
  if ((needs('data') || gate.sameData) && isEmpty(candidate.dataVersion)) {
    reasons.push({ refusal: 'no-data-version', message: 'the data version is not recorded' });
  } else if (gate.sameData && champion !== undefined && candidate.dataVersion !== champion.dataVersion) {
    reasons.push({ refusal: 'other-data', message: 'it was measured on another data version than the champion' });
  }
  const { expectedSha256: expected, actualSha256: actual } = candidate.artifact ?? {};
  if (needs('artifact') && (isEmpty(expected) || isEmpty(actual))) {
    reasons.push({ refusal: 'no-artifact-hash', message: 'the artifact or the record of its hash is missing' });
  } else if (!isEmpty(expected) && !isEmpty(actual) && expected?.toLowerCase() !== actual?.toLowerCase()) {
    reasons.push({ refusal: 'artifact-altered', message: 'the artifact does not have the recorded hash' });
  }
  return reasons;
}

function ageReasons(gate: Gate, candidate: CandidateEvidence, now: Date): Reason[] {
  if (gate.maxAge === undefined) return [];
  const evaluated = Date.parse(candidate.evaluatedAt ?? '');
  const age = now.getTime() - evaluated;
  // A comparison with NaN is false, so an absent or unreadable time is refused too.
  if (age <= durationMs(gate.maxAge) && age >= -CLOCK_SKEW_MS) return [];
  const what = Number.isNaN(evaluated)
    ? 'has no time'
    : age < 0
      ? 'lies in the future'
      : `is older than ${gate.maxAge}`;
  return [{ refusal: 'stale-evaluation', message: `the evaluation ${what}` }];
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

/** Room for the last bits of a decimal difference: 0.91 - 0.89 is a little more than 0.02. */
function rounding(reference: number): number {
  return Math.max(1, Math.abs(reference)) * 1e-12;
}
