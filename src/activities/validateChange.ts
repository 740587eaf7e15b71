import type { ChangeActivities } from '../contract/activities.js';
import { MlopsError } from '../contract/errors.js';
import { editsOf } from '../contract/operation.js';
import type { Proposal } from '../contract/plan.js';
import { hasLanded } from '../repo/landed.js';
import { readJson, storeJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { proveOperations } from './proveChange.js';
import { branchesOf, openClone, storedPolicy } from './repositoryAccess.js';

/** Repeats the proofs on what landed: the commit as the remote has it, not the plan. */
export function validateChange(deps: ActivityDependencies): ChangeActivities['validateChange'] {
  return (input) =>
    whileBeating(async (signal) => {
      const { identity, request, resolved, commit } = input;
      const clone = await openClone(deps, request.target, signal);
      const { plan } = await readJson<Proposal>(deps.store, input.proposal);
      await clone.fetch(identity.task, { branches: branchesOf(plan.target), tags: true });
      if (!(await hasLanded(clone, identity.task, plan.target.branch, commit))) {
        throw new MlopsError('MLOPS-GIT-009', `commit ${commit.slice(0, 12)} is no longer on ${plan.target.branch}`, {
          where: plan.target.branch,
        });
      }
      const tree = await clone.treeOf(commit);
      if (tree !== plan.tree)
        throw new MlopsError('MLOPS-PLN-002', `the commit on the branch has tree ${tree}, approved was ${plan.tree}`);
      const policy = await storedPolicy(deps, resolved.policy.$artifact, resolved.policyDigest);
      const validations = await proveOperations(deps, {
        task: identity.task,
        clone,
        policy,
        trigger: request.trigger,
        base: plan.base,
        tree,
        edits: editsOf(plan.operations),
        inverse: editsOf(plan.inverse.operations),
        closes: plan.operations.flatMap((operation) => operation.closes),
        signal,
      });
      return {
        validations: await storeJson(deps.store, validations),
        verdicts: validations.map(({ path, verdict, reason }) => ({ path, verdict, reason })),
        allProved: validations.every(({ verdict }) => verdict === 'proved'),
        onFailure: plan.onFailure,
      };
    });
}
