import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findTool } from '../../../../src/monitoring/tool.js';
import { proveRules } from '../../../../src/proofs/alerts/prove/proveRules.js';
import type { RuleVerdict } from '../../../../src/proofs/alerts/verdict.js';
import { alertData, alertLines } from '../../../../src/risks/monitoring/patterns/alertYaml.js';
import { featureDrift } from '../../../../src/risks/monitoring/patterns/featureDrift.js';
import { featureFreshness } from '../../../../src/risks/monitoring/patterns/featureFreshness.js';
import { modelQuality } from '../../../../src/risks/monitoring/patterns/modelQuality.js';
import { type PatternAlert, WATCHED_KINDS } from '../../../../src/risks/monitoring/patterns/monitoringPattern.js';
import { noPredictions } from '../../../../src/risks/monitoring/patterns/noPredictions.js';
import { PATTERNS } from '../../../../src/risks/monitoring/patterns/patterns.js';
import { predictionVolume } from '../../../../src/risks/monitoring/patterns/predictionVolume.js';
import { servingAbsence } from '../../../../src/risks/monitoring/patterns/servingAbsence.js';
import { servingErrors } from '../../../../src/risks/monitoring/patterns/servingErrors.js';
import { servingLatency } from '../../../../src/risks/monitoring/patterns/servingLatency.js';
import { trainingStaleness } from '../../../../src/risks/monitoring/patterns/trainingStaleness.js';
import { describeWithPromTools } from '../../../support/promTools.js';

const common = { alert: 'Watched', for: 600, severity: 'warning', basis: 'params.yaml:3' };
const apart = { ...common, for: 300, matchers: { env: 'prod' }, by: ['model'], runbook: 'https://runbooks.example/x' };

/** Two rules of each pattern, with the query that people would write. */
const INSTANCES: Record<string, [PatternAlert, string][]> = {
  'model-quality': [
    [modelQuality.rule({ ...common, metric: 'live_auc', badWhen: 'below', bound: 0.85 }), 'live_auc < 0.85'],
    [
      modelQuality.rule({ ...apart, metric: 'live_rmse', badWhen: 'above', bound: 12 }),
      'max by (model) (live_rmse{env="prod"}) > 12',
    ],
  ],
  'feature-drift': [
    [featureDrift.rule({ ...common, metric: 'drift_psi', badWhen: 'above', bound: 0.25 }), 'drift_psi > 0.25'],
    [
      featureDrift.rule({ ...apart, metric: 'drift_ks_pvalue', badWhen: 'below', bound: 0.01 }),
      'min by (model) (drift_ks_pvalue{env="prod"}) < 0.01',
    ],
  ],
  'prediction-volume': [
    [
      predictionVolume.rule({ ...common, for: 3600, metric: 'predictions_total', ratio: 0.5 }),
      'sum(rate(predictions_total[1d])) < 0.5 * sum(rate(predictions_total[1d] offset 1w))',
    ],
    [
      predictionVolume.rule({ ...common, metric: 'predictions_total', by: ['model'], ratio: 0.2, window: 43_200 }),
      'sum by (model) (rate(predictions_total[12h])) < 0.2 * sum by (model) (rate(predictions_total[12h] offset 1w))',
    ],
  ],
  'no-predictions': [
    [
      noPredictions.rule({ ...common, metric: 'predictions_total', window: 1800 }),
      'sum(rate(predictions_total[30m])) == 0',
    ],
    [
      noPredictions.rule({ ...apart, metric: 'predictions_total', window: 900 }),
      'sum by (model) (rate(predictions_total{env="prod"}[15m])) == 0',
    ],
  ],
  'feature-freshness': [
    [
      featureFreshness.rule({ ...common, metric: 'feature_age_seconds', form: 'age', maxAge: 3600 }),
      'feature_age_seconds > 3600',
    ],
    [
      featureFreshness.rule({ ...apart, metric: 'feature_timestamp_seconds', form: 'timestamp', maxAge: 900 }),
      'time() - max by (model) (feature_timestamp_seconds{env="prod"}) > 900',
    ],
  ],
  'serving-errors': [
    [
      servingErrors.rule({ ...common, failed: 'predict_errors_total', all: 'predicts_total', ratio: 0.05 }),
      'sum(rate(predict_errors_total[5m])) / sum(rate(predicts_total[5m])) > 0.05',
    ],
    [
      servingErrors.rule({ ...apart, failed: 'failed_total', all: 'requests_total', ratio: 0.2, window: 600 }),
      'sum by (model) (rate(failed_total{env="prod"}[10m])) / sum by (model) (rate(requests_total{env="prod"}[10m])) > 0.2',
    ],
  ],
  'serving-latency': [
    [
      servingLatency.rule({ ...common, metric: 'predict_seconds', quantile: 0.99, bound: 0.25 }),
      'histogram_quantile(0.99, sum by (le) (rate(predict_seconds_bucket[5m]))) > 0.25',
    ],
    [
      servingLatency.rule({ ...apart, metric: 'predict_seconds', quantile: 0.5, bound: 2, window: 600 }),
      'histogram_quantile(0.5, sum by (le, model) (rate(predict_seconds_bucket{env="prod"}[10m]))) > 2',
    ],
  ],
  'serving-absence': [
    [servingAbsence.rule({ ...common, job: 'api' }), 'absent(up{job="api"} == 1)'],
    [
      servingAbsence.rule({ ...common, job: 'batch "a"', matchers: { env: 'prod' } }),
      'absent(up{job="batch \\"a\\"", env="prod"} == 1)',
    ],
  ],
  'training-staleness': [
    [
      trainingStaleness.rule({ ...common, metric: 'train_success_timestamp_seconds', maxAge: 86_400 }),
      'time() - max(train_success_timestamp_seconds) > 86400',
    ],
    [
      trainingStaleness.rule({ ...apart, metric: 'train_success_timestamp_seconds', maxAge: 3600 }),
      'time() - max by (model) (train_success_timestamp_seconds{env="prod"}) > 3600',
    ],
  ],
};

describe('the library of monitoring patterns', () => {
  it('has a pattern for every kind that is watched, each tried here and described in the documentation', () => {
    expect(new Set(PATTERNS.map(({ kind }) => kind))).toEqual(new Set(WATCHED_KINDS));
    expect(PATTERNS.map(({ name }) => name)).toEqual(Object.keys(INSTANCES));
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/monitoring-patterns.md'), 'utf8');
    for (const { name } of PATTERNS) expect(page).toContain(`\n## ${name}\n`);
  });

  it.each(Object.entries(INSTANCES))('gives the query of %s that people would write', (_, instances) => {
    for (const [alert, expr] of instances) expect(alert.expr).toBe(expr);
  });

  it.each(Object.entries(INSTANCES))(
    'writes %s as YAML that says the same, with a comment above it',
    (_, instances) => {
      for (const [alert] of instances) {
        const lines = alertLines(alert);
        expect(lines[0]).toMatch(/^# .*Bound: params\.yaml:3$/);
        expect(parse(lines.join('\n'))).toEqual([alertData(alert)]);
      }
    },
  );

  it.each([
    ['an empty metric', { metric: '' }],
    ['a metric that is a query', { metric: 'up) or vector(1' }],
    ['a bound that is no number', { bound: Number.NaN }],
    ['a wait of a week', { for: 604_800 }],
    ['a name with a space', { alert: 'Live AUC' }],
    ['a label that is none', { by: ['a-b'] }],
    ['a runbook that is a script', { runbook: 'javascript:alert(1)' }],
    ['a parameter that there isn’t', { windows: 3 }],
  ])('refuses %s', (_, fault) => {
    const good = { ...common, metric: 'live_auc', badWhen: 'below' as const, bound: 0.85 };
    expect(() => modelQuality.rule(good)).not.toThrow();
    expect(() => modelQuality.rule({ ...good, ...fault })).toThrow();
  });

  it('keeps what comes from files out of the next line', () => {
    const alert = modelQuality.rule({ ...common, metric: 'a', badWhen: 'below', bound: 1, basis: 'a\n- alert: B' });
    expect(parse(alertLines(alert).join('\n'))).toHaveLength(1);
  });
});

describeWithPromTools('by the real promtool', () => {
  let verdicts: RuleVerdict[];
  const flat = Object.entries(INSTANCES).flatMap(([name, instances]) =>
    instances.map(([alert], index) => ({ ...alert, alert: `${name.replaceAll('-', '_')}_${index}` })),
  );

  beforeAll(async () => {
    const text = ['groups:', '- name: patterns', '  rules:', ...flat.flatMap(alertLines).map((line) => `  ${line}`)];
    verdicts = [];
    const promtool = await findTool('promtool');
    for await (const verdict of proveRules({ files: [{ path: 'r.yml', text: text.join('\n') }], promtool, jobs: 1 }))
      verdicts.push(verdict);
  }, 240_000);

  it.each(flat.map(({ alert, for: wait }) => [alert, wait] as const))('%s is proved, and waits', (name, wait) => {
    const verdict = verdicts.find(({ alert }) => alert === name);
    expect(`${verdict?.verdict}: ${verdict?.verdict === 'proved' ? '' : verdict?.reason}`).toBe('proved: ');
    expect(verdict?.shown.find((shown) => shown.name === 'waits')?.passed).toBe(wait > 0);
    expect(
      verdict?.mutants
        .filter(({ kind }) => kind === 'reversed' || kind.startsWith('moved'))
        .every(({ killed }) => killed),
    ).toBe(true);
    expect(verdict?.findings.filter(({ code }) => code === 'annotation-label-missing')).toEqual([]);
  });
});
