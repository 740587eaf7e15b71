import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRuleFile, reducedRuleFile, templateLabels } from '../../../../src/proofs/alerting/ruleFile.js';

const TEXT = `# rules
groups:
- name: one
  interval: 15s
  rules:
  - record: job:x
    expr: sum(x)
  - alert: A   # why
    expr: |
      x
        > 5
    for: 1h30m
    keep_firing_for: 5m
    labels: {code: 012, on: yes}
    annotations:
      summary: "{{ $labels.pod }} and {{ .Labels.node }} of {{ $labels.pod }}"
- name: two
  rules:
  - {alert: B, expr: y == 0}
`;

describe('readRuleFile', () => {
  it('reads rules with their place, and values as they are written', () => {
    const file = readRuleFile(TEXT, 'r.yml');
    expect(file.recorded).toEqual(new Set(['job:x']));
    expect(file.alerts.map(({ alert, line, interval, for: wait }) => [alert, line, interval, wait])).toEqual([
      ['A', 8, 15, 5400],
      ['B', 19, undefined, 0],
    ]);
    expect(file.alerts[0]).toMatchObject({
      expr: 'x\n  > 5\n',
      labels: { code: '012', on: 'yes' },
      keepFiringFor: '5m',
    });
  });

  it.each([
    ['a: b', 'no list `groups`'],
    ['groups: [', 'not valid'],
    ['groups: [{rules: [{alert: A, expr: x, for: soon}]}]', 'no duration'],
    ['groups: [{interval: 0s, rules: [{alert: A, expr: x}]}]', 'an interval'],
    ['groups: [{a: 1, a: 2}]', 'not valid'],
  ])('refuses %.40s', (text, reason) => {
    expect(() => readRuleFile(text, 'r.yml')).toThrow(
      expect.objectContaining({ code: 'MLOPS-INPUT-001', where: 'r.yml' }),
    );
    expect(() => readRuleFile(text, 'r.yml')).toThrow(reason);
  });

  it('refuses a file that is too large', () => {
    expect(() => readRuleFile(`groups: []\nx: ${'y'.repeat(1024 * 1024)}`, 'r.yml')).toThrow('larger than 1 MiB');
  });

  it('bounds aliases that explode', () => {
    const lines = [
      'a0: &a0 [x]',
      ...Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`),
    ];
    expect(() => readRuleFile(`${lines.join('\n')}\ngroups: []`, 'r.yml')).toThrow('aliases');
  });
});

describe('reducedRuleFile', () => {
  it('holds the one rule, with texts that YAML 1.1 would read as something else in quotes', () => {
    const [rule] = readRuleFile(TEXT, 'r.yml').alerts;
    if (rule === undefined) throw new Error('no rule');
    const text = reducedRuleFile(rule, 'x < 5');
    expect(parse(text, { version: '1.1' })).toEqual({
      groups: [
        {
          name: 'proof',
          rules: [
            {
              alert: 'A',
              expr: 'x < 5',
              for: '5400000ms',
              keep_firing_for: '5m',
              labels: { code: '012', on: 'yes' },
              annotations: rule.annotations,
            },
          ],
        },
      ],
    });
  });
});

it('finds the labels that templates show', () => {
  const [rule] = readRuleFile(TEXT, 'r.yml').alerts;
  expect(rule === undefined ? [] : templateLabels(rule)).toEqual(['pod', 'node']);
});
