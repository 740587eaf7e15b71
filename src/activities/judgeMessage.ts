import { approversOf } from '../approval/approvers.js';
import { judgeDecision, verifyToken } from '../approval/tokens.js';
import type { ChangeActivities, Judged, JudgeInputs } from '../contract/activities.js';
import type { Policy } from '../contract/policy.js';
import type { ActivityDependencies } from './dependencies.js';
import { branchesOf, openClone, policyAtHead, storePolicy, withFloor } from './repositoryAccess.js';

/** A local activity, since Node's crypto isn't in the workflow sandbox. */
export function judgeMessage(deps: ActivityDependencies): ChangeActivities['judgeMessage'] {
  return async (input) => {
    const { resolved, identity } = input;
    const clone = await openClone(deps, resolved.target.id);
    await clone.fetch(identity.task, { branches: branchesOf(resolved.target), tags: true });
    const head = await policyAtHead(clone, identity.task, resolved.target);
    const { $artifact } = await storePolicy(deps, head);
    const policy = withFloor(deps, head);
    return {
      judgement: await judge(input, policy),
      approvers: approversOf(policy),
      approval: policy.approval,
      policy: { $artifact },
    };
  };
}

async function judge({ kind, token, identity, plan, now }: JudgeInputs, policy: Policy): Promise<Judged['judgement']> {
  const expected = { ...identity, now, ...(plan ? { plan } : {}) };
  if (kind === 'decision') {
    const judgement = await judgeDecision(token, policy, expected);
    return judgement.accepted ? mayDecide(judgement.decision.person, policy, judgement) : judgement;
  }
  if (kind === 'withdraw') {
    const verified = await verifyToken('withdraw', token, policy, expected);
    if (!verified.accepted) return verified;
    const { jti, comment } = verified.claims;
    return mayDecide(verified.person, policy, { accepted: true, withdraw: { person: verified.person, comment, jti } });
  }
  const verified = await verifyToken('extend', token, policy, expected);
  if (!verified.accepted) return verified;
  const { jti, seconds } = verified.claims;
  return mayDecide(verified.person, policy, { accepted: true, extend: { person: verified.person, seconds, jti } });
}

function mayDecide<T>(
  person: string,
  policy: Policy,
  accepted: T,
): T | { accepted: false; code: string; reason: string; person: string } {
  if (approversOf(policy).includes(person)) return accepted;
  return {
    accepted: false,
    code: 'MLOPS-APR-003',
    reason: `${person} is not among the approvers of the policy`,
    person,
  };
}
