import {
  type Client,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { TaskClient } from '../../../src/cli/taskClient.js';
import type { ChangeRequest } from '../../../src/contract/request.js';

const task = 'chg/alertmanager/x';
const request = { version: 1, tenant: 'default', target: 'fraud' } as ChangeRequest;
const notFound = () => new WorkflowNotFoundError('not found', task, undefined);
const described = (outcome?: string) => ({
  workflowId: task,
  runId: 'run-1',
  status: { name: 'COMPLETED' },
  startTime: new Date('2026-11-25T10:00:00Z'),
  typedSearchAttributes: { get: ({ name }: { name: string }) => (name === 'MlopsOutcome' ? outcome : undefined) },
});
const grpc = (code: number, details: string) =>
  new ServiceError('Failed to query Workflow', {
    cause: Object.assign(new Error(details), { code, details, metadata: {} }),
  });

/** A Temporal client whose handle answers as given, and which notes what is sent. */
function taskClient(
  handle: Record<string, (...args: never[]) => unknown>,
  start?: (type: string, options: object) => unknown,
) {
  const sent: unknown[] = [];
  const client = {
    withDeadline: (_deadline: number, call: () => unknown) => call(),
    workflow: {
      start: async (type: string, options: object) => start?.(type, options),
      getHandle: () => ({
        signal: async (definition: { name: string }, token: string) => void sent.push([definition.name, token]),
        ...handle,
      }),
    },
  } as unknown as Client;
  return { tasks: new TaskClient(client, { taskQueue: 'mlops' }), sent };
}
const fails = (error: unknown) => async () => Promise.reject(error);

describe('starting', () => {
  it('joins a running task of the cause and starts none when it has ended', async () => {
    let options: object = {};
    const { tasks } = taskClient({ describe: fails(notFound()) }, (_type, given) => {
      options = given;
      return { firstExecutionRunId: 'run-1' };
    });
    expect(await tasks.start(task, request)).toEqual({ task, run: 'run-1', state: 'started' });
    expect(options).toMatchObject({
      workflowId: task,
      taskQueue: 'mlops',
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  });

  it('says that it joined', async () => {
    const { tasks } = taskClient({ describe: async () => described() }, () => ({ firstExecutionRunId: 'run-1' }));
    expect((await tasks.start(task, request)).state).toBe('joined');
  });

  it('says that the task of the cause has ended', async () => {
    const { tasks } = taskClient({ describe: async () => described('verified') }, () => {
      throw new WorkflowExecutionAlreadyStartedError('exists', task, 'mlopsChange');
    });
    expect(await tasks.start(task, request)).toEqual({ task, run: 'run-1', state: 'ended' });
  });
});

describe('deciding', () => {
  it('uses the token’s id as the update’s, so that a repetition gets the first answer', async () => {
    let options: object = {};
    const { tasks, sent } = taskClient({
      executeUpdate: (async (_definition: object, given: object) => {
        options = given;
        return { accepted: true, message: 'Recorded.' };
      }) as never,
    });
    expect(await tasks.decide(task, 'token', 'jti-1')).toEqual({ judged: true, accepted: true, message: 'Recorded.' });
    expect(options).toEqual({ args: ['token'], updateId: 'jti-1' });
    expect(sent).toEqual([]);
  });

  it.each([
    ['the time is over', new WorkflowUpdateRPCTimeoutOrCancelledError('timeout')],
    ['the server sees no worker', grpc(9, 'no poller seen for task queue recently, worker may be down')],
  ])('leaves the same token as a signal when %s', async (_why, error) => {
    const { tasks, sent } = taskClient({ executeUpdate: fails(error) });
    expect(await tasks.decide(task, 'token', 'jti-1')).toEqual({
      judged: false,
      message: 'recorded, not yet judged: no worker is answering',
    });
    expect(sent).toEqual([['decide', 'token']]);
  });

  it('gives the validator’s code and sends no signal', async () => {
    const cause = ApplicationFailure.nonRetryable('for another plan', 'MLOPS-APR-005');
    const { tasks, sent } = taskClient({ executeUpdate: fails(new WorkflowUpdateFailedError('rejected', cause)) });
    expect(await tasks.decide(task, 'token', 'jti-1')).toEqual({
      judged: true,
      accepted: false,
      code: 'MLOPS-APR-005',
      message: 'for another plan',
    });
    expect(sent).toEqual([]);
  });

  it('answers for an ended task with its outcome', async () => {
    const { tasks } = taskClient({ executeUpdate: fails(notFound()), describe: async () => described('rejected') });
    await expect(tasks.decide(task, 'token', 'jti-1')).rejects.toMatchObject({
      code: 'MLOPS-TMP-005',
      message: 'The task has ended: rejected. The message changes nothing.',
    });
  });

  it('does not leave an extension behind, which has no signal', async () => {
    const { tasks, sent } = taskClient({
      executeUpdate: fails(new WorkflowUpdateRPCTimeoutOrCancelledError('timeout')),
    });
    await expect(tasks.extend(task, 'token', 'jti-1')).rejects.toMatchObject({ code: 'MLOPS-TMP-003' });
    expect(sent).toEqual([]);
  });
});

describe('asking', () => {
  it.each([
    ['no such task', notFound(), 'MLOPS-TMP-002'],
    ['a deadline', grpc(4, 'deadline exceeded'), 'MLOPS-TMP-003'],
    ['no poller', grpc(9, 'no poller seen for task queue recently, worker may be down'), 'MLOPS-TMP-003'],
    ['a server that refuses', grpc(7, 'permission denied'), 'MLOPS-TMP-001'],
  ])('explains %s', async (_what, error, code) => {
    const { tasks } = taskClient({ query: fails(error) });
    await expect(tasks.status(task)).rejects.toMatchObject({ code, where: task });
  });
});
