import { describe, expect, it } from 'vitest';
import { eventsBetween, followTask, type TaskEvent } from '../../../src/cli/followTask.js';
import { MlopsError } from '../../../src/contract/errors.js';
import type { TaskStatus } from '../../../src/contract/status.js';
import { status } from './samples.js';

const waiting = Object.fromEntries(
  Object.keys(status.stages).map((stage) => [stage, 'waiting']),
) as TaskStatus['stages'];
const { question: _question, ...withoutQuestion } = status;
const start: TaskStatus = { ...withoutQuestion, stages: { ...waiting, map: 'running' }, timeline: [] };

async function collect(
  script: (TaskStatus | Error)[],
  options: Parameters<typeof followTask>[1] = {},
): Promise<TaskEvent[]> {
  const events: TaskEvent[] = [];
  const answers = [...script];
  const read = async () => {
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    return next as TaskStatus;
  };
  for await (const step of followTask(read, { pollMs: 0, ...options })) events.push(...step.events);
  return events;
}

describe('eventsBetween', () => {
  it('tells the stages in their order, then the timeline, the proposal and the question', () => {
    const later: TaskStatus = { ...status, proposal: { digest: 'd', artifact: 'a' } };
    expect(eventsBetween(start, later).map((event) => event.kind)).toEqual([
      'stage',
      'stage',
      'stage',
      'stage',
      'stage',
      'timeline',
      'proposal',
      'question',
    ]);
  });

  it('tells nothing when nothing is new', () => {
    expect(eventsBetween(status, status)).toEqual([]);
  });

  it('asks again when the same plan is asked about once more', () => {
    const question = { ...(status.question as NonNullable<TaskStatus['question']>), askedAt: '2026-11-27T10:00:00Z' };
    expect(eventsBetween(status, { ...status, question })).toEqual([{ kind: 'question', question }]);
  });
});

describe('followTask', () => {
  const end: TaskStatus = { ...start, stages: { ...waiting, map: 'failed', report: 'done' }, outcome: 'failed' };

  it('ends with the outcome', async () => {
    expect((await collect([start, start, end])).at(-1)).toEqual({ kind: 'outcome', outcome: 'failed' });
  });

  it('waits while no worker answers and says so once', async () => {
    const heard: boolean[] = [];
    const silent = new MlopsError('MLOPS-TMP-003', 'no worker');
    await collect([start, silent, silent, end], { onWorker: (answering) => heard.push(answering) });
    expect(heard).toEqual([false, true]);
  });

  it('passes on every other error', async () => {
    await expect(collect([new MlopsError('MLOPS-TMP-002', 'no task')])).rejects.toMatchObject({
      code: 'MLOPS-TMP-002',
    });
  });

  it('ends with the error when Temporal ended the task', async () => {
    const ended = Promise.reject(new MlopsError('MLOPS-TMP-005', 'terminated'));
    await expect(collect([start], { ended })).rejects.toMatchObject({ code: 'MLOPS-TMP-005' });
  });

  it('stops when it is told to', async () => {
    expect(await collect([start], { signal: AbortSignal.abort() })).toEqual([]);
  });
});
