import { describe, expect, it } from 'vitest';
import { alertLabels } from '../../../src/lifecycle/alertLabels.js';
import { contextOf } from '../risks/ruleTrial.js';

function labelsOf(expr: string, labels = '{severity: page}') {
  const text = `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: ${expr}\n        labels: ${labels}\n`;
  const rule = contextOf({ 'model/rules.yml': text }).facts.ruleFiles[0]?.rules[0];
  if (!rule) throw new Error('no rule was read');
  return alertLabels(rule);
}

describe('labels of an alert', () => {
  it('are the rule’s own, its name, and what its selector fixes; the series may bring more', () => {
    expect(labelsOf('x{model="m", env!="dev"} > 1')).toEqual({
      known: { severity: 'page', alertname: 'A', model: 'm' },
      open: true,
    });
  });

  it('are only those that an aggregation keeps', () => {
    expect(labelsOf('sum(rate(x{model="m"}[5m])) > 1')).toEqual({
      known: { severity: 'page', alertname: 'A' },
      open: false,
    });
    expect(labelsOf('sum by (model) (x{model="m"}) > 1')).toEqual({
      known: { severity: 'page', alertname: 'A', model: 'm' },
      open: false,
    });
    expect(labelsOf('sum by (model) (x) > 1')).toEqual({ known: { severity: 'page', alertname: 'A' }, open: true });
    expect(labelsOf('histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m]))) > 1')?.open).toBe(false);
  });

  it('are unknown where selectors differ or a template gives them', () => {
    expect(labelsOf('x{model="a"} / y{model="b"} > 1')?.known).toEqual({ severity: 'page', alertname: 'A' });
    expect(labelsOf('x{model="a"} > 1', '{severity: "{{ $labels.x }}", model: "{{ $labels.y }}"}')).toEqual({
      known: { alertname: 'A' },
      open: true,
    });
  });
});
