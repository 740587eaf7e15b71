import type { ArtifactStore } from '../artifacts/artifactStore.js';
import { base32DigestOf } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { ArtifactRef, RecordFile } from '../contract/record.js';
import { readRecordFile } from '../report/recordFile.js';

/**
 * The record of a task's latest run, as the worker left it in the artifact store, byte for byte and parsed.
 * @throws MlopsError MLOPS-TMP-002 when the store knows no such task, MLOPS-REC-001 when it was altered.
 */
export async function latestRecord(store: ArtifactStore, task: string): Promise<{ text: string; file: RecordFile }> {
  const lines = (await store.index()) as { task?: unknown; run?: unknown; at?: string | null }[];
  // After a retry of the same cause there are several runs; the latest is meant.
  const latest = lines
    .filter((line) => line.task === task)
    .sort((a, b) => (a.at ?? '').localeCompare(b.at ?? ''))
    .at(-1);
  const text = latest === undefined ? undefined : await store.getRecord(base32DigestOf([task, latest.run]));
  if (text === undefined)
    throw new MlopsError('MLOPS-TMP-002', 'The artifact store has no record of this task.', { where: task });
  return { text, file: readRecordFile(text) };
}

export interface StoredReport {
  /** The record file, byte for byte. */
  text: string;
  /** SHA-256 of the report in the artifact store. */
  report: { json: string; markdown: string };
}

/**
 * Record and report of a task that has ended.
 * @throws MlopsError as {@link latestRecord}; MLOPS-ART-001 when there is no report yet.
 */
export async function storedReport(store: ArtifactStore, task: string): Promise<StoredReport> {
  const { text, file } = await latestRecord(store, task);
  const end = file.entries.findLast((entry) => entry.kind === 'ended')?.data as
    | { report: ArtifactRef; markdown: ArtifactRef }
    | undefined;
  if (end === undefined) {
    throw new MlopsError('MLOPS-ART-001', 'The task has not ended, so it has no report yet.', {
      where: task,
      mend: `Follow it with \`temporal-mlops status '${task}' --watch\`.`,
    });
  }
  return { text, report: { json: end.report.$artifact, markdown: end.markdown.$artifact } };
}
