import { judgeBeforeWrite } from '../approval/judgeBeforeWrite.js';
import type { ApplyInputs } from '../contract/activities.js';
import { digestOf } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { Plan, Proposal } from '../contract/plan.js';
import type { LifecycleStage } from '../contract/stage.js';
import type { BareClone } from '../repo/bareClone.js';
import { assess } from '../risks/catalogue.js';
import { targetOf } from '../worker/config.js';
import { type ActivityDependencies, audienceOf } from './dependencies.js';
import { widenedStages } from './planChange.js';
import { severityOfRisks } from './proveChange.js';
import { severityOfChange } from './rehearseChange.js';
import { policyAtHead, resolvedTarget, storedPolicy, withFloor } from './repositoryAccess.js';
import { viewCommit } from './repositoryView.js';
import { requesterOf } from './resolveTarget.js';

/**
 * Judges at the moment of writing, and takes nobody's word: policies, sizes, stages and the severity
 * of the closed risks are read from git, audience and target from the worker's own configuration.
 *
 * @param now seconds since 1970
 * @throws MlopsError what {@link judgeBeforeWrite} throws; MLOPS-POL-005 while changes are frozen;
 * MLOPS-APR-013 when the plan is for another target.
 */
export async function judgeWrite(
  deps: ActivityDependencies,
  clone: BareClone,
  input: ApplyInputs,
  approved: Proposal,
  now: number,
): Promise<void> {
  const { request, identity } = input;
  const { plan } = approved;
  assertOwnTarget(deps, clone, plan, request.target);
  const audience = audienceOf(deps, request.tenant);
  const headPolicy = await policyAtHead(clone, identity.task, plan.target);
  const planPolicy = await storedPolicy(deps, input.resolved.policy.$artifact, plan.policy).catch(
    async (error: unknown) => {
      // The caller may name any artifact; the head's own policy is as good where it is the one that the plan names.
      if (digestOf(headPolicy) === plan.policy) return headPolicy;
      throw error;
    },
  );
  const context = await viewCommit(clone, plan.base);
  const closed = new Set(plan.operations.flatMap((operation) => operation.closes));
  const risks = assess(context).filter((risk) => closed.has(risk.id));
  const changed = await clone.numstat(plan.base, plan.tree);
  const stages: LifecycleStage[] = [...new Set(risks.map((risk) => risk.stage))];
  await judgeBeforeWrite({
    plan,
    digest: input.digest,
    tokens: input.frozen.decisions.map((decision) => decision.token),
    taskIdentity: { ...identity, audience },
    headPolicy,
    planPolicy,
    floor: deps.config.floor,
    severity: severityOfChange(request, headPolicy, plan, severityOfRisks(risks)),
    requester: await requesterOf(request, withFloor(deps, headPolicy), { task: identity.task, audience }),
    proposers: input.proposers,
    frozenAt: input.frozen.at,
    now,
    sizes: {
      files: changed.length,
      lines: changed.reduce((sum, file) => sum + Math.max(file.added ?? 0, file.removed ?? 0), 0),
    },
    stages,
    widenTo: widenedStages({ request }),
  });
  // Last, and tried again until the thaw: an approval that grew too old meanwhile is asked for anew.
  if (deps.config.freeze) throw new MlopsError('MLOPS-POL-005', 'changes are frozen', { where: 'freeze' });
}

function assertOwnTarget(deps: ActivityDependencies, clone: BareClone, plan: Plan, targetId: string): void {
  const own = resolvedTarget(targetId, targetOf(deps.config, targetId), clone);
  if (digestOf(own) !== digestOf(plan.target)) {
    throw new MlopsError('MLOPS-APR-013', 'the plan is for another target than the configuration has', {
      where: targetId,
    });
  }
}
