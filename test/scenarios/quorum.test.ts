import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createKey } from '../../dist/approval/keys.js';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

let server: DevServer;
let site: Installation;
beforeAll(async () => {
  server = await testServer();
});
afterEach(() => site?.stop());
afterAll(async () => {
  await server.stop();
});

async function install(approval: Record<string, unknown>): Promise<void> {
  site = await createInstallation({
    server,
    people: ['ada', 'grace'],
    policy: (policy) => Object.assign(policy.approval as object, approval),
  });
}

describe('two approvals that the policy asks for', () => {
  it('are two people: one person counts once, also with a second key', async () => {
    await install({ required: 2 });
    const second = createKey();
    const policy = parse(site.read('mlops.yaml')) as { people: { id: string; keys: object[] }[] };
    policy.people.find(({ id }) => id === 'ada')?.keys.push({ kid: second.kid, publicKey: second.x });
    site.push({ 'mlops.yaml': stringify(policy) }, 'a second key for ada');
    await site.startWorker();
    const before = site.refs();
    const task = await site.start();
    expect((await site.question(task)).question.required).toBe(2);

    await site.decide(task, 'approve', { person: 'ada' });
    await site.decide(task, 'approve', { person: 'ada' });
    expect(await site.decide(task, 'approve', { person: 'ada', key: second })).toMatchObject({ accepted: true });
    const { question } = await site.status(task);
    expect(question?.approvedBy).toEqual(['ada']);
    expect(site.refs()).toEqual(before);

    await site.decide(task, 'approve', { person: 'grace' });
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.git('log', '-1', '--format=%B', String(result.commit)).match(/^Approved-by: .*$/gm)).toEqual([
      'Approved-by: ada',
      'Approved-by: grace',
    ]);
    const { statements } = await verifyRecord(await site.recordText(task), {});
    expect(statements.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('can be asked for by the worker configuration, whatever the policy says', async () => {
    await install({ required: 1 });
    site.config.floor.required = 2;
    await site.startWorker();
    const task = await site.start();
    expect((await site.question(task)).question.required).toBe(2);
    await site.decide(task, 'approve', { person: 'ada' });
    expect((await site.status(task)).question?.approvedBy).toEqual(['ada']);
    await site.decide(task, 'approve', { person: 'grace' });
    expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
  });
});

describe('a key that is revoked', () => {
  it('in the worker configuration is refused with its code, whatever the policy says', async () => {
    await install({});
    site.config.floor.revokedKeys = [String(site.keys.ada?.kid)];
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    expect(await site.decide(task, 'approve', { person: 'ada' })).toMatchObject({
      accepted: false,
      code: 'MLOPS-APR-008',
    });
    expect((await site.status(task)).question?.approvedBy).toEqual([]);
    await site.decide(task, 'approve', { person: 'grace' });
    expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
  });

  it('in the policy after its approval no longer counts when the quorum is reached', async () => {
    await install({ required: 2 });
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve', { person: 'ada' });
    const policy = parse(site.read('mlops.yaml')) as { people: { id: string; keys: { revoked?: boolean }[] }[] };
    for (const key of policy.people.find(({ id }) => id === 'ada')?.keys ?? []) key.revoked = true;
    const theirs = site.push({ 'mlops.yaml': stringify(policy) }, 'ada lost her key');
    await site.decide(task, 'approve', { person: 'grace' });
    await site.until(task, ({ question, outcome }) => outcome !== undefined || question?.base === theirs);
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    expect((await site.status(task)).question?.approvedBy).toEqual([]);
    await site.decide(task, 'reject', { person: 'grace' });
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });
});

describe('separation of duties', () => {
  it('whoever signed the request cannot be its sole approver', async () => {
    await install({ separationOfDuties: true });
    await site.startWorker();
    const name = `chg/test/${randomUUID()}`;
    const request = {
      ...site.request(),
      trigger: { kind: 'request' as const, text: 'close what blocks alerting' },
    };
    const task = await site.start(await site.signedRequest(request, name, 'ada'), name);
    expect((await site.question(task)).question.required).toBe(1);
    const before = site.refs();
    expect(await site.decide(task, 'approve', { person: 'ada' })).toMatchObject({ accepted: true });
    expect((await site.status(task)).question?.approvedBy).toEqual(['ada']);
    expect(site.refs()).toEqual(before);
    await site.decide(task, 'approve', { person: 'grace' });
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    const { statements } = await verifyRecord(await site.recordText(task), {});
    expect(statements.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('whoever sent the plan back is its co-proposer, and cannot approve the next one alone', async () => {
    await install({ separationOfDuties: true });
    await site.startWorker();
    const name = `chg/test/${randomUUID()}`;
    const request = { ...site.request(), trigger: { kind: 'request' as const, text: 'close what blocks alerting' } };
    const task = await site.start(await site.signedRequest(request, name, 'ada'), name);
    const { plan } = (await site.question(task)).question;
    const comment = 'leave out monitoring/rules/fraud-scorer.rules.yml';
    await site.decide(task, 'revise', { person: 'grace', comment });
    await site.question(task, plan);
    await site.decide(task, 'approve', { person: 'grace' });
    await site.decide(task, 'approve', { person: 'ada' });
    const status = await site.status(task);
    expect(status.question?.approvedBy).toEqual(['grace', 'ada']);
    await site.decide(task, 'reject', { person: 'ada' });
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });

  it('a request that somebody else signed in their name starts nothing', async () => {
    await install({ separationOfDuties: true });
    await site.startWorker();
    const name = `chg/test/${randomUUID()}`;
    const signed = await site.signedRequest(site.request(), name, 'ada');
    const task = await site.start({ ...signed, severity: 'high' }, name);
    const result = await site.result(task);
    expect(result.outcome).toBe('failed');
    expect((await site.status(task)).error).toMatchObject({ code: 'MLOPS-APR-004', where: 'requesterToken' });
  });
});

describe('messages that are refused', () => {
  it('are kept up to a hundred, and counted beyond', async () => {
    await install({});
    await site.startWorker({ cached: true });
    const task = await site.start();
    await site.question(task);
    for (let sent = 0; sent < 110; sent += 1) await task.signal('decide', { no: 'token' });
    const { timeline } = await site.until(task, ({ refusedBeyond }) => refusedBeyond === 10);
    expect(timeline.filter((entry) => entry.refused)).toHaveLength(100);
    await task.signal('withdraw', await site.withdrawToken(task, 'enough'));
    expect(await site.result(task)).toMatchObject({ outcome: 'withdrawn' });
  });
});
