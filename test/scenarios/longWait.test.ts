import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordEntry } from '../../dist/contract/record.js';
import { SEARCH_ATTRIBUTES } from '../../dist/contract/searchAttributes.js';
import type { TaskStatus } from '../../dist/contract/status.js';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import { createInstallation, type Installation } from '../support/installation.js';

/** A server that suggests continue-as-new from this many history events on; a whole task has several times as many. */
const SUGGESTED_FROM = 40;

let environment: TestWorkflowEnvironment;
let site: Installation;
beforeAll(async () => {
  const path = process.env.TEMPORAL_CLI_PATH;
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      ...(path ? { executable: { type: 'existing-path', path } } : {}),
      extraArgs: ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${SUGGESTED_FROM}`],
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map((name) => defineSearchAttributeKey(name, 'KEYWORD')),
      log: { format: 'pretty', level: 'error' },
    },
  });
  site = await createInstallation({
    server: {
      address: environment.address,
      namespace: environment.namespace ?? 'default',
      uiUrl: '',
      ended: new Promise(() => {}),
      stop: () => environment.teardown(),
    },
    people: ['ada', 'grace'],
    policy: (policy) => Object.assign(policy.approval as object, { required: 2 }),
  });
  await site.startWorker({ cached: true });
});
afterAll(async () => {
  await site.stop();
  await environment.teardown();
});

async function runIdOf(task: WorkflowHandle): Promise<string> {
  return (await task.describe()).runId;
}

const refusedIn = ({ timeline }: Pick<TaskStatus, 'timeline'>) => timeline.filter((entry) => entry.refused).length;

/** Sends messages that are refused, each after the one before was judged, until the task has continued as new once more. */
async function untilContinued(task: WorkflowHandle): Promise<void> {
  const before = await runIdOf(task);
  let refused = refusedIn(await site.status(task));
  while ((await runIdOf(task)) === before) {
    await task.signal('decide', { no: 'token' });
    refused += 1;
    await site.until(task, (status) => refusedIn(status) === refused);
  }
}

describe('a task that waits so long that its workflow continues as new', () => {
  it('shows after that what it showed before: the question and the line that answers it', async () => {
    const task = await site.start();
    const { question } = await site.question(task);
    await untilContinued(task);
    const { currentDetails } = await task.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain(`approve '${task.workflowId}' --plan ${question.plan.slice(0, 16)}`);
    await task.signal('withdraw', await site.withdrawToken(task, 'enough'));
    await site.result(task);
  });

  it('keeps its question, approvals, used tokens, record and first run id, and ends verified', async () => {
    const task = await site.start();
    const first = await site.question(task);
    const { question } = first;
    const jti = 'approval-of-ada';
    const approval = await site.sign(task, 'approve', { person: 'ada', claims: { jti } });
    const grace = await site.sign(task, 'approve', { person: 'grace' });
    await task.signal('decide', approval);
    await site.until(task, (status) => status.question?.approvedBy.length === 1);
    const recorded = await task.query<RecordEntry[]>('record');

    await untilContinued(task);
    await untilContinued(task);

    const status = await site.status(task);
    expect(await runIdOf(task)).not.toBe(status.run);
    expect(status.run).toBe(first.run);
    expect(status.question).toEqual({ ...question, approvedBy: ['ada'] });
    expect((await task.query<RecordEntry[]>('record')).slice(0, recorded.length)).toEqual(recorded);
    expect(
      await site.decide(task, 'approve', { person: 'ada', claims: { jti, comment: 'other bytes' } }),
    ).toMatchObject({ accepted: false, code: 'MLOPS-APR-007' });
    const refused = refusedIn(await site.status(task));
    await task.signal('decide', approval);

    await task.signal('decide', grace);
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(result.run).toBe(first.run);
    expect(refusedIn(await site.status(task))).toBe(refused);
    const text = await site.recordText(task);
    expect((JSON.parse(text) as { run: string }).run).toBe(first.run);
    const { statements } = await verifyRecord(text, {});
    expect(statements.filter(({ ok }) => !ok)).toEqual([]);
    expect(site.git('log', '-1', '--format=%B', String(result.commit)).match(/^Approved-by: .*$/gm)).toEqual([
      'Approved-by: ada',
      'Approved-by: grace',
    ]);
  });
});
