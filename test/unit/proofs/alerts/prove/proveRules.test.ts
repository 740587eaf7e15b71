import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProofInput } from '../../../../../src/proofs/alerts/prove/proofContext.js';
import { proveRules } from '../../../../../src/proofs/alerts/prove/proveRules.js';
import type { RuleVerdict } from '../../../../../src/proofs/alerts/verdict.js';
import type { Solution, World, WorldSeries } from '../../../../../src/proofs/alerts/world.js';

const run = promisify(execFile);
const promtool = process.env.PROMTOOL as string;

const WARM: WorldSeries = {
  labels: { __name__: 'temperature', instance: 'a:1', job: 'oven', room: 'kitchen' },
  kind: 'gauge',
  role: 'carrier',
  healthy: { kind: 'level', value: 80 },
  firing: { kind: 'level', value: 81 },
};

function world(changes: Partial<World> = {}): World {
  return {
    series: [WARM],
    warmUp: 120,
    settle: 60,
    recover: 60,
    holds: undefined,
    startsAt: 0,
    assumptions: [],
    ...changes,
  };
}

function solved(one: World): () => Solution {
  return () => ({ kind: 'solved', world: one, others: [] });
}

const HOT = `groups:
- name: oven
  rules:
  - alert: Hot
    expr: temperature{room="kitchen"} > 80
    for: 3m
    labels: {severity: page}
    annotations: {summary: "{{ $value }} in {{ $labels.room }} of {{ $labels.house }}"}
`;

async function prove(text: string, more: Partial<ProofInput> = {}): Promise<RuleVerdict[]> {
  const verdicts: RuleVerdict[] = [];
  const input = { files: [{ path: 'rules.yml', text }], promtool, jobs: 1, solve: solved(world()), ...more };
  for await (const verdict of proveRules(input)) verdicts.push(verdict);
  return verdicts;
}

describe('proveRules', () => {
  it('proves a rule on the series of its world, and says what promtool showed', async () => {
    const [verdict] = await prove(HOT);
    expect(verdict).toMatchObject({
      file: 'rules.yml',
      line: 4,
      alert: 'Hot',
      verdict: 'proved',
      onMissing: 'resolves',
    });
    expect(verdict?.shown.map(({ name }) => name)).toEqual([
      'fires',
      'waits',
      'silent',
      'recovers',
      'birth',
      'death',
      'off-grid',
    ]);
    expect(verdict?.labels).toEqual({
      alertname: 'Hot',
      instance: 'a:1',
      job: 'oven',
      room: 'kitchen',
      severity: 'page',
    });
    // One evaluation after the warm-up of 2m the series is scraped bad, so pending begins there.
    expect(verdict?.inputs).toMatchObject({ onset: 180, firesAt: 360 });
    expect(verdict?.findings).toEqual([
      { code: 'blind-when-absent', message: expect.stringContaining('resolves') },
      { code: 'annotation-label-missing', message: expect.stringContaining('label house') },
    ]);
  });

  it('notices every mutant of a rule whose world lies close to the threshold', async () => {
    const [verdict] = await prove(HOT);
    expect(verdict?.mutants.map(({ kind, killed }) => [kind, killed])).toEqual([
      ['reversed', true],
      ['moved-up', true],
      ['moved-down', true],
      ['matcher-changed', true],
      ['matcher-changed', true],
      ['for-doubled', true],
      ['for-removed', true],
    ]);
  });

  it('does not call a rule proved that promtool sees silent', async () => {
    const tooCool = world({ series: [{ ...WARM, firing: { kind: 'level', value: 80 } }] });
    const [verdict] = await prove(HOT, { solve: solved(tooCool) });
    expect(verdict).toMatchObject({ verdict: 'not_provable', reason: expect.stringContaining('does not see it fire') });
  });

  it('does not call a rule proved that is active on values that were meant to be healthy', async () => {
    const tooHot = world({ series: [{ ...WARM, healthy: { kind: 'level', value: 90 } }] });
    const [verdict] = await prove(HOT, { solve: solved(tooHot) });
    expect(verdict).toMatchObject({ verdict: 'not_provable', reason: expect.stringContaining('meant to be healthy') });
  });

  it('names the alert of the same name and labels that its tests see instead', async () => {
    const [hot] = await prove(`groups:
- name: oven
  rules:
  - {alert: Hot, expr: temperature > 80, for: 3m, labels: {severity: page}}
  - {alert: Hot, expr: temperature > 79, for: 3m, labels: {severity: page, team: ovens}}
  - {alert: Hot, expr: temperature > 200, for: 3m, labels: {severity: warn}}
`);
    expect(hot).toMatchObject({ verdict: 'not_provable', line: 4 });
    expect(hot?.reason).toMatch(/active on values that were meant to be healthy; .* same name and labels in line 5$/);
  });

  it('says that the tested values lie far from the threshold, a tenth or a unit at least', async () => {
    const codesFor = async (firing: number, healthy: number) => {
      const threshold = { expression: 'temperature', operator: '>', value: 80, firing, healthy };
      const far = {
        ...WARM,
        healthy: { kind: 'level', value: healthy },
        firing: { kind: 'level', value: firing },
      } as const;
      const [hot] = await prove(HOT, { solve: solved(world({ threshold, series: [far] })) });
      return [
        hot?.verdict,
        hot?.findings.filter(({ code }) => code === 'far-from-threshold').map(({ message }) => message),
      ];
    };
    expect(await codesFor(81, 80)).toEqual(['proved', []]);
    expect(await codesFor(100, 0)).toEqual([
      'proved',
      [
        expect.stringMatching(
          /^the tests also pass with other thresholds than > 80: it fires at 100 and is silent at /,
        ),
      ],
    ]);
  });

  it('passes on what the solver found without promtool, and a failed search as not provable', async () => {
    const never: Solution = { kind: 'never_fires', reason: 'a ratio is never above 5', assumptions: [] };
    expect(await prove(HOT, { solve: () => never })).toMatchObject([{ verdict: 'never_fires', reason: never.reason }]);
    const fails = () => {
      throw new Error('boom');
    };
    expect(await prove(HOT, { solve: fails })).toMatchObject([
      { verdict: 'not_provable', reason: expect.stringContaining('boom') },
    ]);
  });

  it('calls a rule invalid in the words of promtool, without hiding the others', async () => {
    const verdicts = await prove(
      `${HOT}  - {alert: Bad, expr: 'rrate(x[5m]) > 1'}\n  - {alert: Worse, expr: up, for: soon}\n`,
    );
    expect(verdicts.map(({ alert, verdict, reason }) => [alert, verdict, verdict === 'proved' ? '' : reason])).toEqual([
      ['Hot', 'proved', ''],
      ['Bad', 'invalid', 'could not parse expression: 1:1: parse error: unknown function with name "rrate"'],
      ['Worse', 'invalid', 'not a valid duration string: "soon"'],
    ]);
  });

  it('calls what the installed promtool is too old for not provable, and a group that stands twice invalid', async () => {
    const fresh = await prove("groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'mad_over_time(x[5m]) > 1'}\n");
    expect(fresh).toMatchObject([
      { verdict: 'not_provable', reason: expect.stringMatching(/^needs promtool ≥ 2\.49/) },
    ]);
    const twice = await prove(`${HOT}- name: oven\n  rules: []\n`);
    expect(twice).toMatchObject([
      { verdict: 'invalid', reason: expect.stringContaining('is repeated in the same file') },
    ]);
  });

  it('tells a counter that only a reset clears', async () => {
    const total: WorldSeries = {
      ...WARM,
      labels: { __name__: 'errors_total', job: 'x' },
      kind: 'counter',
      healthy: { kind: 'level', value: 5 },
      firing: { kind: 'level', value: 6 },
    };
    const [verdict] = await prove("groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'errors_total > 5'}\n", {
      solve: solved(world({ series: [total], recover: undefined })),
    });
    expect(verdict?.verdict).toBe('proved');
    expect(verdict?.findings.map(({ code }) => code)).toContain('resolves-only-on-reset');
    expect(verdict?.shown.map(({ name }) => name)).not.toContain('recovers');
  });

  it('finds that the first event of a new series goes unnoticed', async () => {
    const growing: WorldSeries = {
      labels: { __name__: 'errors_total', job: 'x' },
      kind: 'counter',
      role: 'carrier',
      healthy: { kind: 'slope', perSecond: 0 },
      firing: { kind: 'slope', perSecond: 1 / 30 },
    };
    const [verdict] = await prove(
      "groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'increase(errors_total[5m]) > 0'}\n",
      {
        solve: solved(world({ series: [growing], warmUp: 600, recover: 360 })),
        scrapeInterval: 30,
      },
    );
    expect(verdict?.verdict).toBe('proved');
    expect(verdict?.findings.map(({ code }) => code)).toContain('misses-first-event');
  });

  it('says never for a rate over one scrape interval, although the aligned test fires', async () => {
    const growing: WorldSeries = {
      labels: { __name__: 'errors_total', job: 'x' },
      kind: 'counter',
      role: 'carrier',
      healthy: { kind: 'slope', perSecond: 0 },
      firing: { kind: 'slope', perSecond: 1 },
    };
    const text = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'rate(errors_total[1m]) > 0.5'}\n";
    const solve = solved(world({ series: [growing], warmUp: 300, recover: 120 }));
    expect(await prove(text, { solve, scrapeInterval: 60 })).toMatchObject([
      { verdict: 'never_fires', reason: expect.stringContaining('never holds two samples at a scrape interval of 1m') },
    ]);
    const [sometimes] = await prove(text, { solve, scrapeInterval: 45 });
    expect(sometimes?.findings.map(({ code }) => code)).toContain('intermittent');
    expect(await prove(text.replace('[1m]', '[30s]'), { solve })).toMatchObject([
      { verdict: 'not_provable', reason: expect.stringContaining('scrape interval unknown') },
    ]);
  });

  it('takes another rule on absence, or on up, for the eyes of a blind one', async () => {
    const both = `${HOT}  - {alert: Gone, expr: 'absent(temperature{room="kitchen"})'}\n`;
    const [verdict] = await prove(both);
    expect(verdict?.findings.map(({ code }) => code)).not.toContain('blind-when-absent');
  });

  it('keeps accepted findings apart', async () => {
    const [verdict] = await prove(
      HOT.replace('  - alert', '  # temporal-mlops: accept blind-when-absent -- seen elsewhere\n  - alert'),
    );
    expect(verdict?.findings.map(({ code }) => code)).toEqual(['annotation-label-missing']);
    expect(verdict?.accepted).toEqual([{ code: 'blind-when-absent', reason: 'seen elsewhere' }]);
  });

  it('reports files that hold no rules, and gives no verdict for them', async () => {
    const unusable: unknown[] = [];
    expect(await prove('a: [', { onUnusable: (file) => unusable.push(file) })).toEqual([]);
    expect(unusable).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(prove(HOT, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('written tests', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prove-rules-'));
    await mkdir(join(folder, 'rules'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function written(text: string, solve = solved(world())) {
    const path = join(folder, 'rules', 'oven.yml');
    await writeFile(path, text);
    const testsDir = join(folder, 'tests');
    const verdicts = await prove('', { files: [{ path, text }], testsDir, solve });
    return { verdicts, testsDir, names: await readdir(testsDir).catch(() => [] as string[]) };
  }

  it('name the rule file by its relative path and pass where they lie, with promtool alone', async () => {
    const { verdicts, testsDir, names } = await written(HOT);
    expect(verdicts).toMatchObject([{ verdict: 'proved', tests: [join(testsDir, 'oven.Hot.test.yaml')] }]);
    expect(names).toEqual(['oven.Hot.test.yaml']);
    const text = await readFile(join(testsDir, 'oven.Hot.test.yaml'), 'utf8');
    expect(text).toContain('- ../rules/oven.yml');
    expect(text).not.toContain(folder);
    const { stdout } = await run(promtool, ['test', 'rules', join(testsDir, 'oven.Hot.test.yaml')]);
    expect(stdout).toContain('SUCCESS');
  });

  it('fail when the rule file is changed afterwards', async () => {
    const { testsDir } = await written(HOT);
    for (const [from, to] of [
      ['> 80', '>= 80'],
      ['> 80', '> 80.9'],
      ['> 80', '> 81'],
      ['for: 3m', 'for: 4m'],
      ['for: 3m', 'for: 2m'],
      ['room="kitchen"', 'room!="kitchen"'],
      ['{room="kitchen"}', ''],
    ] as const) {
      await writeFile(join(folder, 'rules', 'oven.yml'), HOT.replace(from, to));
      const test = run(promtool, ['test', 'rules', join(testsDir, 'oven.Hot.test.yaml')]);
      if (to === '> 80.9') await expect(test).resolves.toBeDefined();
      else await expect(test, `${from} → ${to}`).rejects.toThrow();
    }
  });

  it('list alerts of the same name, and tell the rule from them by its labels', async () => {
    const warm = `  - alert: Hot
    expr: temperature{room="kitchen"} > 60
    labels: {severity: warn}
`;
    const { verdicts, names } = await written(HOT + warm);
    expect(verdicts.map(({ verdict, line }) => [verdict, line])).toEqual([
      ['proved', 4],
      // Healthy at 80 is meant for the first one.
      ['not_provable', 9],
    ]);
    expect(names).toEqual(['oven.Hot.test.yaml']);
  });

  it('are not written for rules that promtool can not read where they stand', async () => {
    const inner = HOT.split('\n')
      .map((line) => `  ${line}`)
      .join('\n');
    const { verdicts, names } = await written(`kind: PrometheusRule\nspec:\n${inner}`);
    expect(verdicts).toMatchObject([{ verdict: 'proved', tests: [], line: 6 }]);
    expect(names).toEqual([]);
  });

  it('read recording rules of the chain, group by group in the order of their dependence', async () => {
    const chain = `groups:
- name: alerts
  rules:
  - {alert: Hot, expr: 'room:temperature:max > 80', for: 3m}
- name: records
  rules:
  - {record: 'room:temperature:max', expr: 'max by (room) (temperature)'}
`;
    const { verdicts, testsDir } = await written(chain);
    expect(verdicts).toMatchObject([{ verdict: 'proved' }]);
    const text = await readFile(join(testsDir, 'oven.Hot.test.yaml'), 'utf8');
    expect(text).toMatch(/group_eval_order:\n\s+- records\n\s+- alerts/);
  });
});
