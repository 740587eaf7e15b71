import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import {
  createInstallation,
  type Installation,
  type InstallationOptions,
  testServer,
} from '../support/installation.js';
import { failPromtoolOnceMoved } from '../support/standInTools.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let server: DevServer;
let site: Installation;
beforeAll(async () => {
  server = await testServer();
});
afterEach(() => site?.stop());
afterAll(async () => {
  await server.stop();
});

async function install(options: Omit<InstallationOptions, 'server'> = {}): Promise<void> {
  site = await createInstallation({ server, ...options });
}

/** The command line as a user runs it: exit code and standard output. */
function commandLine(...args: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, '--config', site.configFile, ...args], (error, stdout) =>
      resolve({ code: error ? Number(error.code) : 0, stdout }),
    );
  });
}

/** The outcome that `status --wait` prints, and the code it exits with. */
async function exitOf(task: WorkflowHandle): Promise<{ code: number; outcome: string; sentence: string }> {
  const { code, stdout } = await commandLine('--json', 'status', task.workflowId, '--wait');
  const { outcome, sentence } = JSON.parse(stdout) as { outcome: string; sentence: string };
  return { code, outcome, sentence };
}

async function expectConsistentRecord(task: WorkflowHandle): Promise<void> {
  const { statements } = await verifyRecord(await site.recordText(task), {});
  expect(statements.filter(({ ok }) => !ok)).toEqual([]);
}

describe('a path that was proved in the rehearsal and fails after the change', () => {
  it('is rolled back where the approved plan says so: the inverse is pushed, and record and report tell it', async () => {
    await install({
      people: ['ada'],
      policy: (policy) => Object.assign(policy.change as object, { onFailure: 'rollback' }),
    });
    failPromtoolOnceMoved(site);
    await site.startWorker();
    const before = site.refs();
    const task = await site.start();
    await site.question(task);
    const { plan, validations } = await site.proposal(task);
    expect(validations.map(({ path, verdict }) => [path, verdict])).toContainEqual(['alerting', 'proved']);
    expect(plan.onFailure).toBe('rollback');
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('rolled_back');

    const after = site.refs();
    const head = String(after['refs/heads/main']);
    expect({ ...after, 'refs/heads/main': before['refs/heads/main'] }).toEqual(before);
    expect(site.git('rev-parse', `${head}^{tree}`)).toBe(site.git('rev-parse', `${plan.base}^{tree}`));
    expect(site.git('rev-list', `${plan.base}..${head}`).trim().split('\n')).toEqual([head, result.commit]);
    expect(site.git('rev-parse', `${result.commit}^{tree}`).trim()).toBe(plan.tree);
    expect(site.git('log', '-1', '--format=%B', head)).toContain(`Mlops-Undo-Of: ${result.commit}`);

    const record = JSON.parse(await site.recordText(task)) as { entries: { kind: string; data: unknown }[] };
    expect(record.entries.find(({ kind }) => kind === 'undone')?.data).toEqual({ undone: true, commit: head });
    await expectConsistentRecord(task);
    const report = await site.report(result);
    expect(report.outcome).toBe('rolled_back');
    expect(report.validations.find(({ path }) => path === 'alerting')?.verdict).toBe('not-proved');
    expect(report.reasons.join()).toContain('alerting');
    expect(report.undo).toBeUndefined();
    expect(report.residual.join()).toContain('is not closed');
    expect(await exitOf(task)).toMatchObject({ code: 11, outcome: 'rolled_back' });
  });

  it('stays, and says so, when somebody has pushed on top of it', async () => {
    await install({
      people: ['ada'],
      policy: (policy) => Object.assign(policy.change as object, { onFailure: 'rollback' }),
    });
    const onTop = `
if [ "$(git log -1 --format=%an refs/heads/main)" = temporal-mlops ]; then
  export GIT_AUTHOR_NAME=S GIT_AUTHOR_EMAIL=s@example.invalid GIT_COMMITTER_NAME=S GIT_COMMITTER_EMAIL=s@example.invalid
  git update-ref refs/heads/main "$(git commit-tree 'refs/heads/main^{tree}' -p refs/heads/main -m theirs)"
fi`;
    failPromtoolOnceMoved(site, onTop);
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('applied_unverified');
    const report = await site.report(result);
    expect(report.reasons.join('\n')).toContain('could not be undone automatically: somebody pushed on top');
    expect(site.git('log', '-1', '--format=%s', 'refs/heads/main').trim()).toBe('theirs');
    expect(site.git('rev-parse', 'refs/heads/main^').trim()).toBe(result.commit);
    await expectConsistentRecord(task);
  });

  it('stays, as applied_unverified, where the policy asks instead of rolling back', async () => {
    await install();
    failPromtoolOnceMoved(site);
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('applied_unverified');
    expect(site.refs()['refs/heads/main']).toBe(result.commit);
    expect((await site.report(result)).undo).toContain(`git revert --no-edit ${result.commit}`);
    await expectConsistentRecord(task);
    expect(await exitOf(task)).toMatchObject({ code: 10, outcome: 'applied_unverified' });
  });
});

describe('an end without a change', () => {
  it('no_change_needed: nothing that was found concerns the trigger', async () => {
    await install();
    await site.startWorker();
    const before = site.refs();
    const task = await site.start({ ...site.request(), trigger: { kind: 'audit', finding: 'the coffee machine' } });
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('no_change_needed');
    const report = await site.report(result);
    expect(report.reasons.length).toBeGreaterThan(0);
    expect(report.change).toBeUndefined();
    expect(report.followUps.length).toBeGreaterThan(0);
    expect(site.refs()).toEqual(before);
    await expectConsistentRecord(task);
    expect(await exitOf(task)).toMatchObject({ code: 0, outcome: 'no_change_needed' });
  });

  it('no_safe_change: what concerns the trigger lies where the policy allows no change, and each reason says so', async () => {
    await install({
      people: ['ada'],
      policy: (policy) => Object.assign(policy.change as object, { allowedPaths: ['docs/**'] }),
    });
    await site.startWorker();
    const before = site.refs();
    const task = await site.start();
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('no_safe_change');
    const { reasons, primaryRisk } = await site.report(result);
    expect(reasons.find((reason) => reason.startsWith(String(primaryRisk?.risk.id)))).toContain('allowedPaths');
    expect(site.refs()).toEqual(before);
    await expectConsistentRecord(task);
    expect(await exitOf(task)).toMatchObject({ code: 16, outcome: 'no_safe_change' });
  });
});

describe('the command line exits with the outcome', () => {
  it('12 for rejected, 14 for withdrawn, 17 for failed and 0 for verified', async () => {
    await install();
    await site.startWorker();
    const rejected = await site.start();
    await site.question(rejected);
    await site.decide(rejected, 'reject', { comment: 'not now' });
    expect(await exitOf(rejected)).toMatchObject({ code: 12, outcome: 'rejected' });
    await expectConsistentRecord(rejected);

    const withdrawn = await site.start();
    await site.question(withdrawn);
    await withdrawn.signal('withdraw', await site.withdrawToken(withdrawn, 'no longer needed'));
    expect(await exitOf(withdrawn)).toMatchObject({ code: 14, outcome: 'withdrawn' });
    await expectConsistentRecord(withdrawn);

    const failed = await site.start({ ...site.request(), target: 'nobody-knows' });
    expect(await exitOf(failed)).toMatchObject({ code: 17, outcome: 'failed' });

    const verified = await site.start();
    await site.question(verified);
    await site.decide(verified, 'approve');
    expect(await exitOf(verified)).toMatchObject({ code: 0, outcome: 'verified' });
    await expectConsistentRecord(verified);
  });

  it('13 for expired, also of `start --wait`', async () => {
    await install({
      people: ['ada'],
      policy: (policy) =>
        Object.assign(policy.approval as object, {
          expiresAfter: '1s',
          remindAfter: undefined,
          escalateAfter: undefined,
        }),
    });
    await site.startWorker();
    const { code, stdout } = await commandLine(
      ...['--json', 'start', '--request', 'close what blocks alerting', '--target', 'fraud-scorer', '--wait'],
    );
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'expired' });
    expect(code).toBe(13);
  });

  it('15 for superseded', async () => {
    await install({ people: ['ada'], policy: (policy) => Object.assign(policy.approval as object, { maxMoves: 0 }) });
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    const theirs = site.push({ 'notes.md': 'somebody else\n' });
    await site.decide(task, 'approve');
    expect(await exitOf(task)).toMatchObject({ code: 15, outcome: 'superseded' });
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    await expectConsistentRecord(task);
  });
});

describe('what a report says about approvals', () => {
  it('an approval of an earlier plan is not shown as one of the plan that was rejected', async () => {
    await install({ people: ['ada', 'grace'] });
    await site.startWorker();
    const task = await site.start();
    const { question } = await site.question(task);
    site.push({ 'notes.md': 'somebody else\n' });
    await site.decide(task, 'approve', { person: 'ada' });
    await site.question(task, question.plan);
    await site.decide(task, 'reject', { person: 'grace' });
    const result = await site.result(task);
    expect(result.outcome).toBe('rejected');
    const report = await site.report(result);
    expect(report.approval?.digest).not.toBe((await site.proposal(task)).digest);
    await expectConsistentRecord(task);
  });
});
