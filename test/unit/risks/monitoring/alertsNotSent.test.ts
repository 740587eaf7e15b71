import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const RULES =
  'groups:\n  - name: g\n    rules:\n      - alert: ModelBad\n        expr: up == 0\n        labels: {severity: warning}\n';
const CONFIG =
  'rule_files: [r.yml]\nscrape_configs:\n  - job_name: api\n    static_configs:\n      - targets: ["api:8080"]\n';
const PATH = 'monitoring/prometheus.yml';
const files = (config = CONFIG, more: Record<string, string> = {}, rules = RULES) => ({
  ...TRAINING,
  [PATH]: config,
  'monitoring/r.yml': rules,
  ...more,
});
const rule = (config?: string, more?: Record<string, string>, rules?: string) =>
  findings('MON-011', files(config, more, rules));

const COMPOSE = {
  'docker-compose.yml':
    'services:\n  prometheus:\n    image: prom/prometheus:v3\n    volumes: ["./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml"]\n  alerts:\n    image: prom/alertmanager:v0.27.0\n',
};

describe('MON-011 alerts-not-sent', () => {
  it('finds a Prometheus that has alerts and no Alertmanager', () => {
    expect(rule()).toMatchObject([
      {
        path: PATH,
        severity: 'high',
        subject: 'alerting',
        blocks: 'alerting',
        unfixableBecause: 'the repository shows no Alertmanager with a known address',
      },
    ]);
    expect(rule(CONFIG, {}, RULES.replace('warning', 'critical'))).toMatchObject([{ severity: 'critical' }]);
  });

  it.each([
    [
      'a named Alertmanager',
      `alerting:\n  alertmanagers:\n    - static_configs:\n        - targets: [a:9093]\n${CONFIG}`,
      RULES,
    ],
    [
      'one that is discovered',
      `alerting:\n  alertmanagers:\n    - kubernetes_sd_configs:\n        - role: pod\n${CONFIG}`,
      RULES,
    ],
    [
      'no alerts',
      CONFIG,
      RULES.replace('alert: ModelBad', 'record: a:b').replace('        labels: {severity: warning}\n', ''),
    ],
    ['broken YAML', 'scrape_configs: [\n', RULES],
  ])('is silent on %s', (_, config, rules) => {
    expect(rule(config, {}, rules)).toEqual([]);
  });

  it('names the Alertmanager of the compose file that runs this Prometheus', () => {
    const before = files(CONFIG, COMPOSE);
    expect(changedLines(before[PATH] as string, fixed('MON-011', before))).toEqual([
      '+alerting:',
      '+  alertmanagers:',
      '+    - static_configs:',
      '+        - targets: ["alerts:9093"]',
    ]);
  });

  it('names the Kubernetes Service of a deployed Alertmanager', () => {
    const manifest =
      'apiVersion: v1\nkind: Service\nmetadata: {name: alertmanager, namespace: obs}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: alertmanager}\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          image: prom/alertmanager:v0.27.0\n          ports: [{containerPort: 9093}]\n';
    expect(fixed('MON-011', files(CONFIG, { 'k8s/am.yaml': manifest }))).toContain(
      'targets: ["alertmanager.obs.svc:9093"]',
    );
  });

  it('has no fix where alerting is there without a target', () => {
    expect(rule(`alerting:\n  alert_relabel_configs: []\n${CONFIG}`, COMPOSE)).toMatchObject([
      { line: 1, fixable: false },
    ]);
  });
});
