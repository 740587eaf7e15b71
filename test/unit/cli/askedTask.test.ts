import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../../src/approval/keys.js';
import { FileArtifactStore } from '../../../src/artifacts/fileStore.js';
import { askedTask, storeHere, taskName } from '../../../src/cli/askedTask.js';
import type { TaskClient } from '../../../src/cli/taskClient.js';
import { base32DigestOf } from '../../../src/contract/digest.js';
import { MlopsError } from '../../../src/contract/errors.js';
import { nextEntry, type RecordEntry, type RecordKind } from '../../../src/contract/record.js';
import type { TaskStatus } from '../../../src/contract/status.js';
import { sealRecord } from '../../../src/report/recordFile.js';
import { AFTER, proposal, status } from './samples.js';

const { task, run, audience } = status;

describe('the question that somebody is about to answer', () => {
  let folder: string;
  let store: FileArtifactStore;
  let artifact: string;
  const noWorker = {
    status: async () => Promise.reject(new MlopsError('MLOPS-TMP-003', 'no worker')),
  } as unknown as TaskClient;
  const worker = (answer: TaskStatus) =>
    ({
      status: async () => answer,
      plan: async () => ({ digest: proposal.digest, artifact }),
    }) as unknown as TaskClient;
  const asking: TaskStatus = {
    ...status,
    question: { ...(status.question as NonNullable<TaskStatus['question']>), plan: proposal.digest },
  };

  async function keepRecord(...kinds: [RecordKind, object][]) {
    const entries: RecordEntry[] = [];
    for (const [kind, data] of kinds) entries.push(nextEntry(entries.at(-1), '2026-11-25T10:00:00.000Z', kind, data));
    const name = base32DigestOf([task, run]);
    await store.putRecord(name, await sealRecord(createKey(), { task, run, audience, entries, artifacts: {} }));
    await store.putIndex(name, { task, run, at: '2026-11-25T10:00:00.000Z' });
  }
  const planned = (): [RecordKind, object] => [
    'planned',
    { digest: proposal.digest, proposal: { $artifact: artifact } },
  ];
  const asked = (): [RecordKind, object] => [
    'asked',
    { plan: proposal.digest, deadline: '2026-11-26T10:00:00.000Z', required: 1, because: null },
  ];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-asked-'));
    store = new FileArtifactStore(folder);
    artifact = await store.put(JSON.stringify(proposal));
    await store.put(AFTER);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes from the worker, with the plan proved from the store', async () => {
    expect(await askedTask(worker(asking), store, task)).toEqual({ name: asking, question: asking.question, proposal });
  });

  it('comes without a plan where the store is not on this machine', async () => {
    expect((await askedTask(worker(asking), undefined, task)).proposal).toBeUndefined();
  });

  it('is refused when the store’s plan is not the one that is asked about', async () => {
    await expect(askedTask(worker(status), store, task)).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('comes from the record while no worker answers', async () => {
    await keepRecord(planned(), asked());
    const found = await askedTask(noWorker, store, task);
    expect(found.name).toMatchObject({ task, run, audience });
    expect(found.question).toMatchObject({
      plan: proposal.digest,
      base: proposal.plan.base,
      deadline: '2026-11-26T10:00:00.000Z',
    });
    expect(found.proposal).toEqual(proposal);
    expect(await taskName(noWorker, store, task)).toMatchObject({ task, run, audience });
  });

  it('is closed when the record went on after it', async () => {
    await keepRecord(planned(), asked(), ['quorum', {}]);
    await expect(askedTask(noWorker, store, task)).rejects.toMatchObject({ code: 'MLOPS-APR-010' });
  });

  it('cannot be told without worker and store', async () => {
    await expect(askedTask(noWorker, undefined, task)).rejects.toMatchObject({ code: 'MLOPS-TMP-003' });
  });

  it('is answered with the outcome when the task has ended', async () => {
    const { question: _question, ...rest } = status;
    const ended: TaskStatus = { ...rest, outcome: 'expired', sentence: 'Nobody decided.' };
    await expect(askedTask(worker(ended), store, task)).rejects.toMatchObject({
      code: 'MLOPS-TMP-005',
      message: 'The task has ended: expired. Nobody decided.',
    });
  });

  it('has no store where the configuration names a folder that is not there', async () => {
    expect(await storeHere(undefined)).toBeUndefined();
    expect(await storeHere({ dataDir: join(folder, 'none') } as Parameters<typeof storeHere>[0])).toBeUndefined();
    expect(await storeHere({ dataDir: folder } as Parameters<typeof storeHere>[0])).toBeInstanceOf(FileArtifactStore);
  });
});
