import { describe, expect, it } from 'vitest';
import { Promtool, testResults } from '../../../../../src/proofs/alerts/prove/runPromtool.js';

const tool = process.env.PROMTOOL as string;

function test(folder: string, expected: string) {
  const rules = '{"groups":[{"name":"g","rules":[{"record":"one","expr":"vector(1)"}]}]}';
  const text = JSON.stringify({
    rule_files: ['rules.yml'],
    tests: [
      {
        promql_expr_test: [{ expr: 'one', eval_time: '1m', exp_samples: [{ labels: 'one', value: Number(expected) }] }],
      },
    ],
  });
  return { files: { [`${folder}/rules.yml`]: rules, [`${folder}/test.yml`]: text }, test: `${folder}/test.yml` };
}

describe('Promtool', () => {
  it('gives each of many test files its own result, in order', async () => {
    const promtool = new Promtool({ tool, jobs: 2 });
    const jobs = Array.from({ length: 45 }, (_, index) => test(`t${index}`, index % 3 === 0 ? '1' : '2'));
    const runs = await promtool.test(jobs);
    expect(runs.map(({ passed }) => passed)).toEqual(jobs.map((_, index) => index % 3 === 0));
    expect(runs[1]?.output).toContain('got: {__name__="one"} 1E+00');
    expect(promtool.seconds).toBeGreaterThan(0);
  });

  it('says of each rule file what promtool objects to', async () => {
    const said = await new Promtool({ tool, jobs: 1 }).check([
      { path: 'good.yml', text: 'groups: []' },
      { path: 'bad.yml', text: 'groups: [{name: g, rules: [{alert: A, expr: "up >"}]}]' },
      { path: 'worse.yml', text: 'groups: [{name: g, colour: red}]' },
    ]);
    expect(said[0]).toBeUndefined();
    expect(said[1]).toContain('could not parse expression');
    expect(said[2]).toContain('field colour not found');
  });

  it('reads the version', async () => {
    expect(await new Promtool({ tool, jobs: 1 }).version()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('isolates a test that takes too long, and calls it broken', async () => {
    const slow = test('slow', '1');
    const text = (slow.files['slow/test.yml'] as string)
      .replace('"1m"', '"400d"')
      .replace('"rule_files"', '"evaluation_interval":"1s","rule_files"');
    const endless = { files: { ...slow.files, 'slow/test.yml': text }, test: 'slow/test.yml' };
    const runs = await new Promtool({ tool, jobs: 1, secondsPerTest: 0 }).test([test('quick', '1'), endless]);
    expect(runs).toMatchObject([{ passed: true }, { passed: false, broken: true }]);
  });
});

describe('testResults', () => {
  const run = (stdout: string, stderr: string) => ({ exitCode: 1, stdout, stderr });

  it('puts the words on failed files, which stand on another stream, to the files that did not pass', () => {
    const stdout = 'Unit Testing:  a\n  SUCCESS\n\nUnit Testing:  b\n\nUnit Testing:  c\n  SUCCESS\n';
    expect(testResults(run(stdout, '  FAILED:\n    name: x\n'), ['a', 'b', 'c'])).toEqual([
      { passed: true, output: '' },
      { passed: false, output: '    name: x' },
      { passed: true, output: '' },
    ]);
  });

  it('knows nothing when the two streams do not fit together', () => {
    expect(testResults(run('Unit Testing:  a\n', 'panic: oh\n'), ['a'])).toBeUndefined();
    expect(testResults(run('Unit Testing:  a\n', ''), ['a'])).toBeUndefined();
  });
});
