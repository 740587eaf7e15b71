/**
 * What the proof of alerts costs: rules a second, its whole time against that of promtool alone on the same
 * test files, and its memory.
 */
import { execFile, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { generatedRuleFiles } from './alertRules.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHILD = fileURLToPath(new URL('./proveAlertFiles.mjs', import.meta.url));
/** Test files in one process of promtool, as in the proof itself. */
const BATCH = 40;
/** Words on failed tests; none is expected to fail. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs of each; one is enough where there are many rules. */
const REPETITIONS = 3;
const MANY_RULES = 300;

/**
 * @param {object} options
 * @param {string} options.promtool absolute path
 * @param {(() => unknown)[]} options.cleanUp steps for when the bench ends
 * @param {string} [options.rules] folder of rule files; default: the repository's own and generated ones
 * @param {number} [options.jobs] processes of promtool at a time; default: one a processor
 */
export async function measureAlerts({ promtool, cleanUp, rules, jobs = availableParallelism() }) {
  const files =
    rules === undefined
      ? [...ruleFilesIn(join(ROOT, 'examples')), ...ruleFilesIn(join(ROOT, 'test/fixtures')), ...generatedRuleFiles()]
      : ruleFilesIn(rules);
  const runs = [];
  let repetitions = REPETITIONS;
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const ours = await proveOnce({ files, promtool, jobs, cleanUp });
    const alone = await promtoolAlone({ evidence: ours.evidence, promtool, jobs, cleanUp });
    runs.push({ ...ours, alone });
    if (total(ours.counts) > MANY_RULES) repetitions = 1;
  }
  const [{ counts, unusable, evidence }] = runs;
  const middle = (of) => runs.map(of).toSorted((a, b) => a - b)[runs.length >> 1];
  const wallMs = middle((run) => run.wallMs);
  return {
    repetitions: runs.length,
    jobs,
    rules: total(counts),
    verdicts: counts,
    unusable,
    testFiles: evidence.length,
    wallMs: Math.round(wallMs),
    rulesPerSecond: Number(((total(counts) * 1000) / wallMs).toFixed(1)),
    promtoolAloneMs: Math.round(middle((run) => run.alone)),
    // Of each run by itself: both halves of it met the same load of the machine.
    ratio: Number(middle((run) => run.wallMs / run.alone).toFixed(2)),
    // While our own process ran beside them.
    promtoolProcessesMs: Math.round(middle((run) => run.promtoolMs)),
    ratioToAll: Number(middle((run) => run.wallMs / (run.promtoolMs / jobs)).toFixed(2)),
    peakMiB: Math.round(middle((run) => run.peakKiB) / 1024),
  };
}

/** Rows of the bench's table. */
export function alertRows(figures) {
  const { rules, testFiles, jobs, wallMs, rulesPerSecond, promtoolAloneMs, ratio, peakMiB } = figures;
  const { promtoolProcessesMs, ratioToAll } = figures;
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  return [
    [
      `\`prove alerts\`: ${rules} rules, ${jobs} processes of promtool`,
      `${seconds(wallMs)}, ${rulesPerSecond} rules/s`,
    ],
    [`promtool alone on the same ${testFiles} test files`, `${seconds(promtoolAloneMs)} (the proof takes ${ratio}×)`],
    [
      'promtool in the proof, all its processes added up',
      `${seconds(promtoolProcessesMs)} (the proof takes ${ratioToAll}× of that shared among ${jobs})`,
    ],
    ['most memory of the proof, without promtool', `${peakMiB} MiB`],
  ];
}

function total(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function ruleFilesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }))
    .filter(({ text }) => /\balert["']?\s*:/.test(text));
}

function proveOnce({ files, promtool, jobs, cleanUp }) {
  const child = fork(CHILD);
  cleanUp.push(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    let answer;
    child.once('message', (message) => {
      answer = message;
    });
    child.once('exit', (code) => (answer ? resolve(answer) : reject(new Error(`the proof ended with ${code}`))));
    child.send({ files, promtool, jobs });
  });
}

/** Milliseconds that promtool takes for test files, in batches and so many processes at a time as in the proof. */
async function promtoolAlone({ evidence, promtool, jobs, cleanUp }) {
  const folder = mkdtempSync(join(tmpdir(), 'temporal-mlops-bench-'));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  const tests = evidence.map((files, index) => {
    mkdirSync(join(folder, `${index}`));
    writeFileSync(join(folder, `${index}`, 'rules.yml'), files.rules);
    writeFileSync(join(folder, `${index}`, 'test.yml'), files.tests);
    return join(`${index}`, 'test.yml');
  });
  const batches = [];
  while (tests.length > 0) batches.push(tests.splice(0, BATCH));
  const before = performance.now();
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        await promisify(execFile)(promtool, ['test', 'rules', ...batch], {
          cwd: folder,
          maxBuffer: OUTPUT_BYTES,
        }).catch(
          // A rule that isn't proved may have tests that fail; running them takes as long.
          ({ code }) => {
            if (typeof code !== 'number') throw new Error(`promtool can't be run: ${code}`);
          },
        );
      }
    }),
  );
  const took = performance.now() - before;
  rmSync(folder, { recursive: true, force: true });
  return took;
}
