import { describe, expect, it } from 'vitest';
import type { ExportedMetric } from '../../../../src/lifecycle/facts.js';
import { isWellKnownMetric, nearMatches } from '../../../../src/risks/monitoring/metricName.js';

function metric(series: string[], labels?: string[], basis: ExportedMetric['basis'] = 'parsed'): ExportedMetric {
  const place = { line: 1, endLine: 1, range: { start: 0, end: 0 } };
  const name = series[0] as string;
  return {
    path: 'a.py',
    type: 'gauge',
    name,
    series,
    exporter: 'prometheus_client',
    basis,
    ...place,
    ...(labels ? { labels } : {}),
  };
}

const near = (wanted: string, exported: string, matchers: string[] = [], labels: string[] = []) =>
  nearMatches(
    wanted,
    matchers.map((label) => ({ label, operator: '=', value: 'x' })),
    [metric([exported], labels)],
  );

describe('near matches of a metric’s name', () => {
  it.each([
    ['feature_psi', 'feature_drift_psi'],
    ['fraud_model_auc_live', 'fraud_model_auc'],
    ['psi_drift_feature', 'feature_drift_psi'],
    ['aegis_inference_seconds_bucket', 'aegis_infer_seconds_bucket'],
  ])('takes %s for %s', (wanted, exported) => {
    expect(near(wanted, exported)).toEqual([exported]);
  });

  it.each([
    ['another type', 'feature_psi', 'feature_drift_psi_total'],
    ['one word in common', 'psi', 'feature_psi'],
    ['a unit that differs', 'model_score', 'model_score_seconds'],
    ['a word for failing', 'fraud_requests_total', 'fraud_request_errors_total'],
    ['a word that is another', 'model_predictions_total', 'bankchurn_predictions_total'],
    ['three words more', 'feature_psi', 'team_model_live_feature_psi'],
    ['a beginning that is too short', 'model_in_seconds', 'model_inference_seconds'],
    ['the name itself', 'feature_psi', 'feature_psi'],
  ])('does not take one for the other by %s', (_, wanted, exported) => {
    expect(near(wanted, exported)).toEqual([]);
  });

  it('wants the labels that the alert selects by, apart from those of the scrape', () => {
    expect(near('feature_psi', 'feature_drift_psi', ['model', 'job'], ['model', 'feature'])).toEqual([
      'feature_drift_psi',
    ]);
    expect(near('feature_psi', 'feature_drift_psi', ['region_code'], ['model'])).toEqual([]);
    const unknown = [metric(['feature_drift_psi'])];
    expect(nearMatches('feature_psi', [{ label: 'model', operator: '=', value: 'x' }], unknown)).toEqual([]);
    expect(nearMatches('feature_psi', [], unknown)).toEqual(['feature_drift_psi']);
  });

  it('gives each candidate once, and none that only documentation promises', () => {
    const metrics = [metric(['feature_live_psi']), metric(['feature_drift_psi']), metric(['feature_drift_psi'])];
    expect(nearMatches('feature_psi', [], metrics)).toEqual(['feature_drift_psi', 'feature_live_psi']);
    expect(nearMatches('feature_psi', [], [metric(['feature_drift_psi'], [], 'documented')])).toEqual([]);
  });

  it('knows what belongs to Prometheus and exporters', () => {
    for (const name of [
      'up',
      'ALERTS',
      'node_load1',
      'kube_pod_info',
      'container_cpu_usage_seconds_total',
      'process_open_fds',
      'vllm:num_requests',
    ])
      expect(isWellKnownMetric(name)).toBe(true);
    for (const name of ['uptime', 'feature_psi', 'fraud_requests_total', 'nodes'])
      expect(isWellKnownMetric(name)).toBe(false);
  });
});
