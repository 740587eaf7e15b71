import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const RULES = 'groups:\n  - name: g\n    rules:\n      - alert: ModelBad\n        expr: up == 0\n';
const SCRAPE = 'scrape_configs:\n  - job_name: api\n    static_configs:\n      - targets: ["api:8080"]\n';
const GLOBAL = 'global:\n  scrape_interval: 15s\n';
const PATH = 'monitoring/prometheus.yml';
const files = (config: string, more: Record<string, string> = { 'monitoring/rules/model.yml': RULES }) => ({
  ...TRAINING,
  [PATH]: config,
  ...more,
});
const rule = (config: string, more?: Record<string, string>) => findings('MON-002', files(config, more));
const added = (config: string, more?: Record<string, string>) =>
  changedLines(config, fixed('MON-002', files(config, more)));

const fixture = (path: string) => readFileSync(join(import.meta.dirname, '../../../fixtures', path), 'utf8');

describe('MON-002 alert-rules-not-loaded', () => {
  it('finds a configuration without rule_files that has alerts below it', () => {
    expect(rule(GLOBAL + SCRAPE)).toMatchObject([
      { path: PATH, line: 1, severity: 'critical', subject: 'rule_files', blocks: 'alerting', fixable: true },
    ]);
  });

  it('finds patterns that match nothing', () => {
    expect(
      rule(`${GLOBAL}rule_files:\n  - alerts/*.yml\n  - other.yml\n${SCRAPE}`, { 'monitoring/rules.yaml': RULES }),
    ).toMatchObject([{ line: 3, message: expect.stringContaining('alerts/*.yml and other.yml, which matches none') }]);
  });

  it.each([
    ['rules that are loaded', `rule_files: [rules/*.yml]\n${SCRAPE}`, undefined],
    ['rules that are mounted elsewhere', `rule_files: ["/etc/prometheus/rules/*.yml"]\n${SCRAPE}`, undefined],
    ['no rules beside it', SCRAPE, { 'other/model.yml': RULES }],
    [
      'only recordings beside it',
      SCRAPE,
      { 'monitoring/r.yml': 'groups:\n  - name: g\n    rules:\n      - record: a:b\n        expr: up\n' },
    ],
    [
      'rules for the operator',
      SCRAPE,
      {
        'monitoring/r.yml': `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec:\n  ${RULES.replaceAll('\n', '\n  ')}`,
      },
    ],
    [
      'rules that CI uploads',
      SCRAPE,
      {
        'monitoring/r.yml': RULES,
        '.github/workflows/r.yml':
          'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: mimirtool rules sync rules\n',
      },
    ],
    [
      'a sibling that loads them',
      SCRAPE,
      { 'monitoring/r.yml': RULES, 'monitoring/prometheus-prod.yml': `rule_files: [r.yml]\n${SCRAPE}` },
    ],
    ['broken YAML', 'scrape_configs: [\n', undefined],
    ['documentation', SCRAPE, { 'monitoring/docs/r.yml': RULES }],
  ])('is silent on %s', (_, config, more) => {
    expect(rule(config, more as Record<string, string> | undefined)).toEqual([]);
  });

  it('takes rules for the configuration that is nearest', () => {
    const risks = rule(SCRAPE, { 'monitoring/b/prometheus.yml': SCRAPE, 'monitoring/b/r.yml': RULES });
    expect(risks.map(({ path }) => path)).toEqual(['monitoring/b/prometheus.yml']);
  });

  it('names the rules before scrape_configs, above its comment, in the file’s style', () => {
    expect(added(`${GLOBAL}\n# what is scraped\n${SCRAPE}`)).toEqual(['+rule_files:', '+  - rules/model.yml', '+']);
    expect(added(SCRAPE.replace('  - job_name', '- job_name').replaceAll('\n    ', '\n  '))).toEqual([
      '+rule_files:',
      '+- rules/model.yml',
    ]);
  });

  it('keeps CRLF, a byte order mark and a missing final newline', () => {
    const config = `\uFEFF${(GLOBAL + SCRAPE).replaceAll('\n', '\r\n').trimEnd()}`;
    expect(fixed('MON-002', files(config))).toBe(
      config.replace('scrape_configs', 'rule_files:\r\n  - rules/model.yml\r\nscrape_configs'),
    );
  });

  it('fills a list that is empty, null or there', () => {
    expect(added(`rule_files: [] # none yet\n${SCRAPE}`)).toEqual([
      '-rule_files: [] # none yet',
      '+rule_files: # none yet',
      '+  - rules/model.yml',
    ]);
    expect(added(`rule_files:\n  # - old.yml\n${SCRAPE}`)).toEqual(['+  - rules/model.yml']);
    expect(added(`rule_files:\n  - gone.yml # once\n${SCRAPE}`)).toEqual(['+  - rules/model.yml']);
  });

  it('leaves out a file that Prometheus would refuse', () => {
    const more = { 'monitoring/good.yml': RULES, 'monitoring/bad.yml': RULES.replace('up == 0', 'up == (') };
    expect(added(SCRAPE, more)).toEqual(['+rule_files:', '+  - good.yml']);
    expect(rule(SCRAPE, { 'monitoring/bad.yml': more['monitoring/bad.yml'] })).toMatchObject([{ fixable: false }]);
  });

  it('names every rule file of a public repository’s folder, whose container mounts only the configuration', async () => {
    const own = 'alanusp__Aegis-FraudStream/monitoring';
    const config = fixture(`${own}/prometheus.yml`);
    const more: Record<string, string> = {
      'docker-compose.yml':
        'services:\n  prometheus:\n    image: prom/prometheus\n    volumes: ["./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml"]\n',
    };
    for (const name of ['alerts.yaml', 'recording-rules.yaml', 'alerts/prometheus-rules.yaml'])
      more[`monitoring/${name}`] = fixture(`${own}/${name}`);
    expect(added(config, more)).toEqual([
      '+rule_files:',
      '+  - alerts.yaml',
      '+  - alerts/prometheus-rules.yaml',
      '+  - recording-rules.yaml',
    ]);
    const { assess, fixFor } = await import('../../../../src/risks/catalogue.js');
    const { contextOf } = await import('../ruleTrial.js');
    const context = contextOf(files(config, more));
    const [risk] = assess(context).filter((each) => each.rule === 'MON-002');
    expect(risk && fixFor(risk, context)).toMatchObject({
      tradeOff: expect.stringContaining('docker-compose.yml mounts only the configuration'),
    });
  });

  it('names the mounted path in a public repository’s ConfigMap', () => {
    const path = 'k8s/prometheus-deployment.yaml';
    const text = fixture(`DuqueOM__ML-MLOps-Portfolio/${path}`);
    expect(changedLines(text, fixed('MON-002', { ...TRAINING, [path]: text }))).toEqual([
      '+    rule_files:',
      '+    - /etc/prometheus/rules/alerts.yml',
      '+',
    ]);
  });

  it('has no fix for a ConfigMap whose rules are mounted nowhere', () => {
    const path = 'k8s/prometheus-deployment.yaml';
    const text = fixture(`DuqueOM__ML-MLOps-Portfolio/${path}`).replace(
      'mountPath: /etc/prometheus/rules',
      'mountPath: /x\n          subPath: other.yml',
    );
    expect(findings('MON-002', { ...TRAINING, [path]: text })).toMatchObject([
      { unfixableBecause: 'no manifest tells where the rules are mounted' },
    ]);
  });
});
