import type { Snapshot } from '../contract/snapshot.js';
import { buildLifecycle, wantedByReaders } from '../lifecycle/buildLifecycle.js';
import type { BareClone } from '../repo/bareClone.js';
import type { RuleContext } from '../risks/rule.js';

/** A snapshot with what the readers found in it; rules, planner and proofs all start from this. */
export function contextOf(snapshot: Snapshot): RuleContext {
  return { snapshot, ...buildLifecycle(snapshot) };
}

/** Reads a commit as the readers want it. */
export async function viewCommit(
  clone: BareClone,
  commit: string,
  alsoWanted: readonly string[] = [],
): Promise<RuleContext> {
  const also = new Set(alsoWanted);
  return contextOf(await clone.snapshot(commit, (entry) => wantedByReaders(entry) || also.has(entry.path)));
}
