import { expect, it } from 'vitest';
import { runTool } from '../../../../../src/monitoring/tool.js';
import type { Expr } from '../../../../../src/promql/ast.js';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { checkReadRules } from '../../../../../src/proofs/alerts/prove/checkRules.js';
import { readRuleFiles, type WrittenRule } from '../../../../../src/proofs/alerts/prove/readRuleFiles.js';
import { Promtool } from '../../../../../src/proofs/alerts/prove/runPromtool.js';
import { describeWithPromTools } from '../../../../support/promTools.js';

function queryOf({ expr }: WrittenRule): Expr | undefined {
  try {
    return parseQuery(expr);
  } catch {
    return undefined;
  }
}

async function checked(text: string) {
  const files = [{ path: 'r.yml', text }];
  const { rules } = readRuleFiles(files);
  const promtool = new Promtool({ tool: process.env.PROMTOOL as string, jobs: 1 });
  const { faults, refused } = await checkReadRules(rules, files, promtool, queryOf);
  const said = rules.map((rule): [string, string] => {
    const fault = faults.get(rule);
    return [rule.name, fault === undefined ? 'sound' : `${fault.verdict}: ${fault.reason}`];
  });
  return { said: Object.fromEntries(said), refused: refused.get('r.yml') };
}

function group(...rules: string[]): string {
  return `groups:\n- name: g\n  rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
}

const GOOD = '{alert: Good, expr: m > 1}';

describeWithPromTools('checkReadRules', () => {
  it('finds nothing in sound rules', async () => {
    expect(await checked(group(GOOD, '{record: r, expr: sum(m)}'))).toEqual({
      said: { Good: 'sound', r: 'sound' },
      refused: undefined,
    });
  });

  it('says in promtool’s words what is wrong with a rule, and that its file is not loaded for it', async () => {
    expect(await checked(group(GOOD, '{alert: Bad, expr: m >}', '{alert: Odd, expr: m, colour: red}'))).toEqual({
      said: {
        Good: 'sound',
        Bad: 'invalid: could not parse expression: 1:4: parse error: unexpected end of input',
        Odd: expect.stringMatching(/^invalid: .*field colour not found in type rulefmt/),
      },
      refused: 'Prometheus does not load r.yml until Bad (line 5) and 1 more are mended',
    });
  });

  it('calls what this promtool is too old for not provable, and tests the file without it', async () => {
    const { said, refused } = await checked(group(GOOD, '{alert: New, expr: "mad_over_time(m[5m]) > 1"}'));
    expect(said.New).toMatch(/^not_provable: needs promtool ≥ /);
    expect(said.Good).toBe('sound');
    expect(refused).toBe("promtool can't read r.yml with New (line 5), so it was tested without");
  });

  it('blames all rules for a fault that lies in none of them', async () => {
    const twice = `${group(GOOD)}- name: g\n  rules: [{alert: Other, expr: m}]\n`;
    const fault = expect.stringMatching(/^invalid: promtool refuses the file: .*is repeated in the same file/);
    expect(await checked(twice)).toEqual({ said: { Good: fault, Other: fault }, refused: undefined });
  });

  it('finds such a fault also in what is left of a file without its bad rules', async () => {
    const { said } = await checked(
      `${group(GOOD, '{alert: Bad, expr: m >}')}- name: g\n  rules: [{record: r, expr: m}]\n`,
    );
    expect(said.Good).toMatch(/is repeated in the same file/);
    expect(said.Bad).toMatch(/could not parse/);
  });

  it('calls text of a Helm template not provable, whatever promtool thinks of it', async () => {
    const { said } = await checked(group('{alert: A, expr: "m > {{ .Values.most }}"}'));
    expect(said.A).toBe(
      'not_provable: its file is a Helm template ({{ .Values.most }}); render it with `helm template` first',
    );
  });
});

describeWithPromTools('a query whose result no rule may have', () => {
  const STRING = 'invalid: rule result is not a vector or scalar: the query gives a string';
  const RANGE = 'invalid: rule result is not a vector or scalar: the query gives a range vector';

  it.each([
    ['"x"', STRING],
    ['("x")', STRING],
    ['m[5m]', RANGE],
    ['(m[5m] offset 1h)', RANGE],
    ['(m > 1)[5m:1m]', RANGE],
    ['5', 'sound'],
    ['time()', 'sound'],
    ['m > bool 1', 'sound'],
    ['max_over_time(m[5m])', 'sound'],
    ['max_over_time((m > 1)[5m:1m])', 'sound'],
  ])('is told from the query %s as promtool tells it at evaluation', async (expr, expected) => {
    const text = group(`{alert: A, expr: ${JSON.stringify(expr)}}`);
    const { said, refused } = await checked(text);
    expect(said.A).toBe(expected);
    expect(refused).toBe(expected === 'sound' ? undefined : "promtool can't test r.yml until A (line 4) is mended");

    const test =
      "rule_files: [r.yml]\ntests: [{input_series: [{series: m, values: '1x5'}], promql_expr_test: [{expr: m, eval_time: 5m, exp_samples: [{labels: m, value: 1}]}]}]";
    const files = { 'r.yml': text, 'test.yml': test };
    const tool = process.env.PROMTOOL as string;
    // It loads, and only its evaluation fails.
    expect((await runTool({ tool, args: ['check', 'rules', '--lint=none', 'r.yml'], files })).exitCode).toBe(0);
    const { exitCode, stderr } = await runTool({ tool, args: ['test', 'rules', 'test.yml'], files });
    expect(exitCode === 0 ? 'sound' : stderr).toMatch(
      expected === 'sound' ? /^sound$/ : /rule: A, time: .*, err: (rule result is not a vector or scalar|unexpected)/,
    );
  });

  it('is told of a recording rule too, and does not hide the others', async () => {
    const { said, refused } = await checked(group('{record: r, expr: "m[5m]"}', GOOD));
    expect(said).toEqual({ r: RANGE, Good: 'sound' });
    expect(refused).toBe("promtool can't test r.yml until r (line 4) is mended");
  });

  it('comes after what keeps the file from being loaded', async () => {
    const { refused } = await checked(group('{alert: A, expr: "m[5m]"}', '{alert: Bad, expr: m >}'));
    expect(refused).toBe('Prometheus does not load r.yml until Bad (line 5) is mended');
  });
});
