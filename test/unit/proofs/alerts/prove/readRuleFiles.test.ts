import { describe, expect, it } from 'vitest';
import { readRuleFiles } from '../../../../../src/proofs/alerts/prove/readRuleFiles.js';

function read(text: string) {
  return readRuleFiles([{ path: 'rules.yml', text }]);
}

const PLAIN = `groups:
- name: g
  interval: 90s
  rules:
  - record: job:errors:rate5m
    expr: sum by (job) (rate(errors_total[5m]))
  - alert: Errors
    expr: job:errors:rate5m > 1
    for: 1h30m
    keep_firing_for: 5m
    labels: {severity: yes}
    annotations:
      summary: "{{ $labels.job }}"
`;

describe('readRuleFiles', () => {
  it('reads alerts and recordings with their lines, durations in seconds and values as they are written', () => {
    const { rules, unusable } = read(PLAIN);
    expect(unusable).toEqual([]);
    expect(rules.map(({ kind, name, line }) => [kind, name, line])).toEqual([
      ['record', 'job:errors:rate5m', 5],
      ['alert', 'Errors', 7],
    ]);
    expect(rules[1]).toMatchObject({
      expr: 'job:errors:rate5m > 1',
      group: 'g',
      interval: 90,
      for: 5400,
      keepFiringFor: 300,
      labels: { severity: 'yes' },
      annotations: { summary: '{{ $labels.job }}' },
      loadable: true,
    });
    expect(rules[1]?.fault).toBeUndefined();
  });

  it('reads a PrometheusRule, which promtool can not load as it is', () => {
    const { rules } = read(`apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
spec:
  groups:
  - name: g
    rules:
    - alert: A
      expr: up == 0
`);
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({ name: 'A', line: 7, loadable: false });
  });

  it('reads a rule file that stands as text in a ConfigMap, with the lines of the outer file', () => {
    const { rules } = read(`kind: ConfigMap
data:
  other.txt: |
    groups of people
  alerts.yml: |
    groups:
    - name: g
      rules:
      - alert: A
        expr: up == 0
`);
    expect(rules.map(({ name, line, loadable }) => [name, line, loadable])).toEqual([['A', 9, false]]);
  });

  it('reads every document; what stands behind the first one promtool does not load', () => {
    const { rules } = read(
      'groups:\n- name: a\n  rules:\n  - {alert: A, expr: up}\n---\ngroups:\n- name: b\n  rules:\n  - {alert: B, expr: up}\n',
    );
    expect(rules.map(({ name, line, loadable }) => [name, line, loadable])).toEqual([
      ['A', 4, true],
      ['B', 9, false],
    ]);
  });

  it('names a Helm template that is no YAML', () => {
    const { unusable } = read('groups:\n{{- if .Values.enabled }}\n- name: a\n{{- end }}\n');
    expect(unusable[0]?.reason).toMatch(/^it is a Helm template .*helm template/);
  });

  it('marks a rule whose query holds a Helm template, though the file is YAML', () => {
    const { rules } = read("groups:\n- name: a\n  rules:\n  - {alert: A, expr: 'up > {{ .Values.limit }}'}\n");
    expect(rules[0]?.helm).toBe('{{ .Values.limit }}');
  });

  it('says of broken YAML where it is, and goes on with the other files', () => {
    const { rules, unusable } = readRuleFiles([
      { path: 'bad.yml', text: 'groups: [' },
      { path: 'good.yml', text: PLAIN },
    ]);
    expect(unusable).toEqual([{ file: 'bad.yml', reason: expect.stringMatching(/^broken YAML at line 1/) }]);
    expect(rules).toHaveLength(2);
  });

  it('refuses what holds no rules, nests without end or multiplies aliases', () => {
    expect(read('a: 1').unusable[0]?.reason).toBe('it has no list `groups` of rules');
    expect(read(`a: ${'['.repeat(500)}`).unusable[0]?.reason).toMatch(/nested deeper than 64/);
    expect(read(`a: &x 1\nb: [${'*x,'.repeat(1500)}]`).unusable[0]?.reason).toMatch(/more than 1000 aliases/);
    expect(read('#'.repeat(11 * 1024 * 1024)).unusable[0]?.reason).toMatch(/larger than 10 MiB/);
  });

  it('takes an empty list of groups for a rule file without rules', () => {
    expect(read('groups: []')).toEqual({ rules: [], unusable: [] });
  });

  it('finds the fault of a key that stands twice and of a wait that is no duration, rule by rule', () => {
    const { rules } = read(`groups:
- name: g
  rules:
  - alert: A
    expr: up
    expr: down
  - {alert: B, expr: up, for: soon}
  - {alert: C, expr: up}
`);
    expect(rules.map(({ fault }) => fault)).toEqual([
      'line 6: mapping key "expr" already defined at line 5',
      'not a valid duration string: "soon"',
      undefined,
    ]);
  });

  it('resolves anchors and merges', () => {
    const { rules } = read(`groups:
- name: g
  rules:
  - &base
    alert: A
    expr: up == 0
    for: 5m
  - <<: *base
    alert: B
`);
    expect(rules[1]).toMatchObject({ name: 'B', expr: 'up == 0', for: 300 });
  });

  it('reads acceptances on and above a rule, and none without a reason or of a neighbour', () => {
    const { rules } = read(`groups:
- name: g
  rules:
  # temporal-mlops: accept blind-when-absent -- the blackbox watches it
  - alert: A
    expr: up == 0 # temporal-mlops: accept never_fires -- kept for later
  # temporal-mlops: accept intermittent --
  - alert: B
    expr: up
`);
    expect(rules.map(({ accepted }) => accepted)).toEqual([
      [
        { code: 'blind-when-absent', reason: 'the blackbox watches it' },
        { code: 'never_fires', reason: 'kept for later' },
      ],
      [],
    ]);
  });

  it('reads a file that is given twice once', () => {
    const file = { path: 'rules.yml', text: PLAIN };
    expect(readRuleFiles([file, file]).rules).toHaveLength(2);
  });

  it('follows aliases of aliases once, not in every combination', () => {
    const levels = Array.from({ length: 11 }, (_, index) => {
      const all = Array.from({ length: 9 }, () => `*a${index}`).join(', ');
      return `b${index}: &a${index + 1} [${all}]`;
    });
    const text = ['a: &a0 [x]', ...levels, 'groups: [{name: g, rules: [{alert: B, expr: up == 0}]}]'].join('\n');
    const { rules, unusable } = readRuleFiles([{ path: 'a.yml', text }]);
    expect([rules.map(({ name }) => name), unusable]).toEqual([['B'], []]);
  });

  it('merges a mapping once however often its aliases are merged', () => {
    const levels = Array.from({ length: 11 }, (_, index) => {
      const all = Array.from({ length: 9 }, () => `*a${index}`).join(', ');
      return `b${index}: &a${index + 1} {<<: [${all}], k${index}: z}`;
    });
    const rule = '{alert: B, expr: up == 0, labels: {<<: *a11}}';
    const text = ['a: &a0 {team: x}', ...levels, `groups: [{name: g, rules: [${rule}]}]`].join('\n');
    const [read] = readRuleFiles([{ path: 'a.yml', text }]).rules;
    expect(read?.labels).toMatchObject({ team: 'x', k0: 'z', k10: 'z' });
  });

  it('counts rules that aliases repeat against the limit of rules', () => {
    const rules = Array.from({ length: 200 }, () => '{alert: B, expr: up == 0}').join(', ');
    const text = `g: &g {name: g, rules: [${rules}]}\ngroups: [${Array.from({ length: 60 }, () => '*g').join(', ')}]`;
    const { unusable } = readRuleFiles([{ path: 'a.yml', text }]);
    expect(unusable).toEqual([{ file: 'a.yml', reason: 'with it there are more than 10000 rules' }]);
  });

  it('names a broken rule file in a ConfigMap and reads the other one', () => {
    const text = `kind: ConfigMap
data:
  good.yml: |
    groups: [{name: g, rules: [{alert: C, expr: up == 0}]}]
  broken.yml: |
    groups: [
`;
    const { rules, unusable } = readRuleFiles([{ path: 'cm.yml', text }]);
    expect(rules.map(({ name }) => name)).toEqual(['C']);
    expect(unusable).toEqual([
      {
        file: 'cm.yml',
        reason: expect.stringMatching(/^the rule file that stands as text at line 5: broken YAML at line \d/),
      },
    ]);
  });
});
