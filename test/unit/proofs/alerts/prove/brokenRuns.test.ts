import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ProofInput } from '../../../../../src/proofs/alerts/prove/proofContext.js';
import { proveRules } from '../../../../../src/proofs/alerts/prove/proveRules.js';
import type { RuleVerdict } from '../../../../../src/proofs/alerts/verdict.js';
import { describeWithPromTools } from '../../../../support/promTools.js';

const HOT = 'groups:\n- name: oven\n  rules:\n  - {alert: Hot, expr: \'temperature{room="kitchen"} > 80\', for: 3m}\n';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broken-runs-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** The real promtool, except that it breaks down for a test of which a shell condition on `$test` holds. */
async function breaksDownWhere(condition: string): Promise<string> {
  const path = join(folder, 'promtool');
  const lines = [
    '#!/bin/sh',
    'for test; do',
    `  if [ -f "$test" ] && ${condition}; then echo 'fatal error: out of memory' >&2; exit 2; fi`,
    'done',
    `exec '${process.env.PROMTOOL}' "$@"`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o755);
  return path;
}

async function prove(promtool: string, text: string, more: Partial<ProofInput> = {}): Promise<RuleVerdict[]> {
  const path = join(folder, 'oven.yml');
  await writeFile(path, text);
  const verdicts: RuleVerdict[] = [];
  const input = { files: [{ path, text }], promtool, jobs: 1, scrapeInterval: 30, ...more };
  for await (const verdict of proveRules(input)) verdicts.push(verdict);
  return verdicts;
}

describeWithPromTools('a run in which promtool breaks down', () => {
  it('is no failed test where it was the written one', async () => {
    const testsDir = join(folder, 'tests');
    const promtool = await breaksDownWhere('case "$test" in *Hot.test.yaml) true;; *) false;; esac');
    expect(await prove(promtool, HOT, { testsDir })).toMatchObject([
      {
        verdict: 'not_provable',
        reason: 'promtool did not finish the written test: fatal error: out of memory',
        tests: [],
      },
    ]);
    expect(await readdir(testsDir)).toEqual([]);
  });

  it('is no failed test where it was the complete one', async () => {
    const promtool = await breaksDownWhere(`grep -q '"Hot fires' "$test"`);
    const [hot] = await prove(promtool, HOT);
    expect(hot).toMatchObject({
      verdict: 'not_provable',
      reason: 'promtool did not finish the tests: fatal error: out of memory',
    });
  });

  it('makes no wrong version of the rule a survivor', async () => {
    const promtool = await breaksDownWhere('grep -q mutant-0 "$test"');
    const [hot] = await prove(promtool, HOT);
    expect(hot).toMatchObject({
      verdict: 'not_provable',
      reason: expect.stringMatching(
        /^promtool did not tell whether the tests notice a rule with .*: fatal error: out of memory$/,
      ),
      mutants: [],
    });
    expect(hot?.findings.filter(({ code }) => code === 'mutant-survives')).toEqual([]);
  });

  it('does not hide the rules that were tried in the same run', async () => {
    const both = `${HOT}  - {alert: Cold, expr: temperature < 5}\n`;
    const verdicts = await prove(await breaksDownWhere(`grep -q '"Hot fires' "$test"`), both);
    expect(verdicts.map(({ alert, verdict }) => [alert, verdict])).toEqual([
      ['Hot', 'not_provable'],
      ['Cold', 'proved'],
    ]);
  });
});

describeWithPromTools('a sound rule in a file that promtool refuses as a whole', () => {
  const whole = (bad: string) => `${HOT}  - ${bad}\n`;
  const promtool = () => process.env.PROMTOOL as string;

  it('is proved without the bad one, and says that the file is not loaded until that is mended', async () => {
    const testsDir = join(folder, 'tests');
    const [hot, bad] = await prove(promtool(), whole('{alert: Bad, expr: m >}'), { testsDir });
    expect(hot).toMatchObject({
      verdict: 'proved',
      reason: expect.stringContaining(`; Prometheus does not load ${folder}/oven.yml until Bad (line 5) is mended`),
      tests: [join(testsDir, 'oven.Hot.test.yaml')],
    });
    expect(bad?.verdict).toBe('invalid');
  });

  it('is proved without one that only can’t be evaluated, and says so', async () => {
    const testsDir = join(folder, 'tests');
    const [hot, range] = await prove(promtool(), whole('{alert: Range, expr: "m[5m]"}'), { testsDir });
    expect(hot).toMatchObject({
      verdict: 'proved',
      reason: expect.stringContaining(`; promtool can't test ${folder}/oven.yml until Range (line 5) is mended`),
    });
    expect(range?.verdict).toBe('invalid');
  });

  it('says the same of the file of a recording that it reads', async () => {
    const records = 'groups:\n- name: r\n  rules:\n  - {record: r, expr: sum(m)}\n  - {record: bad, expr: sum(}\n';
    const text = 'groups:\n- name: g\n  rules:\n  - {alert: A, expr: r > 5}\n';
    const [alert] = await prove(promtool(), text, {
      files: [
        { path: 'alerts.yml', text },
        { path: 'records.yml', text: records },
      ],
    });
    expect(alert).toMatchObject({
      verdict: 'proved',
      reason: expect.stringContaining('; Prometheus does not load records.yml until bad (line 5) is mended'),
    });
  });

  it('says nothing of the kind in a file without fault', async () => {
    const [hot] = await prove(promtool(), HOT);
    expect(hot?.verdict).toBe('proved');
    expect(hot?.reason).not.toContain('mended');
  });
});

describeWithPromTools('a written test', () => {
  it('names alert and rule file, but no line, and says what must not be matched', async () => {
    const testsDir = join(folder, 'tests');
    await prove(process.env.PROMTOOL as string, HOT, { testsDir });
    const text = await readFile(join(testsDir, 'oven.Hot.test.yaml'), 'utf8');
    expect(text).toMatch(
      /^# Tests of the alert Hot \(\.\.\/oven\.yml\)\. Run: promtool test rules oven\.Hot\.test\.yaml\n/,
    );
    const decoys = [...text.matchAll(/# must not be matched\n +- series: (.*)/g)].map((match) => match[1]);
    expect(decoys.length).toBeGreaterThan(0);
    for (const decoy of decoys) expect(decoy).not.toContain('room="kitchen"');
  });
});
