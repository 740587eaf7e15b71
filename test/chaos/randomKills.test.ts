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

const KILLS = 3;

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.concurrent('a worker that is killed again and again, at random git commands of a task', () => {
  it.for([1, 2, 3])('ends it verified, with one commit (seed %d)', async (seed, { expect, onTestFinished }) => {
    const random = randomNumbers(seed);
    const site = await createKillableInstallation({ server, finished: onTestFinished });
    const { stops, worker } = site;
    stops.countCalls();
    worker.start();
    const task = await site.start();
    const approved = site.approve(task);
    const ended = new AbortController();
    const result = site.result(task).finally(() => ended.abort());

    let killed = 0;
    while (killed < KILLS) {
      const point = `call ${stops.countCalls() + 1 + Math.floor(random() * 60)}`;
      const gitEnds = random() < 0.5;
      const goesOn = random() < 0.5;
      stops.arm(point);
      const reached = await stops.reached(point, ended.signal).catch(() => undefined);
      if (reached === undefined) break;
      // Half of the workers die a moment after the command, somewhere in what follows it.
      if (goesOn) await stops.release(point);
      await worker.kill();
      if (!goesOn && gitEnds) await stops.end(point);
      if (!goesOn && !gitEnds) await stops.release(point);
      killed += 1;
      worker.start();
    }
    await Promise.all([approved, result]);
    expect(killed).toBeGreaterThan(0);
    await expectOneCommit(expect, site, task);
  });
});
