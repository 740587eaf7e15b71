import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../../src/approval/keys.js';
import { FileArtifactStore } from '../../../src/artifacts/fileStore.js';
import { latestRecord, storedReport } from '../../../src/cli/storedRecord.js';
import { base32DigestOf } from '../../../src/contract/digest.js';
import { nextEntry, type RecordEntry } from '../../../src/contract/record.js';
import { sealRecord } from '../../../src/report/recordFile.js';

const task = 'chg/alertmanager/x';
const json = 'aa'.repeat(32);
const markdown = 'bb'.repeat(32);

describe('the stored record', () => {
  let folder: string;
  let store: FileArtifactStore;
  const keep = async (run: string, at: string, ended: boolean) => {
    const entries: RecordEntry[] = [nextEntry(undefined, at, 'opened', {})];
    if (ended) {
      const data = { report: { $artifact: json }, markdown: { $artifact: markdown } };
      entries.push(nextEntry(entries[0], at, 'ended', data));
    }
    const text = await sealRecord(createKey(), { task, run, audience: 'a/b/c', entries, artifacts: {} });
    const name = base32DigestOf([task, run]);
    await store.putRecord(name, text);
    await store.putIndex(name, { task, run, at });
    return { name, text };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-store-'));
    store = new FileArtifactStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is that of the latest run of the task', async () => {
    const second = await keep('run-2', '2026-11-26T00:00:00.000Z', true);
    await keep('run-1', '2026-11-25T00:00:00.000Z', true);
    expect((await latestRecord(store, task)).text).toBe(second.text);
  });

  it('leads to the report of a task that has ended', async () => {
    await keep('run-1', '2026-11-25T00:00:00.000Z', true);
    expect((await storedReport(store, task)).report).toEqual({ json, markdown });
  });

  it('has no report while the task runs', async () => {
    await keep('run-1', '2026-11-25T00:00:00.000Z', false);
    await expect(storedReport(store, task)).rejects.toMatchObject({ code: 'MLOPS-ART-001', where: task });
  });

  it('is refused when somebody altered the file', async () => {
    const { name, text } = await keep('run-1', '2026-11-25T00:00:00.000Z', true);
    await store.putRecord(name, ` ${text}`);
    await expect(latestRecord(store, task)).rejects.toMatchObject({ code: 'MLOPS-REC-001' });
  });

  it('is missing for a task that the store does not know', async () => {
    await expect(latestRecord(store, 'chg/other')).rejects.toMatchObject({ code: 'MLOPS-TMP-002' });
  });
});
