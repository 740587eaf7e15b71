import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createActivities } from '../../dist/activities/createActivities.js';
import type { ApplyInputs, PreparedCommit } from '../../dist/contract/activities.js';
import { createDependencies } from '../../dist/worker/runWorker.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import {
  createInstallation,
  type Installation,
  type InstallationOptions,
  testServer,
} from '../support/installation.js';

let server: DevServer;
let site: Installation;
beforeAll(async () => {
  server = await testServer();
});
afterEach(() => site?.stop());
afterAll(async () => {
  await server.stop();
});

async function install(options: Omit<InstallationOptions, 'server'> = {}): Promise<Installation> {
  site = await createInstallation({ server, ...options });
  await site.startWorker();
  return site;
}

describe('staleness', () => {
  it('an approval does not carry over to a branch that moved: the question is put again, for a new digest', async () => {
    await install();
    const task = await site.start();
    const { question } = await site.question(task);
    const theirs = site.push({ 'notes.md': 'somebody else was here\n' });
    await site.decide(task, 'approve');
    const again = await site.question(task, question.plan);
    expect(again.question.askedAgainBecause).toContain('moved');
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome).toBe('verified');
    expect(site.git('rev-parse', `${result.commit}^`).trim()).toBe(theirs);
  });

  it('with carry: disjoint the approval is carried where no touched file changed, and the commit says so', async () => {
    await install({
      people: ['ada'],
      policy: (policy) => Object.assign(policy.approval as object, { carry: 'disjoint' }),
    });
    const task = await site.start();
    const { question } = await site.question(task);
    const theirs = site.push({ 'notes.md': 'somebody else was here\n' });
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.git('rev-parse', `${result.commit}^`).trim()).toBe(theirs);
    expect(site.git('log', '-1', '--format=%B', String(result.commit))).toContain(
      `Mlops-Approved-Plan: ${question.plan}`,
    );
  });

  it('a branch that moves more often than the policy allows ends the task as superseded', async () => {
    await install({ people: ['ada'], policy: (policy) => Object.assign(policy.approval as object, { maxMoves: 0 }) });
    const task = await site.start();
    await site.question(task);
    const theirs = site.push({ 'notes.md': 'again\n' });
    await site.decide(task, 'approve');
    expect(await site.result(task)).toMatchObject({ outcome: 'superseded' });
    expect(site.refs()['refs/heads/main']).toBe(theirs);
  });
});

describe('quorum', () => {
  it('an approver who is removed from the policy before the write no longer counts', async () => {
    await install({
      people: ['ada', 'grace'],
      policy: (policy) => Object.assign(policy.approval as object, { required: 2, bySeverity: {} }),
    });
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve', { person: 'ada' });
    const policy = site
      .read('mlops.yaml')
      .replace(/approvers:\n\s+- ada\n/, 'approvers:\n')
      .replace('required: 2', 'required: 1');
    site.push({ 'mlops.yaml': policy }, 'ada left');
    await site.decide(task, 'approve', { person: 'grace' });
    const { question } = await site.status(task);
    expect(question?.approvedBy).toEqual(['grace']);
    expect(question?.whoMay).toEqual(['grace']);
    // The stricter of both policies counts: the plan was made when two were needed.
    expect(question?.required).toBe(2);
    await site.decide(task, 'reject', { person: 'grace' });
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });

  it('with separation of duties and an unknown requester one approval more is needed', async () => {
    await install({
      people: ['ada', 'grace'],
      policy: (policy) => Object.assign(policy.approval as object, { separationOfDuties: true }),
    });
    const task = await site.start();
    expect((await site.question(task)).question.required).toBe(2);
    await site.decide(task, 'approve', { person: 'ada' });
    await site.decide(task, 'approve', { person: 'ada' });
    expect((await site.status(task)).question?.approvedBy).toEqual(['ada']);
    await site.decide(task, 'approve', { person: 'grace' });
    expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
  });

  it('silence expires, and an extension moves the deadline', async () => {
    await install({
      people: ['ada'],
      policy: (policy) =>
        Object.assign(policy.approval as object, { expiresAfter: '2s', remindAfter: '1s', escalateAfter: '1s' }),
    });
    const task = await site.start();
    const result = await site.result(task);
    expect(result.outcome).toBe('expired');
    expect((await site.status(task)).timeline.map((entry) => entry.what)).toContain('escalated');
    expect(site.git('rev-list', '--count', 'refs/heads/main').trim()).toBe('13');
  });
});

describe('incidents', () => {
  it('a resolved incident withdraws the task where the policy says so', async () => {
    await install({
      people: ['ada'],
      policy: (policy) => Object.assign(policy.approval as object, { onResolved: 'withdraw' }),
    });
    const task = await site.start();
    await site.question(task);
    await task.signal('incidentChanged', { state: 'resolved' });
    expect(await site.result(task)).toMatchObject({ outcome: 'withdrawn' });
  });

  it('an incident that concerns nothing that was found, on a repaired repository, needs no change', async () => {
    await install();
    const first = await site.start();
    await site.question(first);
    await site.decide(first, 'approve');
    await site.result(first);
    const again = await site.start();
    const result = await site.result(again);
    expect(['no_change_needed', 'no_safe_change']).toContain(result.outcome);
    expect((await site.report(result)).reasons.length).toBeGreaterThan(0);
  });
});

describe('the writing activity', () => {
  it('signs the commit where the installation has a key for it, and the commit id stays the prepared one', async () => {
    await install({ config: { commitKey: 'file:record.jwk' } });
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.git('cat-file', 'commit', String(result.commit))).toContain('\ngpgsig -----BEGIN SSH SIGNATURE-----\n');
  });

  it('never pushes a second time what landed and was taken off the branch again', async () => {
    await install();
    const task = await site.start();
    const { question } = await site.question(task);
    const status = await site.status(task);
    const { artifact } = (await task.query<{ artifact: string }>('plan')) as { artifact: string };
    const { applyChange, prepareCommit, resolveTarget } = createActivities(
      await createDependencies(site.config, server.namespace),
    );
    const call = async <O>(work: () => Promise<O>): Promise<O> => (await new MockActivityEnvironment().run(work)) as O;
    const identity = { task: task.workflowId, run: status.run, audience: status.audience };
    const token = await site.sign(task, 'approve');
    const { jti, iat, exp } = JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString());
    const person = 'demo-approver';
    const decision = {
      token,
      jti,
      person,
      kid: '',
      verdict: 'approve' as const,
      plan: question.plan,
      comment: '',
      iat,
      exp,
    };
    const input: ApplyInputs = {
      identity,
      request: site.request(),
      resolved: await call(() => resolveTarget({ identity, request: site.request() })),
      proposal: { $artifact: artifact },
      digest: question.plan,
      frozen: { at: Math.floor(Date.now() / 1000), decisions: [decision], recordHead: '0'.repeat(64) },
      proposers: [],
    };
    const prepared: PreparedCommit = await call(() => prepareCommit(input));
    const before = site.refs();
    expect(await call(() => applyChange({ ...input, prepared }))).toMatchObject({
      result: 'applied',
      alreadyThere: false,
    });
    expect(await call(() => applyChange({ ...input, prepared }))).toMatchObject({
      result: 'applied',
      alreadyThere: true,
    });
    site.git('update-ref', 'refs/heads/main', String(before['refs/heads/main']));
    expect(await call(() => applyChange({ ...input, prepared }))).toMatchObject({ result: 'moved', takenBack: true });
    expect(site.refs()).toEqual(before);
    await site.decide(task, 'reject');
    await site.result(task);
  });
});

describe('a foreign caller of the writing activity', () => {
  it('writes nothing without valid decisions, with a made-up plan, or with decisions on another plan', async () => {
    await install();
    const task = await site.start();
    const { question } = await site.question(task);
    const status = await site.status(task);
    const proposal = await site.proposal(task);
    const { artifact } = (await task.query<{ artifact: string }>('plan')) as { artifact: string };
    const before = site.refs();
    const { applyChange, prepareCommit, resolveTarget } = createActivities(
      await createDependencies(site.config, server.namespace),
    );
    const identity = { task: task.workflowId, run: status.run, audience: status.audience };
    const call = async <O>(work: () => Promise<O>): Promise<O> => (await new MockActivityEnvironment().run(work)) as O;
    const resolved = await call(() => resolveTarget({ identity, request: site.request() }));
    const attempt = async (decisions: ApplyInputs['frozen']['decisions'], change: Partial<ApplyInputs> = {}) => {
      const input: ApplyInputs = {
        identity,
        request: site.request(),
        resolved,
        proposal: { $artifact: artifact },
        digest: question.plan,
        frozen: { at: Math.floor(Date.now() / 1000), decisions, recordHead: '0'.repeat(64) },
        proposers: [],
        ...change,
      };
      const prepared: PreparedCommit = await call(() => prepareCommit(input));
      return call(() => applyChange({ ...input, prepared }));
    };
    const forged = {
      token: 'e30.e30.e30',
      jti: 'forged-jti',
      person: 'demo-approver',
      kid: 'k',
      verdict: 'approve' as const,
      plan: question.plan,
      comment: '',
      iat: 0,
      exp: 9e9,
    };
    await expect(attempt([])).rejects.toMatchObject({ type: 'MLOPS-APR-012' });
    await expect(attempt([forged])).rejects.toMatchObject({ type: 'MLOPS-APR-001' });
    const other = await site.sign(task, 'approve', { plan: 'b'.repeat(64) });
    await expect(attempt([{ ...forged, token: other }])).rejects.toMatchObject({ type: 'MLOPS-APR-005' });
    const evil = structuredClone(proposal);
    (evil.plan as { message: string }).message = 'evil';
    const stored = await site.store.put(JSON.stringify(evil));
    const real = await site.sign(task, 'approve');
    await expect(attempt([{ ...forged, token: real }], { proposal: { $artifact: stored } })).rejects.toMatchObject({
      type: 'MLOPS-APR-013',
    });
    expect(site.refs()).toEqual(before);
    await site.decide(task, 'reject');
    await site.result(task);
  });
});

describe('bad input ends with a code, and nothing half-done', () => {
  it.each([
    ['an unknown target', { target: 'nobody-knows' }, {}, 'MLOPS-CFG-002'],
    [
      'a missing branch',
      {},
      { targets: { 'fraud-scorer': { repository: './remote.git', branch: 'nowhere' } } },
      'MLOPS-GIT-003',
    ],
    [
      'a policy that is missing',
      {},
      { targets: { 'fraud-scorer': { repository: './remote.git', branch: 'main', policyPath: 'other.yaml' } } },
      'MLOPS-POL-001',
    ],
    [
      'something that is no repository',
      {},
      { targets: { 'fraud-scorer': { repository: '.', branch: 'main' } } },
      'MLOPS-GIT-007',
    ],
  ])('%s', async (_name, request, config, code) => {
    await install({ config });
    const before = site.refs();
    const task = await site.start({ ...site.request(), ...request });
    const result = await site.result(task);
    expect(result.outcome).toBe('failed');
    const { error } = await site.status(task);
    expect(error?.code).toBe(code);
    expect(error?.mend.length).toBeGreaterThan(10);
    expect(site.refs()).toEqual(before);
  });

  it('without promtool the alerting path is reported as not run, never as passed', async () => {
    await install({ promTools: false });
    const task = await site.start();
    await site.question(task);
    const { validations } = await site.proposal(task);
    const alerting = validations.find((validation) => validation.path === 'alerting');
    expect(alerting?.verdict).toBe('not-proved');
    const promtool = alerting?.probes.filter((probe) => probe.id.includes('fires/')) ?? [];
    expect(promtool.map((probe) => probe.verdict)).toEqual(promtool.map(() => 'not-run'));
    expect(promtool[0]?.observed).toContain('promtool');
    await site.decide(task, 'approve');
    expect(await site.result(task)).toMatchObject({ outcome: 'applied_unverified' });
  });
});
