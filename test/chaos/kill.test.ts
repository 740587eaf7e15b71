import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let server: DevServer;
let site: Installation;
let worker: ChildProcess | undefined;
beforeAll(async () => {
  server = await testServer();
});
afterEach(async () => {
  await kill();
  await site.stop();
});
afterAll(async () => {
  await server.stop();
});

function startWorker(): void {
  worker = spawn(process.execPath, [MAIN, 'worker', '--config', site.configFile], { stdio: 'ignore' });
}

async function kill(): Promise<void> {
  if (!worker || worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exited;
}

/** Commits on the branch that name the task in their trailers. */
function commitsOf(task: WorkflowHandle): string[] {
  return site
    .git('log', '--format=%H', `--grep=Mlops-Task: ${task.workflowId}`, 'refs/heads/main')
    .split('\n')
    .filter(Boolean);
}

describe('a worker that is killed', () => {
  it('during each stage before the approval, changes nothing of the outcome', async () => {
    site = await createInstallation({ server });
    startWorker();
    const task = await site.start();
    for (const stage of ['map', 'rehearse'] as const) {
      await site.until(task, (status) => status.stages[stage] !== 'waiting');
      await kill();
      startWorker();
    }
    await site.question(task);
    await kill();
    await task.signal('withdraw', 'not a token');
    startWorker();
    await site.until(task, (status) => status.timeline.some((entry) => entry.refused));
    await site.decide(task, 'approve');
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(commitsOf(task)).toEqual([result.commit]);
  });

  it('right after its push, with somebody pushing on top before the retry, leaves one commit', async () => {
    site = await createInstallation({ server });
    startWorker();
    const task = await site.start();
    const { question } = await site.question(task);
    const before = site.refs()['refs/heads/main'];
    await task.signal('decide', await site.sign(task, 'approve'));
    while (site.refs()['refs/heads/main'] === before) await new Promise((resolve) => setImmediate(resolve));
    await kill();
    const theirs = site.push({ 'notes.md': 'on top\n' });
    startWorker();
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(commitsOf(task)).toEqual([result.commit]);
    expect(site.git('rev-parse', `${theirs}^`).trim()).toBe(result.commit);
    expect(site.git('log', '-1', '--format=%B', String(result.commit))).toContain(`Mlops-Plan: ${question.plan}`);
  });
});
