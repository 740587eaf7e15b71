import type { BareClone } from './bareClone.js';

/**
 * Whether a commit is on the branch, as last fetched for the task: it is the head, or somebody pushed
 * on top of it. A branch that was rewound to before the commit has moved: the commit is not on it,
 * however often it was there. That it was there is remembered ({@link hadLanded}).
 */
export async function hasLanded(clone: BareClone, task: string, branch: string, commit: string): Promise<boolean> {
  const head = await clone.branchHead(task, branch);
  const there = head === commit || ((await clone.hasObject(commit)) && (await clone.isAncestor(commit, head)));
  if (there) await clone.rememberLanded(task, commit);
  return there;
}

/**
 * Whether this clone ever pushed the commit or saw it on the branch. When it did and the commit isn't there now,
 * somebody took it off again, and it must not be pushed once more, also where the branch stands
 * exactly at the commit's parent.
 */
export async function hadLanded(clone: BareClone, task: string, branch: string, commit: string): Promise<boolean> {
  return clone.remembersLanded(task, branch, commit);
}
