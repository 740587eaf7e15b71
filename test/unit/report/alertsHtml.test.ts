import { describe, expect, it } from 'vitest';
import type { Chart } from '../../../src/proofs/alerts/chart.js';
import { alertsHtml, chartKey } from '../../../src/report/alertsHtml.js';
import { verdict } from '../proofs/alerts/verdictSample.js';

const chart: Chart = { title: 'plot', from: 0, to: 1, lines: [{ name: 'x', points: [[0, 1]] }], spans: [] };

describe('the page of alerts', () => {
  it('counts verdicts, leads from each row to its rule, and puts each plot with its rule', () => {
    const rules = [
      verdict(),
      verdict({ line: 9, alert: 'Other', verdict: 'never_fires', reason: 'a ratio is never 5' }),
    ];
    const charts = new Map([[chartKey(rules[0] as (typeof rules)[0]), [chart]]]);
    const page = alertsHtml({ rules, charts, tools: { promtool: '2.42.0' } });
    expect(page).toContain(
      '2 rules: <span class="proved">1 proved</span>, <span class="never_fires">1 never fires</span>',
    );
    expect(page).toContain('Judged by promtool 2.42.0.');
    expect(page).toContain('<a href="#rule-1">Other</a>');
    const [, first, second] = page.split('<section ');
    expect(first).toContain('<svg');
    expect(second).not.toContain('<svg');
    expect(second).toContain('a ratio is never 5');
  });

  it('names the files that could not be used', () => {
    const page = alertsHtml({
      rules: [],
      charts: new Map(),
      tools: {},
      unusable: [{ file: 'broken.yml', reason: 'broken YAML at line 4' }],
    });
    expect(page).toContain('0 rules: none.');
    expect(page).toContain('<code>broken.yml</code>: broken YAML at line 4');
  });

  it('lets nothing that stands in rule files become markup, and loads and runs nothing', () => {
    const hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
    const rule = verdict({
      alert: hostile,
      file: hostile,
      reason: hostile,
      findings: [{ code: 'inline-secret', message: hostile }],
      assumptions: [{ about: 'kind', text: hostile, status: 'assumed' }],
      shown: [{ name: hostile, passed: true, text: hostile }],
      mutants: [{ kind: hostile, text: hostile, killed: true }],
      tests: [hostile],
    });
    const charts = new Map([[chartKey(rule), [{ ...chart, title: hostile }]]]);
    const page = alertsHtml({
      rules: [rule],
      charts,
      tools: { [hostile]: hostile },
      unusable: [{ file: hostile, reason: hostile }],
    });
    expect(page).not.toMatch(/<img|<script/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });
});
