#!/usr/bin/env node
/**
 * Breaks sound alerting rules in stated ways, from a fixed seed, and counts how many are told from the sound
 * original: by a verdict other than `proved`, or by a finding that the original lacks.
 *
 *     npm run measure:broken -- [--count 240] [--seed 1] FOLDER…
 *
 * Needs promtool on the PATH. A rule counts as sound when it is proved. Ends with 1 when one isn't told.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseQuery } from '../src/promql/parse.ts';
import { proveRules } from '../src/proofs/alerts/prove/proveRules.ts';
import { readRuleFiles } from '../src/proofs/alerts/prove/readRuleFiles.ts';
import { brokenQueries, shuffled } from '../test/support/brokenRules.ts';

const SCRAPE_INTERVAL = 30;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  allowPositionals: true,
  options: { count: { type: 'string', default: '240' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.count);
const paths = positionals.flatMap(ruleFilesIn);
const files = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const originals = readRuleFiles(files).rules.filter(({ kind, expr }) => kind === 'alert' && !readsRecording(expr));
/** Rules of one or more that are tried alone, so that none depends on another, each under a name of its own. */
const candidates = shuffled(
  originals.map((rule) => ({ rule, broken: brokenOf(rule) })).filter(({ broken }) => broken.length > 0),
  Number(values.seed),
);
const sound = await proved(candidates.map(({ rule }) => ({ ...rule.plain })).slice(0, count));
const pool = candidates.flatMap(({ broken, rule }, index) =>
  sound[index]?.verdict === 'proved' ? broken.map((one) => ({ ...one, rule, original: sound[index] })) : [],
);
const byWay = groupedByWay(pool);
const chosen = [];
for (let round = 0; chosen.length < count && round < pool.length; round += 1) {
  for (const of of byWay.values()) if (of[round] !== undefined && chosen.length < count) chosen.push(of[round]);
}
const verdicts = await proved(chosen.map(({ rule, expr }) => ({ ...rule.plain, expr })));

const told = new Map();
let missed = 0;
for (const [index, { way, expr, original }] of chosen.entries()) {
  const verdict = verdicts[index];
  const known = new Set(original.findings.map(({ code }) => code));
  const isTold = verdict.verdict !== 'proved' || verdict.findings.some(({ code }) => !known.has(code));
  const tally = told.get(way) ?? { told: 0, of: 0, verdicts: {} };
  tally.of += 1;
  if (isTold) tally.told += 1;
  tally.verdicts[verdict.verdict] = (tally.verdicts[verdict.verdict] ?? 0) + 1;
  told.set(way, tally);
  if (isTold) continue;
  missed += 1;
  process.stdout.write(`not told: ${way}: ${expr}\n`);
}
for (const [way, tally] of told) {
  const parts = Object.entries(tally.verdicts).map(([verdict, number]) => `${number} ${verdict}`);
  process.stdout.write(`${way}: ${tally.told} of ${tally.of} (${parts.join(', ')})\n`);
}
const rules = new Set(chosen.map(({ rule }) => rule)).size;
process.stdout.write(
  `${chosen.length - missed} of ${chosen.length} broken versions of ${rules} sound rules were told\n`,
);
for (const { verdict, alert, reason } of sound.filter(({ verdict }) => verdict.endsWith('fires')))
  process.stdout.write(`of the originals, to be looked at: ${alert}: ${verdict}: ${reason}\n`);
process.exitCode = missed > 0 ? 1 : 0;

function brokenOf({ expr }) {
  try {
    return brokenQueries(parseQuery(expr), SCRAPE_INTERVAL);
  } catch {
    return [];
  }
}

/** Names with a colon are those of recordings. */
function readsRecording(expr) {
  return /\b[a-z_]\w*:\w/.test(expr);
}

async function proved(rules) {
  const groups = rules.map((rule, index) => ({
    name: `group ${index}`,
    rules: [{ ...rule, alert: `${rule.alert} ${index}` }],
  }));
  const found = [];
  const input = { files: [{ path: 'rules.yml', text: JSON.stringify({ groups }) }], promtool: promtoolPath(), jobs: 1 };
  for await (const verdict of proveRules({ ...input, scrapeInterval: SCRAPE_INTERVAL })) found.push(verdict);
  return found;
}

function promtoolPath() {
  const folder = (process.env.PATH ?? '').split(':').find((one) => {
    return statSync(join(one, 'promtool'), { throwIfNoEntry: false })?.isFile();
  });
  if (folder === undefined) throw new Error('promtool is not on the PATH');
  return join(folder, 'promtool');
}

function ruleFilesIn(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

function groupedByWay(all) {
  const groups = new Map();
  for (const one of all) groups.set(one.way, [...(groups.get(one.way) ?? []), one]);
  return groups;
}
