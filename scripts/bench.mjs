#!/usr/bin/env node
/**
 * Measures the built product on this machine, on a Temporal server of its own, and prints a table.
 *
 *   npm run bench                      all of it; a few minutes
 *   npm run bench -- --json FILE       also writes the figures there
 *   npm run bench -- --only task,demo  of: start, task, memory, demo, alerts
 *   npm run bench -- --waiting 20      fewer tasks than 50 for the memory of waiting ones
 *   npm run bench -- --rules DIR       alert rules to prove, instead of the repository's and generated ones
 *   npm run bench -- --jobs 1          processes of promtool at a time for them; else one a processor
 *
 * Everything that it starts it stops, also on Ctrl-C.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { signDecision } from '../dist/approval/tokens.js';
import { decisionClaims } from '../dist/cli/claims.js';
import { buildSampleRepository } from '../dist/cli/demo/sampleRepository.js';
import { DEMO_APPROVER, demoConfig, makeWorkspace } from '../dist/cli/demo/workspace.js';
import { CHANGE_WORKFLOW, decideUpdate } from '../dist/contract/messages.js';
import { incidentFromAlertmanager } from '../dist/incidents/alertmanager.js';
import { createDependencies, loadConfig, MlopsPlugin, startWorker } from '../dist/index.js';
import { WORKFLOWS_ENTRY } from '../dist/worker/bundle.js';
import { startDevServer } from '../dist/worker/tools/devServer.js';
import { findPromTools } from '../dist/worker/tools/promTools.js';
import { findTemporalServer } from '../dist/worker/tools/temporalServer.js';
import { alertRows, measureAlerts } from './bench/alerts.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SELF = fileURLToPath(import.meta.url);
const REPETITIONS = 7;
const DEMO_REPETITIONS = 3;
const SMALL_CACHE = 2;
/** Tasks that are brought to their question together. */
const AT_A_TIME = 5;
/** Evictions and the collector lag behind; memory is read when it has stood still for this long. */
const SETTLE_MS = 5_000;
const KIB = 1024;

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };

function quietRuntime() {
  Runtime.install({ logger: quiet, shutdownSignals: [], telemetryOptions: { logging: { filter: 'ERROR' } } });
}

// ---------------------------------------------------------------------------------------------------
// Children: a process of its own for what a process can do only once, or what is read as its memory.

/** A worker's start in a cold process; `kind` is what it is given to run. */
async function childStart(kind, configFile) {
  quietRuntime();
  const config = await loadConfig(configFile);
  const { address, namespace } = config.temporal;
  const connection = await NativeConnection.connect({ address });
  const plugins = [new MlopsPlugin(await createDependencies(config, namespace))];
  const before = performance.now();
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: `start-${randomUUID()}`,
    plugins,
    ...(kind === 'workflowsPath' ? { workflowsPath: WORKFLOWS_ENTRY } : {}),
  });
  const create = performance.now() - before;
  const run = worker.run();
  // performance.now() counts from the start of the process.
  const process_ = performance.now();
  worker.shutdown();
  await run;
  await connection.close();
  process.send({ create, process: process_ });
  process.disconnect();
}

/** A worker that tells its memory when asked, until its parent hangs up. */
async function childWorker(maxCachedWorkflows, configFile) {
  quietRuntime();
  const overrides = maxCachedWorkflows === 'default' ? {} : { maxCachedWorkflows: Number(maxCachedWorkflows) };
  const worker = await startWorker(await loadConfig(configFile), overrides);
  process.on('message', () => process.send({ rss: process.memoryUsage().rss }));
  process.once('disconnect', () => worker.stop().finally(() => process.exit(0)));
  process.send({ ready: true });
}

const [, , role, ...rest] = process.argv;
if (role === '--child-start') await childStart(...rest);
else if (role === '--child-worker') await childWorker(...rest);
else await main();

// ---------------------------------------------------------------------------------------------------

async function main() {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      waiting: { type: 'string', default: '50' },
      rules: { type: 'string' },
      jobs: { type: 'string' },
    },
  });
  const wanted = values.only?.split(',') ?? ['start', 'task', 'memory', 'demo', 'alerts'];
  // Neither the developer's server nor their profile.
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
  process.env.TEMPORAL_CONFIG_FILE = join(tmpdir(), 'temporal-mlops-bench-no-profile.toml');
  quietRuntime();

  const cleanUp = [];
  let stopping;
  const stop = () => {
    stopping ??= (async () => {
      for (const step of cleanUp.toReversed()) await Promise.resolve(step()).catch((error) => console.error(error));
    })();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      // Calls that are under way fail while everything is stopped; that is no news.
      process.on('uncaughtException', () => undefined);
      stop().then(() => process.exit(130));
    });
  }

  const figures = { machine: machine(), at: new Date().toISOString().slice(0, 10) };
  try {
    const parts = {
      start: measureStart,
      task: measureTask,
      memory: measureMemory,
      demo: measureDemo,
      alerts: ({ tools }) =>
        measureAlerts({
          promtool: tools.promtool,
          cleanUp,
          ...(values.rules === undefined ? {} : { rules: values.rules }),
          ...(values.jobs === undefined ? {} : { jobs: Number(values.jobs) }),
        }),
    };
    const tools = await preparedTools();
    // The proof of alerts needs no server.
    const served = wanted.every((name) => name === 'alerts') ? {} : await prepare(cleanUp);
    const bench = { ...served, tools, cleanUp, waitingTasks: Number(values.waiting) };
    for (const name of wanted) {
      if (!Object.hasOwn(parts, name)) throw new Error(`--only ${name}: one of ${Object.keys(parts).join(', ')}`);
      console.error(`measuring: ${name} …`);
      figures[name] = await parts[name](bench);
    }
  } finally {
    await stop();
  }
  console.log(table(figures));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

/** A server, and what a site needs that is made on it. */
async function prepare(cleanUp) {
  const progress = (line) => console.error(line);
  const source = await findTemporalServer({ progress });
  const server = await startDevServer(source.kind === 'executable' ? { executable: source.path } : {});
  cleanUp.push(() => server.stop());
  const connection = await Connection.connect({ address: server.address });
  cleanUp.push(() => connection.close());
  const client = new Client({ connection, namespace: server.namespace });
  return { server, client };
}

async function preparedTools() {
  const tools = await findPromTools({ install: true, progress: (line) => console.error(line) });
  if (tools.missing) throw new Error(`${tools.missing}; a task without its alerting path is no whole task`);
  return tools;
}

/** The demo's repository, policy and configuration, on the bench's server. */
async function makeSite({ server, tools, cleanUp }, options = {}) {
  const workspace = await makeWorkspace();
  cleanUp.push(() => rmSync(workspace.folder, { recursive: true, force: true }));
  const { kid, x: publicKey } = workspace.approverKey;
  const { branch } = await buildSampleRepository({
    source: join(ROOT, 'examples', 'fraud-scorer'),
    bare: workspace.repository,
    approver: { person: DEMO_APPROVER, kid, publicKey },
  });
  const run = randomUUID().slice(0, 8);
  writeFileSync(workspace.configFile, demoConfig({ server, branch, tools: options.tools ?? tools, run }));
  return { workspace, branch, config: await loadConfig(workspace.configFile) };
}

async function startTask(client, { config }) {
  const payload = readFileSync(join(ROOT, 'examples', 'payloads', 'alertmanager-firing.json'), 'utf8');
  const request = {
    version: 1,
    tenant: config.tenant,
    target: 'fraud-scorer',
    goal: 'harden',
    severity: 'low',
    trigger: { kind: 'incident', incident: incidentFromAlertmanager(payload) },
  };
  return client.workflow.start(CHANGE_WORKFLOW, {
    taskQueue: config.temporal.taskQueue,
    workflowId: `chg/bench/${randomUUID()}`,
    args: [request],
  });
}

/** The task's status once it asks; polls often, for what it waits for is measured. */
async function question(task) {
  for (;;) {
    const status = await task.query('status').catch(() => undefined);
    if (status?.question) return status;
    if (status?.outcome) throw new Error(`the task ended ${status.outcome}: ${status.sentence}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

// --- worker start ------------------------------------------------------------------------------------

async function measureStart(bench) {
  const { workspace } = await makeSite(bench);
  const times = { prebuilt: [], workflowsPath: [] };
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    for (const kind of Object.keys(times)) times[kind].push(await startOnce(bench, kind, workspace.configFile));
  }
  const part = (kind, name) => median(times[kind].map((time) => time[name]));
  const of = (name) => {
    const [prebuilt, workflowsPath] = [part('prebuilt', name), part('workflowsPath', name)];
    return {
      prebuiltMs: round(prebuilt),
      workflowsPathMs: round(workflowsPath),
      ratio: round(workflowsPath / prebuilt, 1),
    };
  };
  return { repetitions: REPETITIONS, create: of('create'), process: of('process') };
}

function startOnce({ cleanUp }, kind, configFile) {
  const child = fork(SELF, ['--child-start', kind, configFile]);
  cleanUp.push(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    let answer;
    child.once('message', (message) => {
      answer = message;
    });
    child.once('exit', (code) => (answer ? resolve(answer) : reject(new Error(`a worker's start ended with ${code}`))));
  });
}

// --- a whole task --------------------------------------------------------------------------------------

async function measureTask(bench) {
  const { client, server } = bench;
  const site = await makeSite(bench);
  const { workspace, config, branch } = site;
  const worker = await startWorker(config);
  const connection = await NativeConnection.connect({ address: server.address });
  const taskQueue = `bare-${randomUUID()}`;
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./bareWorkflow.mjs', import.meta.url)),
    logger: quiet,
  });
  const bareWorker = await Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue,
    workflowBundle: { code },
    activities: { nothing: async () => undefined },
  });
  const bareRun = bareWorker.run();
  try {
    const git = (...args) =>
      execFileSync('git', ['--git-dir', workspace.repository, ...args], { encoding: 'utf8' }).trim();
    const base = git('rev-parse', branch);
    const wholeTask = async () => {
      git('update-ref', `refs/heads/${branch}`, base);
      const before = performance.now();
      const task = await startTask(client, site);
      const status = await question(task);
      const claims = decisionClaims(
        { name: status, person: DEMO_APPROVER },
        { plan: status.question.plan, verdict: 'approve', comment: '' },
      );
      await task.executeUpdate(decideUpdate, { args: [await signDecision(workspace.approverKey, claims)] });
      const { outcome } = await task.result();
      if (outcome !== 'verified') throw new Error(`the task ended ${outcome}`);
      return { ms: performance.now() - before, task };
    };
    const bareTask = async (counts) => {
      const before = performance.now();
      const workflowId = `bare/${randomUUID()}`;
      await client.workflow.execute('bare', { taskQueue, workflowId, args: [counts] });
      return performance.now() - before;
    };
    // Once for warmth and to know what it is made of.
    const first = await readHistory((await wholeTask()).task);
    await bareTask(first.counts);
    const tasks = [];
    const bares = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      tasks.push(await wholeTask());
      bares.push(await bareTask(first.counts));
    }
    const histories = await Promise.all(tasks.map(({ task }) => readHistory(task)));
    const whole = median(tasks.map(({ ms }) => ms));
    const bareMs = median(bares);
    const most = (name) => Math.max(...histories.map((history) => history[name]));
    return {
      repetitions: REPETITIONS,
      ...first.counts,
      wholeMs: round(whole),
      bareMs: round(bareMs),
      ratio: round(whole / bareMs, 1),
      inActivitiesMs: round(median(histories.map((history) => history.inActivitiesMs))),
      events: most('events'),
      historyBytes: most('bytes'),
    };
  } finally {
    bareWorker.shutdown();
    await bareRun;
    await connection.close();
    await worker.stop();
  }
}

/** Events and bytes as the server counts them, and what the activities took. */
async function readHistory(task) {
  const { historyLength, historySize } = await task.describe();
  const { events = [] } = await task.fetchHistory();
  const time = ({ eventTime }) => Number(eventTime.seconds) * 1000 + (eventTime.nanos ?? 0) / 1e6;
  const started = new Map();
  const counts = { activities: 0, localActivities: 0 };
  let inActivitiesMs = 0;
  for (const event of events) {
    if (event.activityTaskScheduledEventAttributes) counts.activities += 1;
    if (event.activityTaskStartedEventAttributes) {
      started.set(String(event.activityTaskStartedEventAttributes.scheduledEventId), time(event));
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) inActivitiesMs += time(event) - started.get(String(completed.scheduledEventId));
    if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') counts.localActivities += 1;
  }
  return { events: historyLength, bytes: historySize, counts, inActivitiesMs };
}

// --- memory of waiting tasks -----------------------------------------------------------------------------

async function measureMemory(bench) {
  // The promtool rehearsals take most of a task's time, and leave nothing behind in the worker.
  const withoutPromtool = { promtool: '/nonexistent/promtool', amtool: '/nonexistent/amtool' };
  const { waitingTasks } = bench;
  const figures = { waitingTasks, smallCache: SMALL_CACHE };
  for (const [name, cached] of [
    ['cached', 'default'],
    ['small', SMALL_CACHE],
  ]) {
    const site = await makeSite(bench, { tools: withoutPromtool });
    const child = fork(SELF, ['--child-worker', String(cached), site.workspace.configFile]);
    bench.cleanUp.push(() => void child.kill('SIGKILL'));
    await once(child, 'message');
    const wait = async (count) => {
      const tasks = [];
      while (tasks.length < count) {
        const few = Array.from({ length: Math.min(AT_A_TIME, count - tasks.length) }, () =>
          startTask(bench.client, site),
        );
        tasks.push(...(await Promise.all(few)));
        await Promise.all(tasks.slice(-few.length).map(question));
      }
      return tasks;
    };
    // What the first tasks load and compile is no task's memory.
    const warm = await wait(10);
    const before = await settledRss(child);
    const tasks = await wait(waitingTasks);
    const after = await settledRss(child);
    figures[name] = {
      rssMiB: round(after / KIB / KIB),
      growthMiB: round((after - before) / KIB / KIB, 1),
      perTaskKiB: round((after - before) / KIB / waitingTasks),
    };
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
    for (const task of [...warm, ...tasks]) await task.terminate('measured').catch(() => undefined);
  }
  return figures;
}

async function settledRss(child) {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const samples = [];
  for (let sample = 0; sample < 5; sample += 1) {
    child.send('rss');
    samples.push((await once(child, 'message')).rss);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return median(samples);
}

function once(child, event) {
  return new Promise((resolve) => child.once(event, resolve));
}

// --- the demo ----------------------------------------------------------------------------------------------

async function measureDemo({ cleanUp }) {
  const runs = [];
  for (let repetition = 0; repetition < DEMO_REPETITIONS; repetition += 1) runs.push(await demoOnce(cleanUp));
  const of = (name) => round(median(runs.map((run) => run[name])));
  return {
    repetitions: DEMO_REPETITIONS,
    firstScreenMs: of('firstScreen'),
    questionMs: of('question'),
    endMs: of('end'),
  };
}

/** `npm run demo` without a terminal: when its first lines and its question are there, and when it has ended. */
function demoOnce(cleanUp) {
  const folder = mkdtempSync(join(tmpdir(), 'temporal-mlops-bench-'));
  const started = performance.now();
  const child = spawn('npm', ['run', '--silent', 'demo', '--', '--yes'], {
    cwd: ROOT,
    // It keeps its reports in a temporary folder; the bench leaves none behind.
    env: { ...process.env, TMPDIR: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  cleanUp.push(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  const times = {};
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    const now = performance.now() - started;
    if (/Incident/.test(printed)) times.firstScreen ??= now;
    if (/^Question/m.test(printed)) times.question ??= now;
  });
  let problems = '';
  child.stderr.on('data', (chunk) => {
    problems += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      times.end = performance.now() - started;
      if (code === 0 && times.question) resolve(times);
      else reject(new Error(`the demo ended with ${code}: ${problems.slice(-500)}`));
    });
  });
}

// --- figures -------------------------------------------------------------------------------------------------

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function round(value, digits = 0) {
  return Number(value.toFixed(digits));
}

function machine() {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: round(totalmem() / KIB ** 3),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

function table({ machine: { cores, memoryGiB, node, platform }, start, task, memory, demo, alerts }) {
  const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const rows = [];
  if (start) {
    const pair = ({ prebuiltMs, workflowsPathMs, ratio }) =>
      `${seconds(prebuiltMs)} against ${seconds(workflowsPathMs)} (${ratio}×)`;
    rows.push(['worker created: prebuilt bundle against `workflowsPath`', pair(start.create)]);
    rows.push(['the same, from the start of its process to polling', pair(start.process)]);
  }
  if (task) {
    const { activities, localActivities, wholeMs, bareMs, ratio, inActivitiesMs, events, historyBytes } = task;
    rows.push(['whole task, approved at once', `${seconds(wholeMs)}, ${seconds(inActivitiesMs)} of it in activities`]);
    rows.push([
      `bare workflow, also ${activities} activities and ${localActivities} local ones`,
      `${seconds(bareMs)} (the task takes ${ratio}×)`,
    ]);
    rows.push(['history of a whole task', `${events} events, ${round(historyBytes / KIB)} KiB`]);
  }
  if (memory) {
    const { waitingTasks, smallCache, cached, small } = memory;
    rows.push([`memory of a waiting task in the worker, cached (${waitingTasks} of them)`, `${cached.perTaskKiB} KiB`]);
    rows.push([`the same with \`maxCachedWorkflows: ${smallCache}\``, `${small.perTaskKiB} KiB`]);
    rows.push(['worker process with all of them waiting', `${cached.rssMiB} MiB, ${small.rssMiB} MiB`]);
  }
  if (demo) {
    rows.push(['`npm run demo` to the first screen', seconds(demo.firstScreenMs)]);
    rows.push(['`npm run demo` to the question', seconds(demo.questionMs)]);
  }
  if (alerts) rows.push(...alertRows(alerts));
  // Markdown, which is also what the README shows.
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const ruler = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const head = `Medians, on ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${platform}:`;
  return [head, '', line(['what', 'measured']), ruler, ...rows.map(line)].join('\n');
}
