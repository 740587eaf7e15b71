import { access } from 'node:fs/promises';
import { FileArtifactStore } from '../artifacts/fileStore.js';
import { MlopsError } from '../contract/errors.js';
import type { Proposal } from '../contract/plan.js';
import type { ArtifactRef, RecordFile } from '../contract/record.js';
import type { TaskStatus } from '../contract/status.js';
import type { WorkerConfig } from '../worker/config.js';
import { readShownProposal } from './shownProposal.js';
import { latestRecord } from './storedRecord.js';
import type { TaskClient } from './taskClient.js';

export type TaskName = Pick<TaskStatus, 'task' | 'run' | 'audience'>;

/** The question that a person is about to answer. */
export interface AskedTask {
  name: TaskName;
  question: NonNullable<TaskStatus['question']>;
  /** The plan, proved to be the one that is asked about; `undefined` where this machine doesn't have the artifact store. */
  proposal: Proposal | undefined;
}

/** The artifact store, where it is on this machine. */
export async function storeHere(config: WorkerConfig | undefined): Promise<FileArtifactStore | undefined> {
  if (config === undefined) return undefined;
  const there = await access(config.dataDir).then(
    () => true,
    () => false,
  );
  return there ? new FileArtifactStore(config.dataDir) : undefined;
}

/**
 * The open question of a task: from its worker, or, while none answers, from the record that the
 * worker left in the artifact store.
 *
 * @throws MlopsError MLOPS-TMP-005 when the task has ended, MLOPS-APR-010 when it asks nothing,
 * MLOPS-TMP-003 when neither a worker nor the store can tell.
 */
export async function askedTask(
  tasks: TaskClient,
  store: FileArtifactStore | undefined,
  task: string,
): Promise<AskedTask> {
  try {
    const status = await tasks.status(task);
    const question = openQuestion(status);
    const reference = store === undefined ? null : await tasks.plan(task);
    const proposal =
      store === undefined || reference === null
        ? undefined
        : await readShownProposal(store, reference.artifact, question.plan);
    return { name: status, question, proposal };
  } catch (error) {
    if (store === undefined || !isNoWorker(error)) throw error;
    return recordedQuestion(store, (await latestRecord(store, task)).file);
  }
}

/** What a token about a task must name, from its worker or its record. */
export async function taskName(
  tasks: TaskClient,
  store: FileArtifactStore | undefined,
  task: string,
): Promise<TaskName> {
  try {
    return await tasks.status(task);
  } catch (error) {
    if (store === undefined || !isNoWorker(error)) throw error;
    return (await latestRecord(store, task)).file;
  }
}

function isNoWorker(error: unknown): boolean {
  return error instanceof MlopsError && error.code === 'MLOPS-TMP-003';
}

function openQuestion(status: TaskStatus): NonNullable<TaskStatus['question']> {
  if (status.question !== undefined) return status.question;
  if (status.outcome !== undefined) {
    throw new MlopsError('MLOPS-TMP-005', `The task has ended: ${status.outcome}. ${status.sentence}`, {
      where: status.task,
    });
  }
  throw new MlopsError('MLOPS-APR-010', `No question is open; the task is at ${status.stage}.`, { where: status.task });
}

async function recordedQuestion(store: FileArtifactStore, file: RecordFile): Promise<AskedTask> {
  const last = file.entries.findLast((entry) => ['asked', 'quorum', 'ended', 'planned'].includes(entry.kind));
  if (last?.kind !== 'asked')
    throw new MlopsError('MLOPS-APR-010', 'By its record the task asks nothing at present.', { where: file.task });
  const asked = last.data as { plan: string; deadline: string; required: number; because: string | null };
  const planned = file.entries.findLast(
    (entry) => entry.kind === 'planned' && (entry.data as { digest?: string }).digest === asked.plan,
  );
  const reference = (planned?.data as { proposal: ArtifactRef } | undefined)?.proposal;
  if (reference === undefined)
    throw new MlopsError('MLOPS-REC-001', 'The record asks about a plan that it does not hold.', { where: file.task });
  const proposal = await readShownProposal(store, reference.$artifact, asked.plan);
  return {
    name: file,
    proposal,
    question: {
      plan: asked.plan,
      base: proposal.plan.base,
      summary: proposal.summary,
      askedAt: last.at,
      deadline: asked.deadline,
      required: asked.required,
      approvedBy: [],
      whoMay: [],
      ...(asked.because === null ? {} : { askedAgainBecause: asked.because }),
    },
  };
}
