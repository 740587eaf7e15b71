import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileArtifactStore } from '../../../src/artifacts/fileStore.js';
import { storedRecord } from '../../../src/cli/storedRecord.js';
import { base32DigestOf } from '../../../src/contract/digest.js';

const task = 'chg/alertmanager/x';

describe('storedRecord', () => {
  let folder: string;
  let store: FileArtifactStore;
  const keep = async (run: string, at: string, entries: object[]) => {
    const name = base32DigestOf([task, run]);
    await store.putRecord(name, JSON.stringify({ run, entries }));
    await store.putIndex(name, { task, run, at });
  };
  const ended = (json: string) => ({
    kind: 'ended',
    data: { report: { $artifact: json }, markdown: { $artifact: 'md' } },
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-store-'));
    store = new FileArtifactStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds the latest run of a task with its report', async () => {
    await keep('run-2', '2026-11-26T00:00:00Z', [{ kind: 'opened' }, ended('second')]);
    await keep('run-1', '2026-11-25T00:00:00Z', [ended('first')]);
    const found = await storedRecord(store, task);
    expect(found.report).toEqual({ json: 'second', markdown: 'md' });
    expect(JSON.parse(found.text)).toMatchObject({ run: 'run-2' });
  });

  it('says that a running task has no report yet', async () => {
    await keep('run-1', '2026-11-25T00:00:00Z', [{ kind: 'opened' }]);
    await expect(storedRecord(store, task)).rejects.toMatchObject({ code: 'MLOPS-ART-001', where: task });
  });

  it('says that it does not know the task', async () => {
    await expect(storedRecord(store, 'chg/other')).rejects.toMatchObject({ code: 'MLOPS-TMP-002' });
  });
});
