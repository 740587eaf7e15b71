import { type ApprovalPolicy, durationMs, type Policy } from '../contract/policy.js';
import { SEVERITIES } from '../contract/severity.js';
import { requiredApprovals } from './quorum.js';

/** What the worker's configuration demands of every repository: a policy can tighten it, never loosen it. */
export interface Floor {
  /** Fewest approvals. */
  required?: number | undefined;
  identity?: 'signed' | undefined;
  /** Key ids or public keys that no longer count, whatever a policy says. */
  revokedKeys?: readonly string[] | undefined;
}

/** The policy with the floor laid under it. Only tightens, and changes nothing in place. */
export function applyFloor(policy: Policy, floor: Floor): Policy {
  const revoked = new Set(floor.revokedKeys ?? []);
  return {
    ...policy,
    people: policy.people.map((person) => ({
      ...person,
      keys: person.keys.map((key) => ({
        ...key,
        revoked: key.revoked || revoked.has(key.kid) || revoked.has(key.publicKey),
      })),
    })),
    approval: {
      ...policy.approval,
      required: Math.max(policy.approval.required, floor.required ?? 1),
      identity: floor.identity ?? policy.approval.identity,
    },
  };
}

/**
 * The stricter of the policy at the base commit and the one at the head. Who may approve is the
 * head's alone. Numbers, durations and switches are the stricter of the two, lists of what may be
 * touched their intersection. Two globs have no intersection that is a glob, so `allowedPaths` is
 * the head's here and is judged by asking both policies (`judgeBoundary`).
 */
export function stricter(base: Policy, head: Policy): Policy {
  const one = base.approval;
  const other = head.approval;
  const bySeverity: ApprovalPolicy['bySeverity'] = {};
  for (const severity of SEVERITIES) {
    bySeverity[severity] = Math.max(requiredApprovals(base, severity), requiredApprovals(head, severity));
  }
  const both = <T>(mine: readonly T[], theirs: readonly T[]) => mine.filter((item) => theirs.includes(item));
  return {
    ...head,
    approval: {
      ...other,
      required: Math.max(one.required, other.required),
      bySeverity,
      separationOfDuties: one.separationOfDuties || other.separationOfDuties,
      expiresAfter: shorter(one.expiresAfter, other.expiresAfter),
      applyWithin: shorter(one.applyWithin, other.applyWithin),
      carry: one.carry === 'never' ? 'never' : other.carry,
      maxRevisions: Math.min(one.maxRevisions, other.maxRevisions),
      maxMoves: Math.min(one.maxMoves, other.maxMoves),
      identity: one.identity === 'signed' ? 'signed' : other.identity,
    },
    change: {
      ...head.change,
      executablePaths: both(base.change.executablePaths, head.change.executablePaths),
      stages: both(base.change.stages, head.change.stages),
      widenTo: both(base.change.widenTo, head.change.widenTo),
      budget: {
        files: Math.min(base.change.budget.files, head.change.budget.files),
        lines: Math.min(base.change.budget.lines, head.change.budget.lines),
      },
    },
  };
}

function shorter(one: string, other: string): string {
  return durationMs(one) <= durationMs(other) ? one : other;
}
