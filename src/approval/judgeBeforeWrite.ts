import type { TaskIdentity } from '../contract/activities.js';
import type { AcceptedDecision } from '../contract/decision.js';
import { type ErrorCode, MlopsError } from '../contract/errors.js';
import { type Plan, planDigest, planSchema } from '../contract/plan.js';
import { durationMs, type Policy } from '../contract/policy.js';
import { mostSevere, type Severity } from '../contract/severity.js';
import type { LifecycleStage } from '../contract/stage.js';
import { approversOf } from './approvers.js';
import { judgeBoundary, severityOfOperations } from './boundary.js';
import { applyFloor, type Floor, stricter } from './floor.js';
import { policyDigest } from './loadPolicy.js';
import { CLOCK_TOLERANCE_SECONDS, requiredApprovals, tally } from './quorum.js';
import { readUnverified } from './readToken.js';
import { judgeDecision } from './tokens.js';

/** Everything on which a write is judged. Policies, sizes and stages must come from git, not from the caller. */
export interface WriteRequest {
  plan: unknown;
  /** Digest that the caller says was approved. */
  digest: string;
  /** The signed decisions, in order of arrival. */
  tokens: readonly string[];
  taskIdentity: TaskIdentity;
  /** Policy at the policy branch's head now, without floor. */
  headPolicy: Policy;
  /** Policy by which the plan was made, without floor; its digest stands in the plan. */
  planPolicy: Policy;
  floor: Floor;
  /** Highest severity of route and risk; what the operations are can only raise it. */
  severity: Severity;
  /** Authenticated requester; `undefined` when unknown. */
  requester: string | undefined;
  proposers: readonly string[];
  /** When quorum was reached, in seconds since 1970. */
  frozenAt: number;
  /** Seconds since 1970. */
  now: number;
  sizes: { files: number; lines: number };
  stages: readonly LifecycleStage[];
  widenTo: readonly LifecycleStage[];
}

/** What was found in order: the plan that may be written, and on whose word. */
export interface WriteWarrant {
  plan: Plan;
  digest: string;
  /** The decisions that count, in order of arrival. */
  decisions: AcceptedDecision[];
  /** Ids of the people whose approval counts, in order of arrival. */
  approvedBy: string[];
  severity: Severity;
  /** Approvals that were needed. */
  required: number;
}

/**
 * What every activity that writes asks at the moment of writing; it trusts nobody's word but the
 * signatures. Returns only when all of this holds:
 * the plan has the digest that every token names, is this task's and was made by the policy given;
 * the freeze is not in the future and `applyWithin` isn't over; nobody vetoed; approvals by people
 * whom the head's policy still lists, with keys not revoked and tokens not expired at the freeze,
 * reach the quorum of the stricter of both policies and the floor; and both policies allow what the
 * plan touches.
 *
 * An approval that no longer counts (person removed, key revoked or removed, expired) is left out; a
 * veto counts even then, because leaving it out would write more.
 *
 * @throws MlopsError MLOPS-APR-013 (plan, digest or policy don't fit), -001, -004, -005 (a token of
 * the wrong form, for another task or plan), -007 (one token id twice), -012 (vetoed or too few),
 * -016 (freeze too old), MLOPS-POL-003, -004 (boundary).
 */
export async function judgeBeforeWrite(request: WriteRequest): Promise<WriteWarrant> {
  const { digest, floor, frozenAt, now } = request;
  const plan = judgePlan(request);
  const head = applyFloor(request.headPolicy, floor);
  const both = stricter(applyFloor(request.planPolicy, floor), head);
  judgeFreeze(frozenAt, now, both);

  const { decisions, leftOut } = await judgeTokens(request, head);
  const severity = mostSevere(
    request.severity,
    severityOfOperations(plan.operations, request.headPolicy),
    severityOfOperations(plan.operations, request.planPolicy),
  );
  const required = requiredApprovals(both, severity);
  const count = tally({
    decisions,
    approvers: approversOf(head),
    required,
    separationOfDuties: both.approval.separationOfDuties,
    requester: request.requester,
    proposers: request.proposers,
  });
  if (count.state !== 'approved') {
    throw new MlopsError('MLOPS-APR-012', [...count.reasons, ...leftOut].join('; '), { where: digest });
  }
  judgeBoundaries(request, plan);
  const counted = decisions.filter((decision) => count.have.includes(decision.person));
  return { plan, digest, decisions: counted, approvedBy: count.have, severity, required: count.need };
}

function judgePlan({ plan, digest, taskIdentity, planPolicy }: WriteRequest): Plan {
  const parsed = planSchema.safeParse(plan);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).slice(0, 5);
    throw new MlopsError('MLOPS-APR-013', `the plan is not of the right form: ${wrong.join('; ')}`, { where: digest });
  }
  const actual = planDigest(parsed.data);
  if (actual !== digest) throw new MlopsError('MLOPS-APR-013', `the plan has the digest ${actual}`, { where: digest });
  if (parsed.data.task !== taskIdentity.task) {
    throw new MlopsError('MLOPS-APR-004', 'the plan is another task’s', { where: digest });
  }
  if (parsed.data.policy !== policyDigest(planPolicy)) {
    throw new MlopsError('MLOPS-APR-013', 'the plan was made by another policy than the one at its base', {
      where: digest,
    });
  }
  return parsed.data;
}

function judgeFreeze(frozenAt: number, now: number, policy: Policy): void {
  // Written so that NaN fails.
  if (!(frozenAt <= now + CLOCK_TOLERANCE_SECONDS)) {
    throw new MlopsError('MLOPS-APR-016', 'the quorum is dated in the future');
  }
  const { applyWithin } = policy.approval;
  if (!(now - frozenAt <= durationMs(applyWithin) / 1000)) {
    throw new MlopsError('MLOPS-APR-016', `the quorum is ${now - frozenAt} s old; it is good for ${applyWithin}`);
  }
}

/** Refusals that show that the caller put tokens together which don't belong to this write. */
const FOREIGN: ReadonlySet<string> = new Set(['MLOPS-APR-001', 'MLOPS-APR-004', 'MLOPS-APR-005']);

async function judgeTokens(
  { tokens, digest, taskIdentity, frozenAt }: WriteRequest,
  head: Policy,
): Promise<{ decisions: AcceptedDecision[]; leftOut: string[] }> {
  const decisions: AcceptedDecision[] = [];
  const leftOut: string[] = [];
  const seen = new Map<string, string>();
  for (const token of tokens) {
    const judgement = await judgeDecision(token, head, { ...taskIdentity, plan: digest, now: frozenAt });
    if (!judgement.accepted) {
      if (FOREIGN.has(judgement.code))
        throw new MlopsError(judgement.code as ErrorCode, judgement.reason, { where: digest });
      const veto = findVeto(token, digest);
      if (veto !== undefined) throw new MlopsError('MLOPS-APR-012', `${veto} vetoed it`, { where: digest });
      leftOut.push(`not counted: ${judgement.reason} (${judgement.code})`);
      continue;
    }
    const { jti } = judgement.decision;
    const earlier = seen.get(jti);
    if (earlier === token) continue;
    if (earlier !== undefined) {
      throw new MlopsError('MLOPS-APR-007', 'two decisions have the same id and differ', { where: jti });
    }
    seen.set(jti, token);
    decisions.push(judgement.decision);
  }
  return { decisions, leftOut };
}

/** Who claims to have refused the plan in a token that doesn't count (any more). */
function findVeto(token: string, digest: string): string | undefined {
  const read = readUnverified(token);
  if ('problem' in read || read.claims.plan !== digest || read.claims.verdict === 'approve') return undefined;
  return String(read.claims.sub).slice(0, 128);
}

function judgeBoundaries(request: WriteRequest, plan: Plan): void {
  const judged = [request.planPolicy, request.headPolicy].flatMap((policy) =>
    judgeBoundary({
      operations: plan.operations,
      sizes: request.sizes,
      stages: request.stages,
      policy,
      widenTo: request.widenTo,
      requesterAuthenticated: request.requester !== undefined,
      policyPath: plan.target.policyPath,
    }),
  );
  const [first] = judged;
  if (first === undefined) return;
  const listed = [...new Set(judged.map(({ where, reason }) => `${where}: ${reason}`))];
  throw new MlopsError(first.code, listed.join('; '), { where: first.where });
}
