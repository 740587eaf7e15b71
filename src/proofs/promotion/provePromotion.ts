import type { Gate } from '../../contract/policy.js';
import type { LiveOnlyCheck, ProbeResult, ProofResult } from '../../contract/probe.js';
import { badCandidates } from './badCandidates.js';
import type { CandidateEvidence } from './candidateEvidence.js';
import { evaluateGate, type GateResult } from './gate.js';

export interface PromotionInput {
  /** A gate of the policy; unset when it declares none. */
  gate?: Gate | undefined;
  /** Versions to judge, the registry's newest as a rule; empty when it has none. */
  candidates: readonly CandidateEvidence[];
  /** The version to compare with: the one that the gate's alias names, or the one before a candidate that it names. */
  champion?: CandidateEvidence | undefined;
  /** The time of the proof, by default the present. It decides what is stale, and appears in no text and no evidence. */
  now?: Date | undefined;
  /** Checks that only the environment can do, for example of a gate that is written as repository code. */
  liveOnly?: readonly LiveOnlyCheck[] | undefined;
}

/**
 * Runs a gate on a good candidate and on bad ones made from it by altering one thing each. A bad one
 * must be refused for just that reason. Where the registry has no version a made-up candidate stands
 * for the good one, and the probe says so.
 */
export function provePromotion(input: PromotionInput): ProofResult {
  const { gate, candidates, now = new Date() } = input;
  const liveOnly = [...(input.liveOnly ?? [])];
  if (gate === undefined) {
    return { path: 'promotion', notApplicable: 'no promotion gate is declared in mlops.yaml', probes: [], liveOnly };
  }
  const judged: readonly (CandidateEvidence | undefined)[] = candidates.length === 0 ? [undefined] : candidates;
  return {
    path: 'promotion',
    probes: judged.flatMap((candidate) => probesOf(gate, candidate, input.champion, now, judged.length > 1)),
    liveOnly,
  };
}

function probesOf(
  gate: Gate,
  candidate: CandidateEvidence | undefined,
  named: CandidateEvidence | undefined,
  now: Date,
  several: boolean,
): ProbeResult[] {
  // A version is never compared with itself.
  const isChampion = candidate !== undefined && named?.version === candidate.version;
  const champion = isChampion ? undefined : named;
  const good = candidate ?? syntheticCandidate(gate, champion, now);
  const subject = several ? `${gate.name}/${good.version}` : gate.name;
  const origin =
    candidate === undefined
      ? `from a made-up good candidate, because the registry has no version of it`
      : `${candidate.version}${isChampion ? `, compared with nothing because it is ${gate.alias} already` : ''}`;
  const result = evaluateGate(gate, good, champion, now);
  const positive = promotionProbe({
    sign: 'positive',
    name: `promotes/${subject}`,
    statement: `The gate ${gate.name} promotes ${gate.model} ${origin}.`,
    expected: 'The gate finds nothing to refuse it for.',
    observed: result.promoted ? 'promoted' : `refused: ${listed(result)}`,
    passed: result.promoted,
    gate,
    candidate: good,
    champion,
    result,
  });
  // A refused candidate can't show that a single alteration is what the gate refuses.
  const base = result.promoted ? good : syntheticCandidate(gate, champion, now);
  const reference = champion ?? syntheticChampion(gate, base);
  const negatives = badCandidates(gate, base, reference, now).map((bad) => {
    const refused = evaluateGate(gate, bad.candidate, reference, now);
    const forIt = refused.reasons.some(
      ({ refusal, metric }) => refusal === bad.refusal && (bad.metric === undefined || metric === bad.metric),
    );
    return promotionProbe({
      sign: 'negative',
      name: `refuses/${bad.name}/${subject}`,
      statement: `The gate ${gate.name} refuses a candidate when ${bad.what}.`,
      expected: `Refused for this reason (${bad.refusal}${bad.metric === undefined ? '' : `, ${bad.metric}`}).`,
      observed: refused.promoted ? 'promoted' : `refused: ${listed(refused)}`,
      passed: !refused.promoted && forIt,
      gate,
      candidate: bad.candidate,
      champion: reference,
      result: refused,
    });
  });
  return [positive, ...negatives];
}

/** A candidate that meets a gate: every metric at its threshold, or at the champion's value if that is better. */
function syntheticCandidate(gate: Gate, champion: CandidateEvidence | undefined, now: Date): CandidateEvidence {
  const hash = '0'.repeat(64);
  return {
    model: gate.model,
    version: 'made-up-candidate',
    commit: '0'.repeat(40),
    dataVersion: champion?.dataVersion ?? 'made-up-data',
    artifact: { path: 'made-up', expectedSha256: hash, actualSha256: hash },
    metrics: Object.fromEntries(
      gate.metrics.map(({ name, direction, threshold }) => {
        const reference = champion?.metrics[name];
        if (typeof reference !== 'number' || !Number.isFinite(reference)) return [name, threshold];
        return [name, direction === 'higher' ? Math.max(reference, threshold) : Math.min(reference, threshold)];
      }),
    ),
    evaluatedAt: now.toISOString(),
  };
}

/** A champion with the candidate's own figures, to compare bad candidates with where there is no other. */
function syntheticChampion(gate: Gate, candidate: CandidateEvidence): CandidateEvidence {
  return { ...candidate, model: gate.model, version: 'made-up-champion' };
}

function promotionProbe(parts: {
  sign: ProbeResult['sign'];
  name: string;
  statement: string;
  expected: string;
  observed: string;
  passed: boolean;
  gate: Gate;
  candidate: CandidateEvidence;
  champion: CandidateEvidence | undefined;
  result: GateResult;
}): ProbeResult {
  const { gate, candidate, champion, result } = parts;
  const content = { gate, candidate: shown(candidate), champion: shown(champion), reasons: result.reasons };
  return {
    id: `promotion/${parts.name}`.slice(0, 300),
    path: 'promotion',
    sign: parts.sign,
    statement: parts.statement.slice(0, 500),
    expected: parts.expected.slice(0, 1000),
    observed: parts.observed.slice(0, 2000),
    verdict: parts.passed ? 'passed' : 'failed',
    evidence: [
      { name: 'gate and candidate', mediaType: 'application/json', content: JSON.stringify(content, writable, 2) },
    ],
  };
}

/** Without the time of the evaluation: made-up ones follow the clock, and evidence must not. */
function shown(candidate: CandidateEvidence | undefined): unknown {
  return candidate === undefined ? null : { ...candidate, evaluatedAt: undefined };
}

/** JSON has no NaN and no infinity; they are written as their names. */
function writable(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function listed(result: GateResult): string {
  return result.reasons.map((reason) => reason.message).join('; ');
}
