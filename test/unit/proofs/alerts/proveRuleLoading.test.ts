import { beforeAll, expect, it } from 'vitest';
import { findTool } from '../../../../src/monitoring/tool.js';
import { proveRuleLoading } from '../../../../src/proofs/alerts/proveRuleLoading.js';
import { describeWithPromTools } from '../../../support/promTools.js';

let promtool: string;

beforeAll(async () => {
  promtool = await findTool('promtool');
});

const RULES = 'groups: [{name: g, rules: [{alert: A, expr: up == 0}, {alert: B, expr: x > 1}]}]\n';
const SCRAPE = 'scrape_configs: [{job_name: x, bearer_token_file: /etc/token}]\n';

function prove(
  text: string,
  before: string,
  files: Record<string, string> = { 'ops/alerts.yml': RULES },
  mustLoad?: string,
) {
  return proveRuleLoading({ path: 'ops/prometheus.yml', text, before, files }, mustLoad, promtool);
}

describeWithPromTools('proveRuleLoading', () => {
  it('shows that the configuration loads the rules and the unfixed one does not', async () => {
    const probes = await prove(`rule_files: [alerts.yml]\n${SCRAPE}`, SCRAPE, undefined, 'ops/alerts.yml');
    expect(probes.map(({ sign, verdict, observed }) => [sign, verdict, observed])).toEqual([
      ['positive', 'passed', 'promtool accepts it and finds 2 rules in ops/alerts.yml'],
      ['negative', 'passed', 'promtool accepts it and finds no rule file'],
    ]);
  });

  it('resolves globs against the folder of the configuration', async () => {
    const files = { 'ops/rules/a.yml': RULES, 'rules/b.yml': RULES };
    const [probe] = await prove('rule_files: ["rules/*.yml"]', '', files);
    expect(probe?.observed).toBe('promtool accepts it and finds 2 rules in ops/rules/a.yml');
  });

  it('takes an absolute path for the repository’s file of that name, and says so', async () => {
    const [probe] = await prove('rule_files: [/etc/prometheus/alerts.yml]', '', undefined, 'ops/alerts.yml');
    expect(probe).toMatchObject({
      verdict: 'passed',
      observed: expect.stringContaining(
        "/etc/prometheus/alerts.yml is taken to be the repository's files of that name",
      ),
    });
  });

  it.each([
    ['a pattern that matches nothing', 'rule_files: ["rules/*.yml"]'],
    ['a file that is not there', 'rule_files: [other.yml]'],
    ['a path outside the repository', 'rule_files: [../../etc/passwd]'],
    ['no rule files', SCRAPE],
    ['broken YAML', 'rule_files: ['],
  ])('fails for %s', async (_, text) => {
    const [probe] = await prove(text, '');
    expect(probe?.verdict).toBe('failed');
  });

  it('fails when another rule file is loaded than the one that is proved', async () => {
    const files = { 'ops/alerts.yml': RULES, 'ops/other.yml': RULES };
    const [probe] = await prove('rule_files: [other.yml]', '', files, 'ops/alerts.yml');
    expect(probe?.verdict).toBe('failed');
  });

  it('fails for a rule file that promtool refuses', async () => {
    const [probe] = await prove('rule_files: [alerts.yml]', '', {
      'ops/alerts.yml': 'groups: [{name: g, rules: [{alert: A}]}]',
    });
    expect(probe).toMatchObject({ verdict: 'failed', observed: expect.stringContaining('promtool refuses it') });
  });

  it('fails the negative probe when the unfixed configuration loads the rules as well', async () => {
    const probes = await prove('rule_files: [alerts.yml]', 'rule_files: ["*.yml"]', { 'ops/alerts.yml': RULES });
    expect(probes[1]).toMatchObject({ sign: 'negative', verdict: 'failed' });
  });

  it('is not run without promtool', async () => {
    const input = { path: 'p.yml', text: 'rule_files: [a.yml]', before: '', files: {} };
    const probes = await proveRuleLoading(input, undefined, undefined);
    expect(probes.map(({ verdict }) => verdict)).toEqual(['not-run', 'not-run']);
  });
});
