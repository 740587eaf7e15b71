import type { AcceptedDecision } from '../contract/decision.js';
import type { Policy } from '../contract/policy.js';
import { SEVERITIES, type Severity, severityRank } from '../contract/severity.js';

// Pure and free of zod, jose and Node: workflow code imports it.

/** How far an approver's clock may be off, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 60;

export interface TallyInput {
  /** In order of arrival. */
  decisions: readonly AcceptedDecision[];
  /** Ids of the people who may approve now. */
  approvers: readonly string[];
  /** Approvals needed by the policy at this severity. */
  required: number;
  separationOfDuties: boolean;
  /** Person who asked for the task; `undefined` when nobody was authenticated. */
  requester: string | undefined;
  /** People who had a hand in the plan, for example by sending `revise`. */
  proposers: readonly string[];
  /** Seconds since 1970 at which the approvals must not have expired; left out, expiry isn't looked at. */
  at?: number | undefined;
}

export interface Tally {
  state: 'pending' | 'approved' | 'rejected' | 'revise';
  /** Approvals needed, with what an unknown requester adds. */
  need: number;
  /** People whose approval counts, in order of arrival. */
  have: string[];
  /** Why it isn't approved, or who vetoed; empty when approved. */
  reasons: string[];
}

/**
 * Counts the decisions on one plan.
 *
 * One `reject` vetoes, whoever it came from and however many approved before it; without one, a
 * `revise` sends the plan back. Approvals count by person: the first stands, a second adds nothing.
 * Under separation of duties an unknown requester needs one approval more (the requester may be
 * among the approvers), and somebody who is neither requester nor proposer must be among them.
 */
export function tally(input: TallyInput): Tally {
  const unknownRequester = input.separationOfDuties && input.requester === undefined;
  const need = Math.max(1, input.required) + (unknownRequester ? 1 : 0);
  const have: string[] = [];
  for (const decision of input.decisions) {
    const inTime = input.at === undefined || input.at <= decision.exp + CLOCK_TOLERANCE_SECONDS;
    const counts = decision.verdict === 'approve' && inTime && input.approvers.includes(decision.person);
    if (counts && !have.includes(decision.person)) have.push(decision.person);
  }
  for (const [verdict, state, word] of [
    ['reject', 'rejected', 'rejected by'],
    ['revise', 'revise', 'sent back by'],
  ] as const) {
    const by = input.decisions.filter((decision) => decision.verdict === verdict).map((decision) => decision.person);
    if (by.length > 0) return { state, need, have, reasons: [`${word} ${[...new Set(by)].join(', ')}`] };
  }

  const reasons: string[] = [];
  if (have.length < need) {
    reasons.push(`${have.length} of ${need} approvals`);
    if (unknownRequester) reasons.push('one more than the policy says, because nobody knows who asked for the task');
    const possible = new Set(input.approvers).size;
    if (possible < need) reasons.push(`only ${possible} may approve, so the number cannot be reached`);
  }
  const involved = new Set(input.requester === undefined ? input.proposers : [input.requester, ...input.proposers]);
  if (input.separationOfDuties && have.length > 0 && have.every((person) => involved.has(person))) {
    reasons.push('somebody who neither asked for the change nor proposed it must approve');
  }
  return { state: reasons.length === 0 ? 'approved' : 'pending', need, have, reasons };
}

/** Approvals needed at a severity: the most of `required` and what the policy says for this severity and lower ones. */
export function requiredApprovals(policy: Pick<Policy, 'approval'>, severity: Severity): number {
  const applying = SEVERITIES.slice(0, severityRank(severity) + 1);
  return Math.max(policy.approval.required, ...applying.map((level) => policy.approval.bySeverity[level] ?? 0));
}
