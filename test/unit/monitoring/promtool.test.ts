import { expect, it } from 'vitest';
import { checkConfig, checkRules, testRules } from '../../../src/monitoring/promtool.js';
import { findTool } from '../../../src/monitoring/tool.js';
import { describeWithPromTools } from '../../support/promTools.js';

const RULES = 'groups:\n- name: g\n  rules:\n  - alert: Down\n    expr: up == 0\n';

function testFile(expected: number): string {
  return [
    'rule_files: [r.yml]',
    'tests:',
    '- interval: 1m',
    "  input_series: [{series: 'up', values: '0 0'}]",
    `  promql_expr_test: [{expr: 'count(ALERTS)', eval_time: 1m, exp_samples: [{labels: '{}', value: ${expected}}]}]`,
  ].join('\n');
}

describeWithPromTools('promtool', () => {
  it('passes a test that holds and fails one that does not', async () => {
    const tool = await findTool('promtool');
    const files = (expected: number) => ({ 'r.yml': RULES, 't.yml': testFile(expected) });
    expect((await testRules({ tool, files: files(1), testFile: 't.yml' })).exitCode).toBe(0);
    expect((await testRules({ tool, files: files(2), testFile: 't.yml' })).exitCode).toBe(1);
  });

  it('accepts a rule file and refuses a broken query', async () => {
    const tool = await findTool('promtool');
    const good = await checkRules({ tool, files: { 'r.yml': RULES }, ruleFile: 'r.yml' });
    expect(good).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 rules found') });
    const broken = { 'r.yml': RULES.replace('== 0', '==') };
    expect((await checkRules({ tool, files: broken, ruleFile: 'r.yml' })).exitCode).not.toBe(0);
  });

  it('reads the rule files that a configuration names', async () => {
    const tool = await findTool('promtool');
    const files = { 'p.yml': 'rule_files: [r.yml]\n', 'r.yml': RULES };
    const run = await checkConfig({ tool, files, configFile: 'p.yml' });
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 rule files found') });
  });
});
