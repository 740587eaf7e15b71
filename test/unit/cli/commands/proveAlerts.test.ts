import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../../src/cli/run.js';
import { describeWithPromTools } from '../../../support/promTools.js';
import { testStreams } from '../testStreams.js';

const GOOD = `groups:
- name: good
  rules:
  - alert: ApiDown
    expr: up{job="api"} == 0
    for: 5m
    labels: { severity: page }
  # temporal-mlops: accept blind-when-absent -- that it is there is watched elsewhere
  - alert: Hot
    expr: temperature_celsius > 30
    for: 2m
`;
const NEVER = `groups:
- name: never
  rules:
  - alert: Impossible
    expr: up{job="api"} > 5
`;

describe('prove alerts', () => {
  let folder: string;
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const prove = async (args: string[], input?: string) => {
    const streams = testStreams({ env: { LANG: 'C.UTF-8' }, ...(input === undefined ? {} : { input }) });
    const code = await runCommandLine(['prove', 'alerts', ...args], streams);
    return { code, stdout: streams.stdout(), stderr: streams.stderr() };
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-prove-'));
    file('good.yml', GOOD);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe('refuses what it cannot use with 2, before any work', () => {
    it.each<[what: string, args: (folder: string) => string[], message: string, where: (folder: string) => string]>([
      ['no processes', () => ['--jobs', '0'], '"0" is no number of processes.', () => '--jobs'],
      [
        'a duration',
        () => ['--scrape-interval', '5 minutes'],
        '"5 minutes" is no duration.',
        () => '--scrape-interval',
      ],
      ['a zero duration', () => ['--evaluation-interval', '0s'], '"0s" is no', () => '--evaluation-interval'],
      ['two answers', () => ['--sarif', '--junit'], '--json, --sarif and --junit', () => 'prove alerts'],
      ['an explanation for machines', () => ['--sarif', '--explain', 'Hot'], '--explain is for', () => '--explain'],
      ['no such Alertmanager file', (at) => ['--alertmanager', join(at, 'x')], 'cannot be read', (at) => join(at, 'x')],
      ['an Alertmanager file without receivers', (at) => ['--alertmanager', join(at, 'am.yml')], 'none', (at) => at],
      ['a Prometheus file of rules', (at) => ['--prometheus', join(at, 'list.yml')], 'no mapping', (at) => at],
      ['metrics that are none', (at) => ['--metrics', join(at, 'am.yml')], 'not a sample', (at) => `${at}/am.yml:1`],
      ['a Prometheus that is not there', () => ['--metrics', 'http://127.0.0.1:1'], 'answers', () => '127.0.0.1:1'],
      ['an address that is none', () => ['--metrics', 'http://a:b@'], 'no URL', () => '--metrics'],
      ['a baseline that is YAML', (at) => ['--baseline', join(at, 'am.yml')], 'is not JSON', (at) => at],
      ['a baseline of something else', (at) => ['--baseline', join(at, 'o.json')], 'prove alerts --json', (at) => at],
      ['a page in no folder', (at) => ['--html', join(at, 'no/a.html')], 'cannot be written', (at) => at],
      ['tests in a file', (at) => ['--write-tests', join(at, 'good.yml')], 'cannot be written', (at) => at],
    ])('%s', async (_what, args, message, where) => {
      file('am.yml', 'route: { receiver: none }\n');
      file('list.yml', '- a\n');
      file('o.json', '{"a": 1}');
      const { code, stdout, stderr } = await prove([join(folder, 'good.yml'), ...args(folder)]);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      const [what, ...rest] = stderr.split('\n');
      expect(what).toMatch(/^error MLOPS-INPUT-00[12]: /);
      expect(what).toContain(message);
      expect(rest.find((line) => line.startsWith('  where: '))).toContain(where(folder));
      expect(rest.find((line) => line.startsWith('  mend:  '))).toMatch(/\w/);
      expect(stderr).not.toMatch(/^ {4}at /m);
      expect(stderr).not.toContain('a:b@');
    });
  });

  describeWithPromTools('with the real promtool', () => {
    it('proves rules of a folder, leaving other configuration in it alone, and exits with 0', async () => {
      file('alertmanager.yml', 'route: { receiver: none }\n');
      const { code, stdout, stderr } = await prove([folder]);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^✓ proved {7}ApiDown .*good\.yml:4 /m);
      expect(stdout).toMatch(/^✓ proved {7}Hot .*good\.yml:9 /m);
      expect(stdout).toContain('2 rules: 2 proved\nwith findings (!): 1 rule\n');
      expect(code).toBe(0);
    });

    it('exits with 1 for a fault, and with 0 when the baseline has it', async () => {
      const never = file('never.yml', NEVER);
      const first = await prove([never, '--json']);
      expect(first.code).toBe(1);
      const answer = JSON.parse(first.stdout) as { summary: object; tools: object; rules: object[] };
      expect(answer.summary).toMatchObject({ rules: 1, never_fires: 1, unusable: 0 });
      expect(answer.tools).toMatchObject({ promtool: expect.stringMatching(/^\d+\.\d+/) });
      expect(answer.rules).toMatchObject([
        { file: never, line: 4, alert: 'Impossible', verdict: 'never_fires', tests: [] },
      ]);
      const again = await prove([never, '--baseline', file('b.json', first.stdout)]);
      expect(again.code).toBe(0);
      expect(again.stdout).toContain('at fault as in the baseline, let pass: 1 rule');
    });

    it('counts findings with --strict, except what the rule accepts and what the baseline has', async () => {
      const good = join(folder, 'good.yml');
      const earlier = await prove([good, '--json']);
      expect((await prove([good, '--strict'])).stdout).toContain('at fault: 1 rule\n');
      expect((await prove([good, '--strict', '--baseline', file('b.json', earlier.stdout)])).code).toBe(0);
    });

    it('proves the good files beside unusable ones, names each of those, and exits with 2', async () => {
      mkdirSync(join(folder, 'empty'));
      const bad: [string, string][] = [
        [join(folder, 'none.yml'), 'there is no such file'],
        [join(folder, 'empty'), 'the folder holds no .yml or .yaml file'],
        [file('broken.yml', 'groups:\n- name: g\n  rules: [\n'), 'broken YAML at line'],
        [file('large.yml', 'a'.repeat(12_000_000)), 'larger than 10 MiB'],
        [file('binary.yml', new Uint8Array([0x67, 0xff, 0xfe, 0])), 'not UTF-8'],
        [file('nothing.yml', ''), 'no list `groups`'],
        [file('helm.yml', '{{- if .Values.on }}\ngroups: []\n{{- end }}\n'), 'Helm template'],
      ];
      const { code, stdout, stderr } = await prove([...bad.map(([path]) => path), join(folder, 'good.yml')]);
      expect(code).toBe(2);
      expect(stdout).toContain('2 rules: 2 proved');
      for (const [path, reason] of bad) {
        const at = stderr.split('\n').indexOf(`  where: ${path}`);
        expect(at, path).toBeGreaterThan(0);
        expect(stderr.split('\n')[at - 1]).toContain(reason);
      }
    });

    it('tells of unusable files also beside SARIF and JUnit, and within JSON', async () => {
      const broken = file('broken.yml', 'groups: [');
      for (const format of ['--sarif', '--junit']) {
        const { code, stderr } = await prove([broken, format]);
        expect(code).toBe(2);
        expect(stderr).toContain(`  where: ${broken}`);
      }
      const { stdout, stderr } = await prove([broken, '--json']);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ unusable: [{ file: broken, reason: expect.any(String) }] });
    });

    it('keeps siblings of one name, and rules beside an invalid one, apart', async () => {
      const siblings = GOOD.replaceAll('Hot', 'ApiDown').concat('  - alert: Broken\n    expr: sum(\n');
      const { code, stdout } = await prove([file('s.yml', siblings), '--json']);
      expect(code).toBe(1);
      expect((JSON.parse(stdout) as { rules: object[] }).rules).toMatchObject([
        { alert: 'ApiDown', line: 4, verdict: 'proved' },
        { alert: 'ApiDown', line: 9, verdict: 'proved' },
        { alert: 'Broken', line: 12, verdict: 'invalid' },
      ]);
    });

    it('explains one alert within 100 columns, with plots, and is judged by that one alone', async () => {
      file('never.yml', NEVER);
      const { code, stdout } = await prove([folder, '--explain', 'Hot']);
      expect(code).toBe(0);
      expect(stdout).toContain('  • temperature_celsius{instance="host-1:8080", job="example"} is 30.');
      expect(stdout).toContain('Hot fires: temperature_celsius > 30');
      expect(stdout).toContain('░ pending  █ firing');
      expect(stdout).not.toContain('Impossible');
      for (const line of stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
    });

    it('lists the alerts that there are when the one to explain is not among them', async () => {
      const { code, stderr } = await prove([join(folder, 'good.yml'), '--explain', 'Nope']);
      expect(code).toBe(2);
      expect(stderr).toContain('There is no alert Nope in the files.');
      expect(stderr).toContain('They have ApiDown, Hot.');
    });

    it('writes tests that promtool passes where they stand, and fails once the rule is broken', async () => {
      const good = join(folder, 'good.yml');
      const tests = join(folder, 'tests');
      expect((await prove([good, '--write-tests', tests])).code).toBe(0);
      const written = readdirSync(tests).map((name) => join(tests, name));
      expect(written).toHaveLength(2);
      const run = () => promisify(execFile)(process.env.PROMTOOL as string, ['test', 'rules', ...written]);
      await expect(run()).resolves.toMatchObject({ stderr: '' });
      writeFileSync(good, GOOD.replace('> 30', '< 30'));
      await expect(run()).rejects.toMatchObject({ code: 1 });
    });

    it('writes a page with plots beside any answer, and reads rules from standard input', async () => {
      const page = join(folder, 'page.html');
      const { code, stdout } = await prove(['-', '--junit', '--html', page], GOOD);
      expect(code).toBe(0);
      expect(stdout).toContain('<testsuites tests="2" failures="0" errors="0">');
      expect(readFileSync(page, 'utf8').match(/<title id="plot-/g)).toHaveLength(6);
    });

    it('says which metrics contradict what a rule needs', async () => {
      const rules = file(
        'join.yml',
        'groups:\n- name: j\n  rules:\n  - alert: J\n    expr: a > 0 and on (event) b == 0\n',
      );
      const metrics = file('metrics.txt', 'a{event="signup"} 1\nb 0\n');
      const { code, stdout } = await prove([rules, '--metrics', metrics, '--strict']);
      expect(stdout).toContain('contradicted: ');
      expect(code).toBe(1);
    });
  });
});
