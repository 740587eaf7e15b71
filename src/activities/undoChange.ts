import type { ChangeActivities, UndoInputs, UndoneChange } from '../contract/activities.js';
import { editsOf } from '../contract/operation.js';
import { hadLanded, hasLanded } from '../repo/landed.js';
import { COMMIT_AUTHOR, commitSigner, readProposal } from './buildCommit.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { judgeWrite } from './judgeWrite.js';
import { appliedProposal } from './prepareCommit.js';
import { branchesOf, openClone } from './repositoryAccess.js';

/**
 * Pushes the inverse of the applied change, which the approved plan contains. Only while the applied
 * commit is the head: what others built on it isn't the tool's to undo.
 */
export function undoChange(deps: ActivityDependencies): ChangeActivities['undoChange'] {
  return (input) => whileBeating((signal) => undo(deps, input, signal));
}

async function undo(deps: ActivityDependencies, input: UndoInputs, signal: AbortSignal): Promise<UndoneChange> {
  const { identity, request, commit } = input;
  const clone = await openClone(deps, request.target, signal);
  const approved = await readProposal(deps, input.proposal, input.digest);
  const { artifact, digest } = appliedProposal(input);
  const { plan } = await readProposal(deps, artifact, digest);
  if (plan.onFailure !== 'rollback')
    return { undone: false, why: 'the approved plan does not contain an automatic rollback' };
  if (plan.operations.some((operation) => operation.kind === 'moveAlias'))
    return { undone: false, why: 'the change moved aliases; moving them back is a task of its own' };
  await clone.fetch(identity.task, { branches: branchesOf(plan.target), tags: true });
  const inverse = editsOf(plan.inverse.operations);
  const tree = await clone.writeTree(commit, inverse);
  if (tree !== plan.inverse.tree) return { undone: false, why: 'the inverse does not give the tree that was approved' };
  const undoCommit = await clone.commitTree({
    tree,
    parent: commit,
    message: `revert: ${plan.message.split('\n')[0] ?? ''}\n\nA path that the rehearsal had proved failed after the change.\n\nMlops-Task: ${identity.task}\nMlops-Undo-Of: ${commit}\n`,
    date: input.frozen.at,
    author: COMMIT_AUTHOR,
    committer: COMMIT_AUTHOR,
    sign: commitSigner(deps),
  });
  const { branch } = plan.target;
  if (await hasLanded(clone, identity.task, branch, undoCommit)) return { undone: true, commit: undoCommit };
  if (await hadLanded(clone, identity.task, branch, undoCommit))
    return { undone: false, why: `the undo had landed, and somebody took it off ${branch} again` };
  // The window of `applyWithin` is for the change; its undo is part of what was approved and never too late.
  await judgeWrite(deps, clone, input, approved, input.frozen.at);
  if ((await clone.branchHead(identity.task, branch)) !== commit)
    return { undone: false, why: 'somebody pushed on top of the change' };
  const pushed = await clone.push(identity.task, { branch, commit: undoCommit, expectedOld: commit });
  if (pushed.result === 'pushed') return { undone: true, commit: undoCommit };
  // Refused: it may be our own earlier push that was acknowledged to nobody.
  await clone.fetch(identity.task, { branches: branchesOf(plan.target), tags: true });
  return (await hasLanded(clone, identity.task, branch, undoCommit))
    ? { undone: true, commit: undoCommit }
    : { undone: false, why: 'the branch moved while it was pushed' };
}
