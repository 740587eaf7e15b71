import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { startDevServer } from '../../dist/worker/tools/devServer.js';
import { testServer } from '../support/installation.js';
import { createKillableInstallation, expectOneCommit } from '../support/killableInstallation.js';

describe.concurrent('a task that waits for approval outlives its server', () => {
  it('that is killed, and the worker that kept running goes on', async ({ expect, onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-server-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // The product's server, started by a line that leaves its process id.
    const executable = join(folder, 'temporal');
    writeFileSync(executable, `#!/bin/sh\necho $$ >"$0.pid"\nexec '${process.env.TEMPORAL_CLI_PATH}' "$@"\n`);
    chmodSync(executable, 0o755);
    const options = { executable, dbFile: join(folder, 'temporal.db') };
    const first = await startDevServer(options);
    onTestFinished(() => first.stop());
    const site = await createKillableInstallation({ server: first, finished: onTestFinished });
    site.worker.start();
    const task = await site.start();
    const { question } = await site.question(task);

    process.kill(Number(readFileSync(`${executable}.pid`, 'utf8')), 'SIGKILL');
    await first.ended;
    const second = await startDevServer({ ...options, port: Number(first.address.split(':')[1]) });
    onTestFinished(() => second.stop());

    expect(site.worker.running).toBe(true);
    expect(await site.approve(task)).toBe(question.plan);
    await expectOneCommit(expect, site, task);
  });

  it('that is stopped, and a worker that is started after it goes on', async ({ expect, onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-server-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const dbFile = join(folder, 'temporal.db');
    const first = await testServer({ dbFile });
    onTestFinished(() => first.stop());
    const site = await createKillableInstallation({ server: first, finished: onTestFinished });
    site.worker.start();
    const task = await site.start();
    const { question } = await site.question(task);

    await site.worker.kill();
    await first.stop();
    const second = await testServer({ dbFile, port: Number(first.address.split(':')[1]) });
    onTestFinished(() => second.stop());
    site.worker.start();

    expect(await site.approve(task)).toBe(question.plan);
    await expectOneCommit(expect, site, task);
  });
});
