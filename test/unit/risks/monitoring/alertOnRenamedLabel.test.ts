import { describe, expect, it } from 'vitest';
import { itWithPromTools } from '../../../support/promTools.js';
import { changedLines, type Files, findings, fixed } from '../ruleTrial.js';
import { oneRule, shownOf } from './alertProof.js';

const CODE = 'from prometheus_client import Gauge\n\nAUC = Gauge("live_auc", "AUC", ["model", "region"])\n';
const files = (rules: string, more: Files = {}): Files => ({ 'src/serve.py': CODE, 'rules.yml': rules, ...more });
const of = (rules: string, more?: Files) => findings('MON-015', files(rules, more));

describe('MON-015', () => {
  it('selects by the label that the code sets, and shows it', () => {
    const rules = oneRule('AucLow', `'live_auc{model_name="m"} < 0.85'`, [
      'for: 5m',
      'annotations: {summary: "{{ $labels.model_name }} is low"}',
    ]);
    expect(of(rules)).toMatchObject([{ severity: 'high', confidence: 'likely', fixable: true }]);
    expect(changedLines(rules, fixed('MON-015', files(rules)))).toEqual([
      `-        expr: 'live_auc{model_name="m"} < 0.85'`,
      '-        for: 5m',
      '-        annotations: {summary: "{{ $labels.model_name }} is low"}',
      `+        expr: 'live_auc{model="m"} < 0.85'`,
      '+        for: 5m',
      '+        annotations: {summary: "{{ $labels.model }} is low"}',
    ]);
  });

  itWithPromTools('shows that the rule as it was fails the test of the fixed one', async () => {
    const before = oneRule('AucLow', `'live_auc{model_name="m"} < 0.85'`);
    const { verdict, shown } = await shownOf('AucLow', before, fixed('MON-015', files(before)));
    expect(verdict).toBe('proved');
    expect(shown).toMatch(/^before: .*; now: proved: /);
  });

  it.each([
    ['no label is called alike', 'live_auc{team="m"} < 0.85', /must set team/],
    [
      'the query groups by it, too',
      'min by (model_name) (live_auc{model_name="m"}) < 0.85',
      /also groups or matches by/,
    ],
  ])('finds, but leaves to a person, where %s', (_, expr, reason) => {
    expect(of(oneRule('AucLow', `'${expr}'`))).toMatchObject([
      { fixable: false, unfixableBecause: expect.stringMatching(reason) },
    ]);
  });

  it('leaves to a person which of two labels is meant', () => {
    const code = CODE.replace('"region"', '"name"');
    const rules = oneRule('AucLow', `'live_auc{model_name="m"} < 0.85'`);
    expect(findings('MON-015', { 'src/serve.py': code, 'rules.yml': rules })).toMatchObject([
      { fixable: false, unfixableBecause: expect.stringContaining('could be model and name') },
    ]);
  });

  it.each([
    'live_auc{model="m"} < 1',
    'live_auc{job="a", namespace="b"} < 1',
    'live_auc{model_name!="m"} < 1',
    'live_auc{model_name=~".*"} < 1',
    'other{model_name="m"} < 1',
  ])('is silent about %s', (expr) => {
    expect(of(oneRule('AucLow', `'${expr}'`))).toEqual([]);
  });

  it('is silent where configuration may add the label', () => {
    const prometheus = 'scrape_configs:\n- job_name: a\n  static_configs: [{targets: [a], labels: {model_name: m}}]\n';
    expect(of(oneRule('AucLow', `'live_auc{model_name="m"} < 1'`), { 'prometheus.yml': prometheus })).toEqual([]);
  });
});
