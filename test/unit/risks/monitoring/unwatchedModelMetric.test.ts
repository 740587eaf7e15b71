import { describe, expect, it } from 'vitest';
import { findTool } from '../../../../src/monitoring/tool.js';
import { proveAlerting } from '../../../../src/proofs/alerts/alertingPath.js';
import { summarise } from '../../../../src/proofs/summarise.js';
import { itWithPromTools } from '../../../support/promTools.js';
import { changedLines, type Files, findings, fixed, TRAINING } from '../ruleTrial.js';

const RULES = [
  'groups:',
  '  - name: api',
  '    rules:',
  '      - alert: ApiDown',
  '        expr: up{job="api"} == 0',
  '        for: 5m',
  '        labels: {severity: warning}',
  '',
].join('\n');

function repository(metrics: string, more: Files = {}): Files {
  return {
    ...TRAINING,
    'src/metrics.py': `from prometheus_client import Counter, Gauge, Histogram\n\n${metrics}\n`,
    'monitoring/rules.yml': RULES,
    ...more,
  };
}

const AUC = 'AUC = Gauge("live_auc", "AUC over known outcomes", ["model"])';
const GATE = 'gates:\n  - metrics:\n      - {name: auc, direction: higher, threshold: 0.85, tolerance: 0.02}\n';

describe('MON-004', () => {
  it('proposes an alert on a measure whose gate states the bound, behind the last rule', () => {
    const files = repository(AUC, { 'mlops.yaml': GATE });
    expect(findings('MON-004', files)).toMatchObject([
      { path: 'monitoring/rules.yml', subject: 'model quality', severity: 'medium', fixable: true },
    ]);
    expect(changedLines(RULES, fixed('MON-004', files))).toEqual([
      '+      # live_auc is below 0.85. Bound: mlops.yaml:3',
      '+      - alert: LiveAucLow',
      '+        expr: live_auc < 0.85',
      '+        for: 10m',
      '+        labels:',
      '+          severity: warning',
      '+        annotations:',
      '+          summary: live_auc is below 0.85',
      '+          description: The model measures {{ $value }} on known outcomes.',
    ]);
  });

  itWithPromTools('shows the rule that it adds from no such alert to proved', async () => {
    const rulesText = fixed('MON-004', repository(AUC, { 'mlops.yaml': GATE }));
    const result = await proveAlerting({
      rulesText,
      rulesPath: 'monitoring/rules.yml',
      alerts: ['LiveAucLow'],
      touched: ['LiveAucLow'],
      before: { rulesText: RULES },
      exported: ['live_auc'],
      tools: { promtool: await findTool('promtool') },
      now: 0,
    });
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
    expect(result.probes.find(({ id }) => id.includes('no-such-alert-before'))?.observed).toMatch(
      /^before: there was no such alert; now: proved: .* fires 10m after .*< 0\.85/,
    );
  });

  it.each([
    ['a constant', AUC, { 'src/gate.py': 'MIN_AUC = 0.8\n' }, 'live_auc < 0.8'],
    ['a key of configuration', AUC, { 'params.yaml': 'gate:\n  min_auc: 0.8\n' }, 'live_auc < 0.8'],
    [
      'a comparison at which code stops',
      AUC,
      { 'src/gate.py': 'def gate(metrics):\n    if metrics["auc"] < 0.8:\n        raise SystemExit(1)\n' },
      'live_auc < 0.8',
    ],
    [
      'an assertion',
      'E = Gauge("live_rmse", "Error")',
      { 'src/gate.py': 'def gate(rmse):\n    assert rmse <= 12\n' },
      'live_rmse > 12',
    ],
    [
      'a bound on drift',
      'D = Gauge("feature_psi", "PSI")',
      { 'params.yaml': 'psi_threshold: 0.2\n' },
      'feature_psi > 0.2',
    ],
    [
      'a bound in another unit of time',
      'L = Histogram("predict_latency_seconds", "Time")',
      { 'slo.yaml': 'slo:\n  latency_p99_ms_max: 80\n' },
      'histogram_quantile(0.99, sum by (le) (rate(predict_latency_seconds_bucket[5m]))) > 0.08',
    ],
    [
      'a share of failures',
      'A = Counter("prediction_requests", "All")\nB = Counter("prediction_request_errors", "Failed")',
      { 'slo.yaml': 'max_error_rate: 0.02\nmin_traffic_ratio: 0.5\n' },
      'sum(rate(prediction_request_errors_total[5m])) / sum(rate(prediction_requests_total[5m])) > 0.02',
    ],
    [
      'the age of features',
      'F = Gauge("feature_newest_timestamp_seconds", "Newest")',
      { 'slo.yaml': 'max_feature_age_minutes: 30\n' },
      'time() - max(feature_newest_timestamp_seconds) > 1800',
    ],
    [
      'the age of the model',
      'T = Gauge("training_last_success_timestamp_seconds", "Last")',
      { 'slo.yaml': 'max_model_age_days: 7\n' },
      'time() - max(training_last_success_timestamp_seconds) > 604800',
    ],
  ])('takes the bound from %s', (_, metrics, more, expr) => {
    const risks = findings('MON-004', repository(metrics, more as Files)).filter(({ fixable }) => fixable);
    expect(risks).not.toEqual([]);
    const files = repository(metrics, more as Files);
    const texts = risks.length === 1 && findings('MON-004', files).length === 1 ? [fixed('MON-004', files)] : [];
    if (texts.length > 0) expect(texts[0]).toContain(`expr: ${expr}\n`);
    else expect(risks.map(({ subject }) => subject)).toContain('serving errors');
  });

  it.each([
    ['no bound is stated', AUC, {}, /states no bound for live_auc; the pattern is `live_auc < BOUND`/],
    [
      'two different ones are',
      AUC,
      { 'a.yaml': 'min_auc: 0.8\n', 'b.yaml': 'min_auc: 0.85\n' },
      /states 0\.8 \(a\.yaml:1\) and 0\.85 \(b\.yaml:1\), and a person must say which/,
    ],
    ['it is a bound on a difference', AUC, { 'a.yaml': 'max_auc_drop: 0.02\nmin_auc_improvement: 0.01\n' }, /no bound/],
    ['it bounds the other side', AUC, { 'a.yaml': 'max_auc: 0.99\n' }, /no bound/],
    ['it is another measure', AUC, { 'a.yaml': 'min_recall: 0.7\n' }, /no bound/],
    ['code compares and goes on', AUC, { 'src/a.py': 'if auc < 0.8:\n    print(auc)\n' }, /no bound/],
    ['it belongs to a test', AUC, { 'tests/a.yaml': 'min_auc: 0.8\n' }, /no bound/],
    [
      'a quantile is missing',
      'L = Histogram("predict_latency_seconds", "Time")',
      { 'a.yaml': 'max_latency_ms: 80\n' },
      /no bound/,
    ],
    ['a unit is missing', 'F = Gauge("feature_age_seconds", "Age")', { 'a.yaml': 'max_feature_age: 30\n' }, /no bound/],
    [
      'a ratio has no whole',
      'B = Counter("prediction_errors", "Failed")',
      { 'a.yaml': 'max_error_rate: 0.1\n' },
      /which counter/,
    ],
  ])('proposes nothing and says what is needed where %s', (_, metrics, more, needed) => {
    const risks = findings('MON-004', repository(metrics, more as Files));
    expect(risks).toMatchObject([{ fixable: false, unfixableBecause: expect.stringMatching(needed) }]);
    expect(risks[0]?.message).toContain('a bound must be stated');
  });

  it('guesses no severity that the repository’s routes may not know', () => {
    const files = repository(AUC, { 'mlops.yaml': GATE, 'monitoring/rules.yml': RULES.replace('warning', 'P3') });
    expect(findings('MON-004', files)).toMatchObject([
      { fixable: false, unfixableBecause: expect.stringContaining('severities') },
    ]);
  });

  it.each([
    ['an alert reads it', RULES.replace('up{job="api"} == 0', 'live_auc < 0.7')],
    ['an alert is called so', RULES.replace('ApiDown', 'ModelQualityBad')],
    ['there is no alert at all', 'groups: [{name: a, rules: [{record: b, expr: c}]}]\n'],
  ])('is silent where %s', (_, rules) => {
    expect(findings('MON-004', repository(AUC, { 'mlops.yaml': GATE, 'monitoring/rules.yml': rules }))).toEqual([]);
  });

  it('is silent about flags and about metrics whose names say nothing of a model', () => {
    const metrics =
      'A = Gauge("drift_detected", "Flag")\nB = Gauge("queue_length", "Queue")\nC = Counter("logins", "L")';
    expect(findings('MON-004', repository(metrics))).toEqual([]);
  });

  it('leaves a file in flow style alone', () => {
    const rules = 'groups: [{name: a, rules: [{alert: ApiDown, expr: "up == 0", labels: {severity: warning}}]}]\n';
    const files = repository(AUC, { 'mlops.yaml': GATE, 'monitoring/rules.yml': rules });
    expect(() => fixed('MON-004', files)).toThrow('not in a form to which a rule can be added');
  });

  it.each([
    ['Windows line ends', RULES.replaceAll('\n', '\r\n'), '+      # live_auc is below 0.85. Bound: mlops.yaml:3\r'],
    ['a comment at its end', `${RULES}# the end\n`, '+      # live_auc is below 0.85. Bound: mlops.yaml:3'],
    ['no line end at its end', RULES.trimEnd(), undefined],
  ])('keeps the form of a file with %s', (_, rules, first) => {
    const files = repository(AUC, { 'mlops.yaml': GATE, 'monitoring/rules.yml': rules });
    const lines = changedLines(rules, fixed('MON-004', files));
    expect(lines.every((line) => line.startsWith('+'))).toBe(true);
    if (first !== undefined) expect(lines[0]).toBe(first);
  });

  it('sets the rule apart by an empty line where rules are', () => {
    const rules = RULES.replace('      - alert', '\n      - alert');
    const files = repository(AUC, { 'mlops.yaml': GATE, 'monitoring/rules.yml': rules });
    expect(fixed('MON-004', files)).toContain('{severity: warning}\n\n      # live_auc is below');
  });
});
