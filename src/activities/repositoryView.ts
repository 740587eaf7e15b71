import type { Snapshot } from '../contract/snapshot.js';
import { buildLifecycle, wantedByReaders } from '../lifecycle/buildLifecycle.js';
import type { BareClone } from '../repo/bareClone.js';
import type { RuleContext } from '../risks/rule.js';

/** A snapshot with what the readers found in it; rules, planner and proofs all start from this. */
export function contextOf(snapshot: Snapshot): RuleContext {
  return { snapshot, ...buildLifecycle(snapshot) };
}

/** Views that are kept: a task's stages read the same base and the same result one after the other. */
const KEPT_VIEWS = 4;
const views = new Map<string, RuleContext>();

/**
 * Reads a commit, or a tree that isn't committed yet, as the readers want it. What an object id names
 * never changes, so the last few views are kept for the stages that follow. One that is still being
 * read isn't shared: it would fail for everybody when the task that began it is cancelled.
 */
export async function viewCommit(
  clone: BareClone,
  commitOrTree: string,
  alsoWanted: readonly string[] = [],
): Promise<RuleContext> {
  const also = new Set(alsoWanted);
  const key = JSON.stringify([clone.directory, commitOrTree, [...also].sort()]);
  const view =
    views.get(key) ??
    contextOf(await clone.snapshot(commitOrTree, (entry) => wantedByReaders(entry) || also.has(entry.path)));
  views.delete(key);
  views.set(key, view);
  for (const oldest of [...views.keys()].slice(0, -KEPT_VIEWS)) views.delete(oldest);
  return view;
}
