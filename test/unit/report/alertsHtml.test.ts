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
      '2 rules: <span class="proved">✓ 1 proved</span>, <span class="never_fires">✗ 1 never fires</span>',
    );
    expect(page).toContain('Judged by promtool 2.42.0.');
    expect(page).toContain('<a href="#rule-1">Other</a>');
    const [before, first, second] = page.split('<section ');
    expect(before).toContain(
      'Needs attention</h2><ul><li><a href="#rule-1">Other</a> <b class="never_fires">never fires</b>: a ratio',
    );
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

  it('says below each plot what its threshold is and when the alert is pending and firing', () => {
    const spans = [
      { from: 60, to: 120, state: 'pending' as const },
      { from: 120, to: 180, state: 'firing' as const },
    ];
    const rule = verdict();
    const charts = new Map([[chartKey(rule), [{ ...chart, to: 240, threshold: 0.5, spans }, chart]]]);
    const [, first, second] = alertsHtml({ rules: [rule], charts, tools: {} }).split('<figure>');
    expect(first).toContain('threshold 0.5; pending from 1m to 2m, firing from 2m to 3m</p>');
    expect(second).not.toContain('class="note');
  });

  it('tells first of alerts that reach nobody, and once of secrets, and where the others go', () => {
    const secret = { code: 'inline-secret' as const, message: 'am.yml:2: a secret; keep it in a file (`…_file`).' };
    const lost = { code: 'no-route' as const, message: 'No route matches it.' };
    const route = {
      reached: [],
      notifies: false,
      findings: [lost, secret],
      checkedByAmtool: 'agrees' as const,
      shown: 'Goes to none.',
    };
    const told = {
      ...route,
      notifies: true,
      findings: [secret],
      reached: [
        {
          ...{ receiver: 'pager', integrations: [], group: {}, muted: 'never' as const },
          ...{ groupWait: 30, groupInterval: 300, repeatInterval: 3600 },
          path: [
            { line: 2, matchers: [] },
            { line: 5, matchers: ['severity="critical"'] },
          ],
        },
      ],
    };
    const rules = [verdict({ findings: [secret], route: told }), verdict({ line: 9, findings: [lost, secret], route })];
    const page = alertsHtml({ rules, charts: new Map(), tools: {} });
    expect(page).toContain(
      '<a href="#rule-1">HighErrorRate</a> <b class="nobody">reaches nobody</b>: No route matches it.',
    );
    expect(page).not.toContain('<a href="#rule-0">HighErrorRate</a> <b');
    expect(page.match(/a secret; keep it in a file \(<code>…_file<\/code>\)\./g)).toHaveLength(1);
    expect(page).toContain(
      'by the routes at line 2 (every alert) → line 5 (severity=&quot;critical&quot;); ' +
        'first after 30s, news of the group after 5m, again after 1h',
    );
  });

  it('holds what promtool was given, as long as the page stays small enough for a browser', () => {
    const evidence = { rules: 'groups: []', tests: 'x: <y>' };
    const large = { rules: 'r'.repeat(4_000_000), tests: '' };
    const rules = [verdict({ evidence }), verdict({ line: 9, evidence: large })];
    const [, first, second] = alertsHtml({ rules, charts: new Map(), tools: {} }).split('<section ');
    expect(first).toContain('<pre tabindex="0">x: &lt;y&gt;</pre>');
    expect(second).toContain('left out');
    expect(second?.length).toBeLessThan(5_000);
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
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    );
  });
});
