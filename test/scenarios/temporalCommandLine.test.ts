import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { typed } from '../support/commands.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

let server: DevServer;
let site: Installation;
beforeAll(async () => {
  server = await testServer();
  site = await createInstallation({ server });
  await site.startWorker();
});
afterAll(async () => {
  await site?.stop();
  await server.stop();
});

/** The README's line, with its placeholders filled in: task, digest, and who signs. */
function documentedLine(task: WorkflowHandle, plan: string): string {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const line = /^temporal workflow signal[\s\S]*?--print-token\)\\""$/m.exec(readme)?.[0];
  expect(line).toBeDefined();
  return String(line)
    .replaceAll('TASK', task.workflowId)
    .replace('--as alice', `--as demo-approver --key '${site.keyFile('demo-approver')}' --config '${site.configFile}'`)
    .replace('3f9c0a41d2be', plan)
    .replace('temporal workflow signal', `temporal workflow signal --address ${server.address}`);
}

describe('Temporal’s own command line', () => {
  it('the line of the README approves a task, which is carried out and verified', async () => {
    const task = await site.start();
    const { question } = await site.question(task);
    const sent = await typed(documentedLine(task, question.plan.slice(0, 12)));
    expect(sent).toMatchObject({ code: 0 });
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.git('log', '-1', '--format=%B', String(result.commit))).toContain('Approved-by: demo-approver');
  });

  it('the same line for another plan signs nothing, and what it then sends changes nothing', async () => {
    site.git('update-ref', 'refs/heads/main', site.git('rev-parse', 'refs/heads/main^').trim());
    const before = site.refs();
    const task = await site.start();
    await site.question(task);
    const sent = await typed(documentedLine(task, '0123456789ab'));
    expect(sent.stderr).toContain('MLOPS-');
    const status = await site.until(task, ({ timeline }) => timeline.some((entry) => entry.refused));
    expect(status.question?.approvedBy).toEqual([]);
    expect(site.refs()).toEqual(before);
    await site.decide(task, 'reject');
    await site.result(task);
  });
});
