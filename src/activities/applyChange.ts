import type { AppliedChange, ApplyInputs, ChangeActivities, PreparedCommit } from '../contract/activities.js';
import { digestOf } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { Proposal } from '../contract/plan.js';
import { GitTagRegistry } from '../registry/gitTags.js';
import type { BareClone } from '../repo/bareClone.js';
import { hadLanded, hasLanded } from '../repo/landed.js';
import { buildCommit, readProposal } from './buildCommit.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { judgeWrite } from './judgeWrite.js';
import { appliedProposal } from './prepareCommit.js';
import { branchesOf, openClone } from './repositoryAccess.js';

/**
 * Writes the approved change exactly once. It fetches first: a commit that is on the branch already
 * has landed, whoever pushed on top of it; only otherwise is a moved head staleness.
 */
export function applyChange(deps: ActivityDependencies): ChangeActivities['applyChange'] {
  return (input) => whileBeating((signal) => apply(deps, input, signal));
}

async function apply(
  deps: ActivityDependencies,
  input: ApplyInputs & { prepared: PreparedCommit },
  signal: AbortSignal,
): Promise<AppliedChange> {
  const { identity, request } = input;
  const clone = await openClone(deps, request.target, signal);
  const approved = await readProposal(deps, input.proposal, input.digest);
  const { artifact, digest } = appliedProposal(input);
  const written = input.carried ? await readProposal(deps, artifact, digest) : approved;
  if (input.carried) assertCarried(approved, written);
  const { branch } = written.plan.target;
  await clone.fetch(identity.task, { branches: branchesOf(written.plan.target), tags: true });

  const built = await buildCommit(deps, clone, written, input).catch(async (error: unknown) => {
    // The objects of the base are gone only where the branch was rewritten: that is staleness, not a defect.
    if (await clone.hasObject(written.plan.base)) throw error;
    return undefined;
  });
  if (!built) return moved(clone, identity.task, branch, 'The history of the branch was rewritten.');
  if (built.commit !== input.prepared.commit) {
    throw new MlopsError(
      'MLOPS-APR-013',
      `the decisions and the plan give commit ${built.commit}, recorded was ${input.prepared.commit}`,
    );
  }
  const applied = (alreadyThere: boolean): AppliedChange => ({
    result: 'applied',
    commit: built.commit,
    tree: built.tree,
    branch,
    alreadyThere,
    aliases: built.tags.map((tag) => tag.name),
  });
  if (await hasLanded(clone, identity.task, branch, built.commit)) return applied(true);
  if (await hadLanded(clone, identity.task, branch, built.commit)) {
    const detail = `Commit ${short(built.commit)} had landed, and somebody took it off ${branch} again.`;
    return { ...(await moved(clone, identity.task, branch, detail)), takenBack: true };
  }

  await judgeWrite(deps, clone, input, approved, Math.floor(Date.now() / 1000));
  const head = await clone.branchHead(identity.task, branch);
  if (head !== written.plan.base)
    return moved(clone, identity.task, branch, `The branch moved from ${short(written.plan.base)} to ${short(head)}.`);
  const registry = new GitTagRegistry(await clone.tags(identity.task));
  for (const operation of written.plan.operations) {
    if (operation.kind !== 'moveAlias') continue;
    try {
      registry.assertStillNext(operation);
    } catch (error) {
      if (error instanceof MlopsError && error.code === 'MLOPS-GIT-010')
        return moved(clone, identity.task, branch, error.message);
      throw error;
    }
  }
  const pushed = await clone.push(identity.task, {
    branch,
    commit: built.commit,
    expectedOld: written.plan.base,
    tags: built.tags,
  });
  if (pushed.result === 'pushed') return applied(false);
  // Refused: it may be our own earlier push that was acknowledged to nobody.
  await clone.fetch(identity.task, { branches: branchesOf(written.plan.target), tags: true });
  if (await hasLanded(clone, identity.task, branch, built.commit)) return applied(true);
  const why =
    pushed.result === 'stale' ? 'The branch moved while it was pushed.' : `The alias tag ${pushed.tag} exists already.`;
  return moved(clone, identity.task, branch, why);
}

async function moved(
  clone: BareClone,
  task: string,
  branch: string,
  detail: string,
): Promise<Extract<AppliedChange, { result: 'moved' }>> {
  return { result: 'moved', head: await clone.branchHead(task, branch), detail, takenBack: false };
}

/**
 * A carried plan may differ from the approved one in where it starts, and in nothing else that
 * matters. Of the rehearsal the verdicts must be the same; evidence names trees, which differ with
 * the base.
 */
export function assertCarried(approved: Proposal, carried: Proposal): void {
  const same = (proposal: Proposal) => {
    const { base: _base, tree: _tree, inverse, rehearsal, ...rest } = proposal.plan;
    const verdicts = rehearsal.map(({ probe, verdict }) => ({ probe, verdict }));
    return digestOf({ ...rest, inverse: inverse.operations, verdicts });
  };
  if (same(approved) !== same(carried)) {
    throw new MlopsError(
      'MLOPS-APR-013',
      'the carried plan has other operations, policy or results than the approved one',
    );
  }
}

function short(oid: string): string {
  return oid.slice(0, 12);
}
