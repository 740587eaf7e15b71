import { describe, expect, it } from 'vitest';
import { buildLifecycle } from '../../../../src/lifecycle/buildLifecycle.js';
import { rangeInFile } from '../../../../src/lifecycle/rangeInFile.js';
import { memorySnapshot } from '../../../support/memorySnapshot.js';

const facts = (files: Record<string, string>) => buildLifecycle(memorySnapshot(files)).facts;

describe('rule files', () => {
  it('gives alerts with lines, labels and ranges for splicing', () => {
    const text =
      'groups:\n  - name: g\n    rules:\n      - alert: Drift\n        expr: \'model_drift{m="a"} > 0.2\' # why\n        for: 10m\n        labels: { severity: page }\n        annotations:\n          summary: "{{ $value }}"\n      - record: a:b\n        expr: sum(x)\n';
    const [file] = facts({ 'r.yml': text }).ruleFiles;
    expect(file?.container).toBe('file');
    const [alert, recording] = file?.rules ?? [];
    expect(alert).toMatchObject({
      kind: 'alert',
      name: 'Drift',
      group: 'g',
      line: 4,
      expr: { value: 'model_drift{m="a"} > 0.2', line: 5 },
      for: { value: '10m' },
      labels: { severity: { value: 'page' } },
      annotations: { summary: { value: '{{ $value }}' } },
      templated: false,
    });
    const range = alert && rangeInFile(alert, alert.promql.selectors[0]?.metricRange ?? { start: 0, end: 0 });
    expect(text.slice(range?.start, range?.end)).toBe('model_drift');
    expect(recording).toMatchObject({ kind: 'recording', name: 'a:b', line: 10 });
  });

  it('maps a metric inside a block scalar to the file, also in a ConfigMap', () => {
    const text = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata: { name: rules }',
      'data:',
      '  model.yml: |',
      '    groups:',
      '      - name: g',
      '        rules:',
      '          - alert: A',
      '            expr: |',
      '              sum(rate(errors_total[5m]))',
      '                / sum(rate(all_total[5m])) > 0.05',
      '            for: 5m',
      '',
    ].join('\n');
    const [file] = facts({ 'k8s/cm.yaml': text }).ruleFiles;
    expect(file).toMatchObject({
      container: 'embedded',
      object: { name: 'rules' },
      embedding: { key: 'model.yml', lineOffset: 5 },
    });
    const rule = file?.rules[0];
    expect(rule).toMatchObject({ line: 9, expr: { line: 10 }, for: { line: 13 } });
    for (const [selector, name] of [
      [0, 'errors_total'],
      [1, 'all_total'],
    ] as const) {
      const range = rule && rangeInFile(rule, rule.promql.selectors[selector]?.metricRange ?? { start: 0, end: 0 });
      expect(text.slice(range?.start, range?.end)).toBe(name);
    }
    expect(text.slice(rule?.for?.range.start, rule?.for?.range.end)).toBe('5m');
  });

  it('gives no range for an expression that does not stand verbatim in the file', () => {
    const [file] = facts({
      'r.yml': 'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: "x{a=\\"b\\"} > 1"\n',
    }).ruleFiles;
    const rule = file?.rules[0];
    expect(rule?.promql.selectors[0]?.metric).toBe('x');
    expect(rule && rangeInFile(rule, { start: 0, end: 1 })).toBeUndefined();
  });

  it('reads PrometheusRule objects, and lists Helm templates as unreadable', () => {
    const rule =
      'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: { name: p, labels: { release: prom } }\nspec:\n  groups:\n  - name: g\n    rules:\n    - alert: A\n      expr: up == 0\n';
    const read = facts({ 'p.yaml': rule, 'chart/templates/p.yaml': `{{- if .Values.x }}\n${rule}{{- end }}\n` });
    expect(read.ruleFiles).toMatchObject([
      { container: 'PrometheusRule', object: { name: 'p', labels: { release: 'prom' } } },
    ]);
    expect(read.unreadable).toEqual([{ path: 'chart/templates/p.yaml', reason: 'template' }]);
  });

  it('reads rule_files that are absent, empty or commented out apart', () => {
    const configs = (text: string) => facts({ 'prometheus.yml': text }).prometheusConfigs[0];
    expect(configs('scrape_configs: []\n# rule_files: [a]\n')?.ruleFiles).toBeUndefined();
    expect(configs('scrape_configs: []\nrule_files:\n  # - a\n')).toMatchObject({
      ruleFiles: [],
      ruleFilesPair: { line: 2 },
    });
    expect(
      configs('scrape_configs: [{ job_name: a, static_configs: [{ targets: ["x:1"] }] }]\nrule_files: ["r/*.yml"]\n'),
    ).toMatchObject({
      ruleFiles: [{ value: 'r/*.yml' }],
      scrapeConfigs: [{ job: 'a', targets: ['x:1'] }],
      alertmanagers: [],
    });
  });
});
