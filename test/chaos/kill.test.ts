import { afterAll, beforeAll, describe, it } from 'vitest';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { testServer } from '../support/installation.js';
import { createKillableInstallation, expectOneCommit } from '../support/killableInstallation.js';

let server: DevServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(async () => {
  await server.stop();
});

/** For each stage two points in the order of the task: as an activity begins, and between its end and its answer. */
const STAGES = [
  ['map', 'before activity resolveTarget', 'after activity mapLifecycle'],
  ['assess', 'before activity assessRisk', 'after activity assessRisk'],
  ['plan', 'before activity planChange', 'after activity planChange'],
  ['rehearse', 'before activity rehearseChange', 'after activity rehearseChange'],
  ['approve', 'before activity judgeMessage', 'after activity prepareCommit'],
  ['apply', 'before activity applyChange', 'after activity applyChange'],
  ['validate', 'before activity validateChange', 'after activity validateChange'],
  ['report', 'before activity composeReport', 'after activity cleanUpTask'],
] as const;

// A killed worker is noticed by its missing heartbeat, after 30 s; the tests wait for that side by side.
describe.concurrent('a worker that is killed', () => {
  it.for(STAGES)('twice in the stage %s changes nothing of the outcome', async ([, ...points], { expect, ...test }) => {
    const site = await createKillableInstallation({ server, stopsAt: 'activities', finished: test.onTestFinished });
    const { stops, worker } = site;
    for (const point of points) stops.arm(point);
    worker.start();
    const task = await site.start();
    const approved = site.approve(task);
    for (const point of points) {
      await stops.reached(point);
      await worker.restart();
    }
    await approved;
    await expectOneCommit(expect, site, task);
  });

  it('while the task waits, and approved when no worker runs, goes on from there', async ({
    expect,
    onTestFinished,
  }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    site.worker.start();
    const task = await site.start();
    await site.question(task);
    const token = await site.sign(task, 'approve');
    await site.worker.kill();
    await task.signal('decide', token);
    site.worker.start();
    await expectOneCommit(expect, site, task);
  });
});

describe.concurrent('a worker killed at the push', () => {
  it('before it, together with its git, has written nothing, and pushes once when it is back', async ({
    expect,
    onTestFinished,
  }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.arm('before git push');
    worker.start();
    const task = await site.start();
    await site.approve(task);
    await stops.reached('before git push');
    await worker.kill();
    await stops.end('before git push');
    expect(site.refs()).toEqual(site.before);
    worker.start();
    await expectOneCommit(expect, site, task);
  });

  it('before it, while its git lives on and pushes when no worker runs, finds the commit there', async ({
    expect,
    onTestFinished,
  }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.arm('before git push');
    stops.arm('after git push');
    worker.start();
    const task = await site.start();
    await site.approve(task);
    await stops.reached('before git push');
    await worker.kill();
    await stops.release('before git push');
    await stops.end('after git push');
    const landed = site.refs()['refs/heads/main'];
    expect(landed).not.toBe(site.base);
    worker.start();
    expect((await expectOneCommit(expect, site, task)).commit).toBe(landed);
  });

  it('before it, while its git lives on and pushes after the task has ended, changes nothing more', async ({
    expect,
    onTestFinished,
  }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.arm('before git push');
    worker.start();
    const task = await site.start();
    await site.approve(task);
    await stops.reached('before git push');
    await worker.restart();
    await expectOneCommit(expect, site, task);
    const theirs = site.push({ 'notes.md': 'on top\n' });
    const after = site.refs();
    stops.arm('after git push');
    await stops.release('before git push');
    await stops.end('after git push');
    expect(site.refs()).toEqual(after);
    expect(after['refs/heads/main']).toBe(theirs);
  });

  it('before it, with somebody else pushing first, leaves their commit alone and asks again', async ({
    expect,
    onTestFinished,
  }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.arm('before git push');
    stops.arm('after git push');
    worker.start();
    const task = await site.start();
    const first = await site.approve(task);
    await stops.reached('before git push');
    await worker.kill();
    const theirs = site.push({ 'notes.md': 'first\n' });
    // The git that was left behind tries, and its lease is refused.
    await stops.release('before git push');
    await stops.end('after git push');
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    worker.start();
    const { question } = await site.question(task, first);
    expect(question.askedAgainBecause).toContain('moved');
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    const second = await site.approve(task, first);
    const result = await site.result(task);
    expect(result.outcome, result.sentence).toBe('verified');
    expect(site.commitsOf(task)).toEqual([result.commit]);
    expect(site.git('rev-parse', `${result.commit}^`).trim()).toBe(theirs);
    expect(site.git('log', '-1', '--format=%B', String(result.commit))).toContain(`Mlops-Plan: ${second}`);
  });

  it('after it, before the answer, finds its own commit and pushes no other', async ({ expect, onTestFinished }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.arm('after git push');
    worker.start();
    const task = await site.start();
    const digest = await site.approve(task);
    await stops.reached('after git push');
    const landed = site.refs()['refs/heads/main'];
    await worker.kill();
    await stops.end('after git push');
    worker.start();
    const { commit } = await expectOneCommit(expect, site, task);
    expect(commit).toBe(landed);
    expect(site.git('log', '-1', '--format=%B', commit)).toContain(`Mlops-Plan: ${digest}`);
  });

  it('after it, with somebody pushing on top before the retry, leaves one commit below theirs', async ({
    expect,
    onTestFinished,
  }) => {
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.arm('after git push');
    worker.start();
    const task = await site.start();
    await site.approve(task);
    await stops.reached('after git push');
    await worker.kill();
    await stops.end('after git push');
    const theirs = site.push({ 'notes.md': 'on top\n' });
    worker.start();
    const { commit } = await expectOneCommit(expect, site, task);
    expect(site.refs()['refs/heads/main']).toBe(theirs);
    expect(site.git('rev-parse', `${theirs}^`).trim()).toBe(commit);
  });

  it.for([
    ['git', 'after git push'],
    ['activity', 'after activity applyChange'],
  ] as const)(
    'after it (%s), with the branch rewound to the base, never pushes it again and asks',
    async ([kind, point], { expect, onTestFinished }) => {
      const stopsAt = kind === 'activity' ? { stopsAt: 'activities' as const } : {};
      const site = await createKillableInstallation({ server, ...stopsAt, finished: onTestFinished });
      const { stops, worker } = site;
      stops.arm(point);
      worker.start();
      const task = await site.start();
      const first = await site.approve(task);
      await stops.reached(point);
      const landed = site.refs()['refs/heads/main'];
      expect(landed).not.toBe(site.base);
      await worker.kill();
      if (kind === 'git') await stops.end(point);
      site.git('update-ref', 'refs/heads/main', site.base, String(landed));
      worker.start();
      const { question } = await site.question(task, first);
      expect(question.askedAgainBecause).toContain('took it off');
      expect(site.refs()).toEqual(site.before);
      await site.approve(task, first);
      const { commit } = await expectOneCommit(expect, site, task);
      expect(commit).not.toBe(landed);
    },
  );
});
