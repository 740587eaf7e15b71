#!/usr/bin/env node
/**
 * Plays change tasks on the sample repository, on a Temporal server of its own, and writes their
 * histories to `test/histories/`, where test/unit/workflows/replay.test.ts replays them. To be run, with
 * `npm run histories`, when a change of the workflow is meant to make other commands than before.
 *
 * Nothing of the machine gets into them: client and worker have a name of their own, and the worker
 * knows the repository by a URL that its git leads to the real place.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startDevServer } from '../dist/worker/tools/devServer.js';
import { findTemporalServer } from '../dist/worker/tools/temporalServer.js';
import { createInstallation } from '../test/support/installation.js';

const REPOSITORY = 'file:///srv/git/fraud-scorer.git';
const folder = new URL('../test/histories/', import.meta.url);
const scratch = await mkdtemp(join(tmpdir(), 'mlops-histories-'));

/** What is played, by the name of the file. Those of one policy share an installation. */
const TASKS = [
  {
    tasks: {
      waiting: async (site, task) => {
        await site.question(task);
        await task.signal('decide', 'no token at all');
        await site.until(task, ({ timeline }) => timeline.some((entry) => entry.refused));
      },
      rejected: async (site, task) => {
        await site.question(task);
        await task.signal('decide', await site.sign(task, 'reject', { comment: 'not during the sale' }));
        await ends(site, task, 'rejected');
      },
      revised: async (site, task) => {
        const { question } = await site.question(task);
        await site.decide(task, 'revise', { comment: 'leave out monitoring/rules/fraud-scorer.rules.yml' });
        await site.question(task, question.plan);
        await site.decide(task, 'approve');
        await ends(site, task, 'applied_unverified', 'verified');
      },
      moved: async (site, task) => {
        const { question } = await site.question(task);
        site.push({ 'notes.md': 'somebody else was here\n' });
        await site.decide(task, 'approve');
        await site.question(task, question.plan);
        await site.decide(task, 'approve');
        await ends(site, task, 'verified');
      },
      withdrawn: async (site, task) => {
        await site.question(task);
        await task.signal('withdraw', await site.withdrawToken(task, 'mended by hand'));
        await ends(site, task, 'withdrawn');
      },
      cancelled: async (site, task) => {
        await site.question(task);
        await task.cancel();
        await ends(site, task, 'withdrawn');
      },
      'finished-verified': async (site, task) => {
        await site.question(task);
        await site.decide(task, 'approve');
        await ends(site, task, 'verified');
        const again = await site.start(site.request(), 'chg/test/nothing-left');
        await ends(site, again, 'no_change_needed', 'no_safe_change');
        await keep('nothing-left', again);
      },
    },
  },
  {
    policy: (policy) => Object.assign(policy.approval, { carry: 'disjoint' }),
    tasks: {
      carried: async (site, task) => {
        await site.question(task);
        site.push({ 'notes.md': 'somebody else was here\n' });
        await site.decide(task, 'approve');
        await ends(site, task, 'verified');
      },
      failed: async (site, task) => {
        await ends(site, task, 'failed');
      },
    },
    requests: { failed: { target: 'nobody-knows' } },
  },
  {
    policy: (policy) => Object.assign(policy.approval, { expiresAfter: '2s', remindAfter: '1s', escalateAfter: '1s' }),
    tasks: {
      expired: async (site, task) => {
        await ends(site, task, 'expired');
      },
    },
  },
];

async function ends(site, task, ...outcomes) {
  const result = await site.result(task);
  if (!outcomes.includes(result.outcome)) {
    throw new Error(
      `${task.workflowId} ended ${result.outcome} instead of ${outcomes.join(' or ')}: ${result.sentence}`,
    );
  }
}

/** What a replay doesn't need: where in the checkout an activity failed. */
function withoutStackTraces(key, value) {
  return key === 'stackTrace' ? '' : value;
}

/** Every string of a history, and what is behind those that are payloads. */
function* textsOf(value) {
  if (typeof value === 'string') yield* [value, Buffer.from(value, 'base64').toString('utf8')];
  else if (value && typeof value === 'object') for (const inner of Object.values(value)) yield* textsOf(inner);
}

async function keep(name, task) {
  const history = JSON.parse(historyToJSON(await task.fetchHistory()), withoutStackTraces);
  const machine = [`@${hostname()}`, `${homedir()}/`, `${tmpdir()}/`, process.cwd()];
  for (const text of textsOf(history)) {
    const found = machine.find((word) => text.includes(word));
    if (found) throw new Error(`${name}: the history tells of this machine (${found}): ${text.slice(0, 500)}`);
  }
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(history, null, 1)}\n`);
  console.log(`${name}: ${history.events.length} events`);
}

async function play({ policy, tasks, requests = {} }, server) {
  const git = join(scratch, 'git');
  const site = await createInstallation({
    server,
    identity: 'recorder',
    ...(policy ? { policy } : {}),
    config: {
      temporal: { address: server.address, namespace: server.namespace, taskQueue: 'mlops' },
      targets: { 'fraud-scorer': { repository: REPOSITORY, branch: 'main' } },
      tools: { git },
    },
  });
  await writeFile(git, `#!/bin/sh\nexec git -c 'url.file://${site.remote}.insteadOf=${REPOSITORY}' "$@"\n`);
  await chmod(git, 0o755);
  await site.startWorker();
  try {
    const { 'refs/heads/main': base } = site.refs();
    for (const [name, acts] of Object.entries(tasks)) {
      site.git('update-ref', 'refs/heads/main', base);
      const task = await site.start({ ...site.request(), ...requests[name] }, `chg/test/${name}`);
      await acts(site, task);
      await keep(name, task);
    }
  } finally {
    await site.stop();
  }
}

const found = await findTemporalServer({ progress: (line) => console.log(line) });
const server = await startDevServer(found.kind === 'executable' ? { executable: found.path } : {});
try {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const group of TASKS) await play(group, server);
} finally {
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
}
