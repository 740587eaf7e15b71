import { MlopsError } from '../contract/errors.js';
import type { Outcome } from '../contract/outcome.js';
import { TASK_STAGES, type TaskStage } from '../contract/stage.js';
import type { StageState, TaskStatus, TimelineEntry } from '../contract/status.js';

/** Something that happened to a task between two looks at it. */
export type TaskEvent =
  | { kind: 'stage'; stage: TaskStage; state: StageState }
  | { kind: 'timeline'; entry: TimelineEntry }
  | { kind: 'proposal'; digest: string; artifact: string }
  | { kind: 'question'; question: NonNullable<TaskStatus['question']> }
  | { kind: 'outcome'; outcome: Outcome };

/** What happened between two statuses of a task, in the order in which it is told. */
export function eventsBetween(before: TaskStatus | undefined, after: TaskStatus): TaskEvent[] {
  const events: TaskEvent[] = [];
  for (const stage of TASK_STAGES) {
    const state = after.stages[stage];
    if (state !== (before?.stages[stage] ?? 'waiting')) events.push({ kind: 'stage', stage, state });
  }
  for (const entry of after.timeline.slice(before?.timeline.length ?? 0)) events.push({ kind: 'timeline', entry });
  const { proposal, question, outcome } = after;
  if (proposal !== undefined && proposal.digest !== before?.proposal?.digest)
    events.push({ kind: 'proposal', ...proposal });
  // The same plan may be asked about twice, after the first question expired.
  const asked = (status: TaskStatus | undefined) => `${status?.question?.plan}@${status?.question?.askedAt}`;
  if (question !== undefined && asked(after) !== asked(before)) events.push({ kind: 'question', question });
  if (outcome !== undefined && before?.outcome === undefined) events.push({ kind: 'outcome', outcome });
  return events;
}

export interface FollowOptions {
  /** Milliseconds between two looks. Default 300. */
  pollMs?: number;
  /** Told when no worker answers, and again when one does. */
  onWorker?: (answering: boolean) => void;
  /** Settles when the task has ended; a rejection (the task was terminated) ends the following with it. */
  ended?: Promise<unknown>;
  signal?: AbortSignal | undefined;
}

/**
 * Looks at a task until it has ended, and gives each status that brought something new with its
 * events. While no worker answers it waits.
 */
export async function* followTask(
  readStatus: () => Promise<TaskStatus>,
  options: FollowOptions = {},
): AsyncGenerator<{ status: TaskStatus; events: TaskEvent[] }> {
  let before: TaskStatus | undefined;
  let answering = true;
  const failed = new Promise<never>((_resolve, reject) => options.ended?.catch(reject));
  // Rejected while a status is read, it is looked at after the next pause.
  failed.catch(() => {});
  while (options.signal?.aborted !== true) {
    const status = await readStatus().catch((error: unknown) => {
      if (error instanceof MlopsError && error.code === 'MLOPS-TMP-003') return undefined;
      throw error;
    });
    if ((status !== undefined) !== answering) {
      answering = status !== undefined;
      options.onWorker?.(answering);
    }
    if (status !== undefined) {
      const events = eventsBetween(before, status);
      if (events.length > 0) yield { status, events };
      before = status;
      if (status.outcome !== undefined && status.stages.report !== 'running') return;
    }
    await Promise.race([pause(options.pollMs ?? 300, options.signal), failed]);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}
