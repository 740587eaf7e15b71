import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_EXTENSIONS } from '../../dist/contract/decision.js';
import { extendUpdate } from '../../dist/contract/messages.js';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { RunningWorker } from '../../dist/worker/runWorker.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';
import { clockReaches } from '../support/standInTools.js';

let server: DevServer;
let site: Installation;
let worker: RunningWorker;
beforeAll(async () => {
  server = await testServer();
});
afterEach(() => site?.stop());
afterAll(async () => {
  await server.stop();
});

async function install(approval: Record<string, unknown>, people = ['ada', 'grace']): Promise<void> {
  site = await createInstallation({
    server,
    people,
    // The sample's ladder would be longer than the short deadlines here.
    policy: (policy) =>
      Object.assign(policy.approval as object, { remindAfter: undefined, escalateAfter: undefined, ...approval }),
  });
  worker = await site.startWorker();
}

/** The decision is in the history before its deadline and is handled after it, since no worker runs in between. */
async function handledTooLate(task: WorkflowHandle, token: string): Promise<void> {
  const { question } = await site.question(task);
  await worker.stop();
  await task.signal('decide', token);
  await clockReaches(question.deadline);
  worker = await site.startWorker();
}

describe('an extension', () => {
  it('moves the deadline, is refused from whoever is no approver, and at most three count', async () => {
    await install({ approvers: ['ada'], expiresAfter: '1h' });
    const before = site.refs();
    const task = await site.start();
    const { question } = await site.question(task);
    expect(Date.parse(question.deadline) - Date.parse(question.askedAt)).toBe(3600_000);
    const extend = async (person: string) =>
      task.executeUpdate(extendUpdate, { args: [await site.extendToken(task, 600, person)] });

    expect(await extend('grace')).toMatchObject({ accepted: false, code: 'MLOPS-APR-003' });
    for (let times = 1; times <= MAX_EXTENSIONS; times += 1) {
      expect(await extend('ada')).toMatchObject({ accepted: true });
      const { deadline } = (await site.question(task)).question;
      expect(Date.parse(deadline) - Date.parse(question.deadline)).toBe(times * 600_000);
    }
    expect(await extend('ada')).toMatchObject({ accepted: false, code: 'MLOPS-APR-017' });
    const { deadline } = (await site.question(task)).question;
    expect(Date.parse(deadline) - Date.parse(question.deadline)).toBe(MAX_EXTENSIONS * 600_000);

    await site.decide(task, 'reject', { person: 'ada' });
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
    expect(site.refs()).toEqual(before);
    const { statements, consistent } = await verifyRecord(await site.recordText(task), {});
    expect(consistent, JSON.stringify(statements.filter(({ ok }) => !ok))).toBe(true);
  });

  it('keeps a question open beyond its first deadline', async () => {
    await install({ expiresAfter: '5s' });
    const task = await site.start();
    const { question } = await site.question(task);
    const extended = await task.executeUpdate(extendUpdate, { args: [await site.extendToken(task, 60)] });
    expect(extended).toMatchObject({ accepted: true });
    await clockReaches(Date.parse(question.deadline) + 500);
    expect(await site.decide(task, 'approve')).toMatchObject({ accepted: true });
    expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
  });
});

describe('a decision that is handled after the deadline', () => {
  it('does not count; while the incident fires the question is put once more, and only once', async () => {
    await install({ expiresAfter: '5s' });
    const before = site.refs();
    const task = await site.start();
    const first = (await site.question(task)).question;
    await handledTooLate(task, await site.sign(task, 'approve'));

    const again = await site.until(task, ({ question }) => question?.askedAgainBecause !== undefined);
    expect(again.question?.askedAgainBecause).toContain(first.deadline);
    expect(again.question?.approvedBy).toEqual([]);
    const late = again.timeline.filter((entry) => entry.refused);
    expect(late.map((entry) => entry.refused?.code)).toEqual(['MLOPS-APR-009']);
    expect(late[0]?.refused?.reason).toContain(first.deadline);

    await handledTooLate(task, await site.sign(task, 'approve'));
    const result = await site.result(task);
    expect(result.outcome).toBe('expired');
    const { timeline } = await site.status(task);
    expect(timeline.filter((entry) => entry.refused?.code === 'MLOPS-APR-009')).toHaveLength(2);
    expect(timeline.filter((entry) => entry.what.startsWith('asked'))).toHaveLength(2);
    expect(site.refs()).toEqual(before);
  });

  it('brings no new question when the incident is resolved', async () => {
    await install({ expiresAfter: '5s' });
    const task = await site.start();
    await site.question(task);
    await task.signal('incidentChanged', { state: 'resolved' });
    await site.until(task, ({ incident }) => incident?.status === 'resolved');
    await handledTooLate(task, await site.sign(task, 'approve'));
    expect(await site.result(task)).toMatchObject({ outcome: 'expired' });
    expect((await site.status(task)).timeline.filter((entry) => entry.what.startsWith('asked'))).toHaveLength(1);
  });

  it('brings no new question when nobody who may decide signed it', async () => {
    await install({ expiresAfter: '5s' });
    const task = await site.start();
    await handledTooLate(task, 'anybody who can send a signal');
    expect(await site.result(task)).toMatchObject({ outcome: 'expired' });
    expect((await site.status(task)).timeline.filter((entry) => entry.what.startsWith('asked'))).toHaveLength(1);
  });
});

describe('the approval of somebody', () => {
  it('whose token has expired when the quorum is reached no longer counts', async () => {
    await install({ required: 2, expiresAfter: '1h' });
    const task = await site.start();
    await site.question(task);
    // Clocks may differ by 60 s, so this one counts for another 6 s.
    const exp = Math.floor(Date.now() / 1000) - 54;
    const early = { iat: exp - 60, exp };
    expect(await site.decide(task, 'approve', { person: 'ada', claims: early })).toMatchObject({ accepted: true });
    expect((await site.status(task)).question?.approvedBy).toEqual(['ada']);
    await clockReaches((exp + 62) * 1000);
    await site.decide(task, 'approve', { person: 'grace' });
    expect((await site.status(task)).question?.approvedBy).toEqual(['grace']);
    await site.decide(task, 'approve', { person: 'ada' });
    expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
  });
});
