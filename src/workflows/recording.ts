import { nextEntry, type RecordEntry, type RecordKind } from '../contract/record.js';
import { writeRecord } from './activityProxies.js';
import type { TaskState } from './taskState.js';

/** Refused messages that are kept one by one; more are counted. */
const MAX_REFUSED = 100;

export function workflowTime(): string {
  return new Date().toISOString();
}

/** Appends an entry to the task's record. */
export function record(state: TaskState, kind: RecordKind, data: unknown): RecordEntry {
  const entry = nextEntry(state.entries.at(-1), workflowTime(), kind, data);
  state.entries.push(entry);
  return entry;
}

/** Appends a line to the timeline that people see. */
export function note(state: TaskState, what: string): void {
  state.status.timeline.push({ at: workflowTime(), what });
}

/** Records a message that doesn't count, with its reason; it never disappears. */
export function refuse(
  state: TaskState,
  what: string,
  refused: { code: string; reason: string },
  data: object = {},
): void {
  const kept = state.status.timeline.filter((entry) => entry.refused).length;
  if (kept >= MAX_REFUSED) {
    state.status.refusedBeyond += 1;
    return;
  }
  state.status.timeline.push({ at: workflowTime(), what, refused });
  record(state, 'decision', { accepted: false, ...refused, what, ...data });
}

/** Writes the record so far to the artifact store, so that it outlives the server's retention. */
export async function saveRecord(state: TaskState): Promise<void> {
  await writeRecord({ identity: state.identity, entries: state.entries, status: state.status });
}
