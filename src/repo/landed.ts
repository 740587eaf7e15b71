import type { BareClone } from './bareClone.js';

/**
 * Whether a commit is on the branch, as last fetched for the task: it is the head, or somebody pushed
 * on top of it. A branch that was rewound to before the commit has moved: the commit has not landed,
 * however often it was there.
 */
export async function hasLanded(clone: BareClone, task: string, branch: string, commit: string): Promise<boolean> {
  const head = await clone.branchHead(task, branch);
  return head === commit || ((await clone.hasObject(commit)) && (await clone.isAncestor(commit, head)));
}
