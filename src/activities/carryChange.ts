import type { ChangeActivities } from '../contract/activities.js';
import { MlopsError } from '../contract/errors.js';
import { editsOf } from '../contract/operation.js';
import { type Plan, type Proposal, planDigest } from '../contract/plan.js';
import { GitTagRegistry } from '../registry/gitTags.js';
import { assertCarried } from './applyChange.js';
import { storeJson } from './artifactJson.js';
import { readProposal } from './buildCommit.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { proveOperations } from './proveChange.js';
import { inverseOf, verdictsOf } from './rehearseChange.js';
import { branchesOf, openClone, policyAtHead, storePolicy } from './repositoryAccess.js';

/** Rehearses the approved operations on the moved branch; carried only when the results are the same. */
export function carryChange(deps: ActivityDependencies): ChangeActivities['carryChange'] {
  return (input) =>
    whileBeating(async (signal) => {
      const { identity, request, resolved } = input;
      const clone = await openClone(deps, request.target, signal);
      const approved = await readProposal(deps, input.proposal, input.digest);
      const { plan } = approved;
      await clone.fetch(identity.task, { branches: branchesOf(plan.target), tags: true });
      const base = await clone.branchHead(identity.task, plan.target.branch);
      if (!(await clone.isAncestor(plan.base, base)))
        return { carried: false, why: 'the branch was rewound or rewritten' };
      const policy = await policyAtHead(clone, identity.task, plan.target);
      const stored = await storePolicy(deps, policy);
      if (stored.digest !== plan.policy) return { carried: false, why: 'the policy changed' };
      const edits = editsOf(plan.operations);
      let tree: string;
      try {
        tree = await clone.writeTree(base, edits);
      } catch (error) {
        if (error instanceof MlopsError && error.code === 'MLOPS-GIT-009')
          return { carried: false, why: `a touched file changed: ${error.where ?? ''}` };
        throw error;
      }
      const inverse = edits.map(inverseOf).reverse();
      const inverseTree = await clone.writeTree(tree, inverse);
      const baseTree = await clone.treeOf(base);
      const validations = await proveOperations(deps, {
        task: identity.task,
        clone,
        policy,
        trigger: request.trigger,
        base,
        tree,
        edits,
        inverse,
        closes: plan.operations.flatMap((operation) => operation.closes),
        signal,
      });
      const aliases = Object.fromEntries(new GitTagRegistry(await clone.tags(identity.task)).aliases());
      const carriedPlan: Plan = {
        ...plan,
        base,
        tree,
        inverse: { operations: plan.inverse.operations, tree: inverseTree, aliases },
        rehearsal: verdictsOf(validations),
      };
      const proposal: Proposal = { ...approved, plan: carriedPlan, digest: planDigest(carriedPlan), validations };
      try {
        assertCarried(approved, proposal);
      } catch {
        return { carried: false, why: 'the rehearsal on the moved branch gave other results' };
      }
      return {
        carried: true,
        proposal: await storeJson(deps.store, proposal),
        digest: proposal.digest,
        resolved: { ...resolved, base, baseTree, policy: { $artifact: stored.$artifact }, policyDigest: stored.digest },
      };
    });
}
