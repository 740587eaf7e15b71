import type { ApplyInputs, PreparedCommit } from '../contract/activities.js';
import { MlopsError } from '../contract/errors.js';
import { editsOf, type MoveAlias } from '../contract/operation.js';
import { type Plan, type Proposal, planDigest, planSchema } from '../contract/plan.js';
import type { BareClone } from '../repo/bareClone.js';
import { sshSignature } from '../repo/sshSignature.js';
import { readJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';

/** Author of every commit. Fixed, so that the commit id is a function of plan, frozen decisions and commit key alone. */
export const COMMIT_AUTHOR = { name: 'temporal-mlops', email: 'temporal-mlops@noreply.invalid' } as const;

/** Signs commits where the installation has a key for it. */
export function commitSigner({ commitKey }: ActivityDependencies): ((unsigned: Uint8Array) => string) | undefined {
  return commitKey ? (unsigned) => sshSignature(commitKey, unsigned) : undefined;
}

/** A proposal from the store with its digest recomputed: what is applied is what the digest says. */
export async function readProposal(
  deps: ActivityDependencies,
  artifact: { $artifact: string },
  digest: string,
): Promise<Proposal> {
  const proposal = await readJson<Proposal>(deps.store, artifact);
  const plan = planSchema.parse(proposal.plan);
  const actual = planDigest(plan);
  if (actual !== digest) throw new MlopsError('MLOPS-APR-013', `the plan has the digest ${actual}`, { where: digest });
  return { ...proposal, plan };
}

/** Message of the commit with the trailers that tie it to task, plan, record and people. */
export function commitMessage(plan: Plan, input: ApplyInputs): string {
  const applied = input.carried?.digest ?? input.digest;
  const people = [
    ...new Set(
      input.frozen.decisions.filter((decision) => decision.verdict === 'approve').map((decision) => decision.person),
    ),
  ];
  const trailers = [
    `Mlops-Task: ${input.identity.task}`,
    `Mlops-Plan: ${applied}`,
    ...(input.carried ? [`Mlops-Approved-Plan: ${input.digest}`] : []),
    `Mlops-Record: ${input.frozen.recordHead}`,
    ...people.map((person) => `Approved-by: ${person}`),
  ];
  return `${plan.message.trimEnd()}\n\n${trailers.join('\n')}\n`;
}

/**
 * Makes blobs, trees, commit and tags in the worker's clone. The same inputs give the same ids, on
 * any worker, however often.
 *
 * @throws MlopsError MLOPS-PLN-002 when the tree that comes out is not the one that was approved.
 */
export async function buildCommit(
  deps: ActivityDependencies,
  clone: BareClone,
  proposal: Proposal,
  input: ApplyInputs,
): Promise<PreparedCommit> {
  const { plan } = proposal;
  const edits = editsOf(plan.operations);
  for (const { after } of edits) {
    if (after === null) continue;
    const content = proposal.contents[after];
    if (content === undefined) throw new MlopsError('MLOPS-ART-001', `the proposal has no content for blob ${after}`);
    const written = await clone.writeBlob(await deps.store.get(content));
    if (written !== after) throw new MlopsError('MLOPS-PLN-002', `the content of ${after} gives blob ${written}`);
  }
  const tree = await clone.writeTree(plan.base, edits);
  if (tree !== plan.tree)
    throw new MlopsError('MLOPS-PLN-002', `the operations give tree ${tree}, approved was ${plan.tree}`);
  const commit = await clone.commitTree({
    tree,
    parent: plan.base,
    message: commitMessage(plan, input),
    date: input.frozen.at,
    author: COMMIT_AUTHOR,
    committer: COMMIT_AUTHOR,
    sign: commitSigner(deps),
  });
  const moves = plan.operations.filter((operation): operation is MoveAlias => operation.kind === 'moveAlias');
  const tags = [];
  for (const move of moves) {
    const message = `${move.model}: ${move.alias} ${move.from ?? 'none'} -> ${move.to}\n\nMlops-Task: ${input.identity.task}\n`;
    tags.push({
      name: move.tag,
      oid: await clone.writeTag({
        name: move.tag,
        commit: move.commit,
        message,
        date: input.frozen.at,
        tagger: COMMIT_AUTHOR,
      }),
    });
  }
  return { commit, tree, tags };
}
