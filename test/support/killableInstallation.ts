import type { WorkflowHandle } from '@temporalio/client';
import type { ExpectStatic, onTestFinished } from 'vitest';
import { verifyRecord } from '../../dist/report/verifyRecord.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation } from './installation.js';
import { StopPoints } from './stopPoints.js';
import { WorkerProcess } from './workerProcess.js';

/** An installation whose worker is a process that can be stopped at exact points and killed there. */
export interface KillableInstallation extends Installation {
  stops: StopPoints;
  worker: WorkerProcess;
  /** Refs of the remote before the task. */
  before: Record<string, string>;
  base: string;
  /** Approves the next question, whatever happens to the worker meanwhile; gives the digest of the plan. */
  approve(task: WorkflowHandle, not?: string): Promise<string>;
  /** Commits on the branch that name the task in their trailers. */
  commitsOf(task: WorkflowHandle): string[];
}

export async function createKillableInstallation(options: {
  server: DevServer;
  /** `activities`: a worker that also stops before and after activities. */
  stopsAt?: 'activities';
  /** Registers what is to be done at the end of the test. */
  finished: typeof onTestFinished;
}): Promise<KillableInstallation> {
  const stops = new StopPoints();
  const site = await createInstallation({ server: options.server, config: { tools: { git: stops.git } } });
  const worker = new WorkerProcess(site.configFile, options.stopsAt && stops.folder);
  options.finished(async () => {
    await worker.kill();
    stops.remove();
    await site.stop();
  });
  const before = site.refs();

  return {
    ...site,
    stops,
    worker,
    before,
    base: before['refs/heads/main'] ?? '',
    approve: async (task, not) => {
      for (;;) {
        try {
          const { question } = await site.question(task, not);
          await task.signal('decide', await site.sign(task, 'approve', { plan: question.plan }));
          return question.plan;
        } catch (error) {
          // Without a worker nobody answers a query; a task that has ended will ask no more.
          if ((await task.describe()).status.name !== 'RUNNING') throw error;
        }
      }
    },
    commitsOf: (task) =>
      site
        .git('log', '--format=%H', `--grep=Mlops-Task: ${task.workflowId}`, 'refs/heads/main')
        .split('\n')
        .filter(Boolean),
  };
}

/** What a task comes to that nobody disturbed: verified, one commit right on the base, a consistent record. */
export async function expectOneCommit(expect: ExpectStatic, site: KillableInstallation, task: WorkflowHandle) {
  const result = await site.result(task);
  expect(result.outcome, result.sentence).toBe('verified');
  const commit = String(result.commit);
  expect(site.commitsOf(task)).toEqual([commit]);
  expect(site.git('rev-parse', `${commit}^`).trim()).toBe(site.base);
  const { plan } = await site.proposal(task);
  expect(site.git('rev-parse', `${commit}^{tree}`).trim()).toBe(plan.tree);
  // Of the remote's refs only the branch changed.
  expect({ ...site.refs(), 'refs/heads/main': site.base }).toEqual(site.before);
  const record = await verifyRecord(await site.recordText(task), {});
  expect(record.statements.filter((statement) => !statement.ok)).toEqual([]);
  expect((await site.report(result)).outcome).toBe('verified');
  return { ...result, commit };
}
