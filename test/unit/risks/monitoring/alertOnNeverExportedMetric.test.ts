import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const CODE = `from prometheus_client import Counter, Gauge, Histogram
DRIFT = Gauge("feature_drift_psi", "Drift", ["model", "feature"])
REQUESTS = Counter("fraud_requests_total", "Requests", ["route"])
LATENCY = Histogram("fraud_latency_seconds", "Latency")
`;
const rules = (expr: string, alert = 'FeatureDriftHigh') =>
  `groups:\n  - name: g\n    rules:\n      - alert: ${alert}\n        # agreed in May\n        expr: ${expr}\n        for: 30m\n`;
const files = (expr: string, alert?: string, code = CODE) => ({
  ...TRAINING,
  'src/serve.py': code,
  'monitoring/alerts.yml': rules(expr, alert),
});
const rule = (expr: string, alert?: string, more: Record<string, string> = {}) =>
  findings('MON-001', { ...files(expr, alert), ...more });

describe('MON-001 alert-on-never-exported-metric', () => {
  it('finds an alert on a misspelt metric, and names what is exported', () => {
    const [risk] = rule('feature_psi{model="fraud"} > 0.25');
    expect(risk).toMatchObject({
      path: 'monitoring/alerts.yml',
      line: 4,
      severity: 'critical',
      subject: 'FeatureDriftHigh',
      blocks: 'alerting',
      fixable: true,
    });
    expect(risk?.message).toContain(
      'reads feature_psi, which nothing in this repository exports; the code exports feature_drift_psi',
    );
    expect(risk?.evidence).toContain('monitoring/alerts.yml:6: expr: feature_psi{model="fraud"} > 0.25');
  });

  it('has no fix where nothing is near, or where two are', () => {
    expect(rule('model_drift_score > 1', 'ModelDrift')).toMatchObject([{ fixable: false }]);
    const two = `${CODE}LIVE = Gauge("feature_live_psi", "x", ["model"])\n`;
    expect(findings('MON-001', files('feature_psi > 0.2', 'Drift', two))).toMatchObject([
      { unfixableBecause: expect.stringContaining('feature_drift_psi and feature_live_psi') },
    ]);
  });

  it('is of medium severity where no model is meant', () => {
    expect(rule('fraud_queue_length > 5', 'QueueLong')).toMatchObject([{ severity: 'medium' }]);
  });

  it.each([
    ['a gauge that is exported', 'feature_drift_psi > 1'],
    ['the series of a histogram', 'histogram_quantile(0.9, sum by (le) (rate(fraud_latency_seconds_bucket[5m]))) > 1'],
    ['a counter', 'rate(fraud_requests_total[5m]) < 1'],
    ['Prometheus itself', 'up{job="model"} == 0'],
    ['Kubernetes and nodes', 'kube_pod_status_ready == 0 or node_load1 > 5'],
    ['a recorded series of another place', 'job:model_errors:ratio > 1'],
    ['an absence, which fires', 'absent(model_drift_score)'],
    ['an expression that is broken', 'feature_psi{ > 1'],
    ['a template', '"{{ metric }} > 1"'],
    ['requests that ingresses export', 'rate(http_requests_total[5m]) > 1'],
    ['a word in brackets', 'sum by (model_version) (rate(fraud_requests_total[5m])) > 1'],
    ['a duration', 'rate(fraud_requests_total[5m] offset 1h) < 1'],
  ])('is silent on %s', (_, expr) => {
    const ingress = { 'k8s/ingress.yaml': 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n' };
    expect(rule(expr, 'ModelBad', ingress)).toEqual([]);
  });

  it('is silent on a series that is recorded here', () => {
    const recording = {
      'monitoring/record.yml':
        'groups:\n  - name: r\n    rules:\n      - record: model_error_ratio\n        expr: fraud_requests_total\n',
    };
    expect(rule('model_error_ratio > 1', 'ModelErrors', recording)).toEqual([]);
    expect(rule('model_error_ratio > 1', 'ModelErrors')).toHaveLength(1);
  });

  it('is silent where the name occurs in other source, but not in documentation, dashboards and tests', () => {
    expect(rule('model_lag > 1', 'ModelLag', { 'exporter/main.go': 'prometheus.NewGauge("model_lag")\n' })).toEqual([]);
    expect(
      rule('model_lag_seconds_count > 1', 'ModelLag', { 'push.sh': 'echo "model_lag_seconds 1" | curl\n' }),
    ).toEqual([]);
    for (const path of ['README.md', 'grafana/dashboard.json', 'tests/test_metrics.py'])
      expect(rule('model_lag > 1', 'ModelLag', { [path]: 'model_lag\n' })).toHaveLength(1);
    expect(rule('model_lag > 1', 'ModelLag', { 'exporter/main.go': 'model_lagging\n' })).toHaveLength(1);
  });

  it('is silent where the repository exports nothing that can be seen', () => {
    expect(findings('MON-001', files('model_drift_score > 1', 'ModelDrift', 'x = 1\n'))).toEqual([]);
    const untold = `${CODE}for name in names:\n    Gauge(prefix + name, "x")\n`;
    expect(findings('MON-001', files('model_drift_score > 1', 'ModelDrift', untold))).toEqual([]);
  });

  it('finds requests by a name that only libraries use, where none is in use', () => {
    expect(rule('rate(http_requests_total[5m]) > 1', 'Errors')).toHaveLength(1);
    expect(
      rule('rate(http_requests_total[5m]) > 1', 'Errors', {
        'requirements.txt': 'prometheus-fastapi-instrumentator==7.0.0\n',
      }),
    ).toEqual([]);
  });

  it('says that a part is empty where the rest can still fire', () => {
    expect(rule('feature_drift_psi > 1 or model_drift_score > 1')).toMatchObject([
      { consequence: expect.stringContaining('That part') },
    ]);
  });

  it('replaces the name and changes no other line', () => {
    const each = files('feature_psi{model="fraud"} > 0.25 # as feature_psi was');
    expect(changedLines(each['monitoring/alerts.yml'], fixed('MON-001', each))).toEqual([
      '-        expr: feature_psi{model="fraud"} > 0.25 # as feature_psi was',
      '+        expr: feature_drift_psi{model="fraud"} > 0.25 # as feature_psi was',
    ]);
  });

  it('replaces every place in a block, a quoted text and a file with CRLF and a byte order mark', () => {
    const block = files("|\n          max(feature_psi{model='a'})\n            / min(feature_psi) > 2");
    expect(fixed('MON-001', block)).toBe(block['monitoring/alerts.yml'].replaceAll('feature_psi', 'feature_drift_psi'));
    const quoted = files("'feature_psi > 0.25'");
    const text = `\uFEFF${quoted['monitoring/alerts.yml'].replaceAll('\n', '\r\n').trimEnd()}`;
    expect(fixed('MON-001', { ...quoted, 'monitoring/alerts.yml': text })).toBe(
      text.replace('feature_psi', 'feature_drift_psi'),
    );
  });

  it('fixes a rule in a custom resource', () => {
    const resource = `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec:\n  groups:\n    - name: g\n      rules:\n        - alert: Drift\n          expr: feature_psi > 0.25\n`;
    const each = { ...TRAINING, 'src/serve.py': CODE, 'k8s/rules.yaml': resource };
    expect(fixed('MON-001', each)).toBe(resource.replace('feature_psi', 'feature_drift_psi'));
  });

  it('has no fix for an expression with escapes', () => {
    expect(rule('"feature_psi{model=\\"fraud\\"} > 1"')).toMatchObject([{ fixable: false }]);
  });
});
