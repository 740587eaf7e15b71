import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../dist/approval/keys.js';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

let server: DevServer;

beforeAll(async () => {
  server = await testServer();
});
afterAll(async () => {
  await server.stop();
});

describe('a change task on the sample repository', () => {
  let site: Installation;
  beforeAll(async () => {
    site = await createInstallation({ server });
    await site.startWorker();
  });
  afterAll(() => site.stop());

  it('changes nothing before a decision, then lands exactly the approved tree, once, and proves it', async () => {
    const before = site.refs();
    const task = await site.start();
    const { question } = await site.question(task);
    expect(site.refs()).toEqual(before);
    const { plan } = await site.proposal(task);
    expect(question.plan).toBe((await site.proposal(task)).digest);

    expect(await site.decide(task, 'approve')).toMatchObject({ accepted: true });
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');

    const after = site.refs();
    expect(after['refs/heads/main']).toBe(result.commit);
    expect({ ...after, 'refs/heads/main': before['refs/heads/main'] }).toEqual(before);
    expect(site.git('rev-parse', `${result.commit}^{tree}`).trim()).toBe(plan.tree);
    expect(site.git('rev-parse', `${result.commit}^`).trim()).toBe(plan.base);
    expect(site.git('diff', '--numstat', plan.base, String(result.commit)).trim().split('\n')).toEqual([
      '1\t1\tmonitoring/alertmanager.yml',
      '1\t1\tmonitoring/rules/fraud-scorer.rules.yml',
    ]);
    const message = site.git('log', '-1', '--format=%B', String(result.commit));
    expect(message).toContain(`Mlops-Task: ${task.workflowId}`);
    expect(message).toContain(`Mlops-Plan: ${question.plan}`);
    expect(message).toContain('Approved-by: demo-approver');
  });

  it('leaves a record that verifies offline, and a report with the five things and the five checks', async () => {
    site.git('update-ref', 'refs/heads/main', site.git('rev-parse', 'refs/heads/main^').trim());
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'approve', { comment: 'looks right' });
    const result = await site.result(task);
    const verified = await verifyRecord(await site.recordText(task), {});
    expect(verified.statements.filter((statement) => !statement.ok)).toEqual([]);
    expect(verified).toMatchObject({ consistent: true, anchored: false });
    const altered = (await site.recordText(task)).replace('looks right', 'looks light');
    expect((await verifyRecord(altered, {})).consistent).toBe(false);

    const report = await site.report(result);
    expect(report.boundary.files.map((file) => file.path)).toEqual([
      'monitoring/alertmanager.yml',
      'monitoring/rules/fraud-scorer.rules.yml',
    ]);
    expect(report.primaryRisk?.risk.rule).toBe('INC-001');
    expect((await site.status(task)).risks?.primary).toBe(report.primaryRisk?.risk.id);
    const refused = report.validations
      .flatMap(({ probes }) => probes)
      .filter(({ id }) => id.includes('altered-artifact'));
    expect(refused.map(({ statement, verdict }) => [statement.includes('with one byte altered'), verdict])).toEqual([
      [true, 'passed'],
    ]);
    expect(report.change?.plan).toBe(report.approval?.digest);
    expect(report.validations.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['promotion', 'proved'],
      ['rollback', 'proved'],
      ['alerting', 'proved'],
    ]);
    for (const { probes } of report.validations) {
      expect(probes.some((probe) => probe.sign === 'positive')).toBe(true);
      expect(probes.some((probe) => probe.sign === 'negative')).toBe(true);
    }
    expect(report.qualityChecks.map((check) => check.name).sort()).toEqual([
      'environment-only',
      'gate-criteria',
      'monitoring',
      'provenance',
      'rollback',
    ]);
    expect(report.followUps.length).toBeGreaterThan(3);
    expect(report.undo).toContain(String(result.commit));
  });
});

describe('decisions', () => {
  let site: Installation;
  beforeAll(async () => {
    site = await createInstallation({ server, people: ['ada', 'grace'] });
    await site.startWorker();
  });
  afterAll(() => site.stop());

  it('a reject vetoes, and nothing is written', async () => {
    const before = site.refs();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'reject', { comment: 'not during the sale' });
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
    expect(site.refs()).toEqual(before);
  });

  it('what does not count is refused with its code, recorded, and the next valid decision works', async () => {
    const task = await site.start();
    const { question } = await site.question(task);
    const stranger = createKey();
    const wrong: [string, Promise<string>][] = [
      [
        'MLOPS-APR-002',
        site.sign(task, 'approve', { person: 'ada', key: { ...stranger, kid: site.keys.ada?.kid ?? '' } }),
      ],
      ['MLOPS-APR-002', site.sign(task, 'approve', { person: 'grace', key: site.keys.ada as never })],
      ['MLOPS-APR-003', site.sign(task, 'approve', { person: 'mallory', key: stranger })],
      ['MLOPS-APR-004', site.sign(task, 'approve', { claims: { task: 'chg/other/1' } })],
      ['MLOPS-APR-004', site.sign(task, 'approve', { claims: { aud: 'staging/default/default' } })],
      ['MLOPS-APR-005', site.sign(task, 'approve', { plan: 'a'.repeat(64) })],
      ['MLOPS-APR-006', site.sign(task, 'approve', { claims: { iat: 1_700_000_000, exp: 1_700_000_600 } })],
    ];
    for (const [, token] of wrong) await task.signal('decide', await token);
    await task.signal('decide', 'no token at all');
    await task.signal('decide', { approve: true });
    const status = await site.until(
      task,
      ({ timeline }) => timeline.filter((entry) => entry.refused).length === wrong.length + 2,
    );
    const codes = status.timeline.flatMap((entry) => (entry.refused ? [entry.refused.code] : []));
    expect(codes.slice(0, wrong.length)).toEqual(wrong.map(([code]) => code));
    expect(codes.slice(wrong.length)).toEqual(['MLOPS-APR-001', 'MLOPS-APR-001']);
    expect(status.question?.plan).toBe(question.plan);
    expect(status.question?.approvedBy).toEqual([]);
    await task.signal('decide', await site.sign(task, 'reject', { person: 'grace' }));
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });

  it('a signal whose payload nobody can decode is recorded as ignored, and the task goes on', async () => {
    const task = await site.start();
    await site.question(task);
    await site.client.workflowService.signalWorkflowExecution({
      namespace: server.namespace,
      workflowExecution: { workflowId: task.workflowId },
      signalName: 'decide',
      input: {
        payloads: [{ metadata: { encoding: Buffer.from('binary/nobody-knows') }, data: Buffer.from([1, 2, 3]) }],
      },
    });
    const status = await site.until(task, ({ timeline }) => timeline.some((entry) => entry.refused));
    expect(status.timeline.find((entry) => entry.refused)?.refused?.code).toBe('MLOPS-APR-015');
    await task.signal('withdraw', await site.withdrawToken(task, 'enough'));
    expect(await site.result(task)).toMatchObject({ outcome: 'withdrawn' });
  });

  it('the same token again gets the first answer, and another token with its id is refused', async () => {
    const task = await site.start();
    await site.question(task);
    const jti = 'fixed-token-id';
    const revise = await site.sign(task, 'revise', { comment: 'first', claims: { jti } });
    await task.signal('decide', revise);
    await task.signal('decide', revise);
    const again = await site.until(task, ({ question }) => question?.askedAgainBecause !== undefined);
    expect(again.timeline.filter((entry) => entry.refused)).toEqual([]);
    expect(await site.decide(task, 'approve', { claims: { jti } })).toMatchObject({
      accepted: false,
      code: 'MLOPS-APR-007',
    });
    await task.signal('decide', await site.sign(task, 'reject'));
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });

  it('a revision that names a file leaves it out of the next plan, and voids the earlier approval', async () => {
    const task = await site.start();
    const { question } = await site.question(task);
    await site.decide(task, 'revise', { comment: 'leave out monitoring/rules/fraud-scorer.rules.yml' });
    const next = await site.question(task, question.plan);
    const { plan } = await site.proposal(task);
    expect(plan.operations.map((operation) => operation.kind === 'editFile' && operation.path)).toEqual([
      'monitoring/alertmanager.yml',
    ]);
    await expect(site.decide(task, 'approve', { plan: question.plan })).rejects.toMatchObject({
      cause: { type: 'MLOPS-APR-005' },
    });
    expect(next.question.askedAgainBecause).toContain('revision');
    await site.decide(task, 'reject');
    await site.result(task);
  });

  it('cancellation ends as withdrawn, with a report and without scratch refs', async () => {
    const task = await site.start();
    await site.question(task);
    await task.cancel();
    const result = await site.result(task);
    expect(result.outcome).toBe('withdrawn');
    expect((await site.report(result)).outcome).toBe('withdrawn');
  });

  it('a revision that changes nothing gives a new digest all the same, and an approval of the old one is worth nothing', async () => {
    const task = await site.start();
    const { question } = await site.question(task);
    const old = await site.sign(task, 'approve');
    await site.decide(task, 'revise', { comment: 'are you sure?' });
    const next = await site.question(task, question.plan);
    const { plan } = await site.proposal(task);
    expect(plan.round).toBe(2);
    await task.signal('decide', old);
    const status = await site.until(task, ({ timeline }) => timeline.some((entry) => entry.refused));
    expect(status.timeline.find((entry) => entry.refused)?.refused?.code).toBe('MLOPS-APR-005');
    expect(status.question?.approvedBy).toEqual([]);
    await site.decide(task, 'approve', { person: 'grace', plan: next.question.plan });
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    const verified = await verifyRecord(await site.recordText(task), {});
    expect(verified.statements.filter((statement) => !statement.ok)).toEqual([]);
  });
});
