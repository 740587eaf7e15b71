import type { ArtifactStore } from '../artifacts/artifactStore.js';
import { base32DigestOf } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { ArtifactRef, RecordFile } from '../contract/record.js';

export interface StoredRecord {
  /** The record file, byte for byte. */
  text: string;
  /** SHA-256 of the report in the artifact store. */
  report: { json: string; markdown: string };
}

/**
 * The record of a task that has ended, as the worker left it in the artifact store.
 * @throws MlopsError MLOPS-TMP-002 when the store knows no such task, MLOPS-ART-001 when it has no report yet.
 */
export async function storedRecord(store: ArtifactStore, task: string): Promise<StoredRecord> {
  const lines = (await store.index()) as { task?: unknown; run?: unknown; at?: string | null }[];
  // After a retry of the same cause there are several runs; the latest is meant.
  const latest = lines.filter((line) => line.task === task).sort((a, b) => (a.at ?? '').localeCompare(b.at ?? '')).at(-1);
  const text = latest === undefined ? undefined : await store.getRecord(base32DigestOf([task, latest.run]));
  if (text === undefined) throw new MlopsError('MLOPS-TMP-002', 'The artifact store has no record of this task.', { where: task });
  const { entries } = JSON.parse(text) as RecordFile;
  const end = entries.findLast((entry) => entry.kind === 'ended')?.data as { report: ArtifactRef; markdown: ArtifactRef } | undefined;
  if (end === undefined) {
    throw new MlopsError('MLOPS-ART-001', 'The task has not ended, so it has no report yet.', {
      where: task,
      mend: `Follow it with \`temporal-mlops status '${task}' --watch\`.`,
    });
  }
  return { text, report: { json: end.report.$artifact, markdown: end.markdown.$artifact } };
}
