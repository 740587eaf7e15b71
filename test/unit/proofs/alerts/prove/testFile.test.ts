import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runTool } from '../../../../../src/monitoring/tool.js';
import { type TestFile, terseTestFile, testFileText } from '../../../../../src/proofs/alerts/prove/testFile.js';
import { describeWithPromTools } from '../../../../support/promTools.js';

const FILE: TestFile = {
  ruleFiles: ['rules.yml'],
  evaluationInterval: 60,
  groupOrder: ['oven'],
  head: ['Tests of the alert Hot (rules.yml).'],
  seriesNotes: new Map([['temperature{room="yes"}', 'must not be matched']]),
  groups: [
    {
      name: 'Hot fires',
      comment: ['The values turn bad at 1m.'],
      input: {
        interval: 30,
        series: [
          { series: 'temperature{room="012"}', values: '80x1 81x8' },
          { series: 'temperature{room="yes"}', values: '0x9' },
        ],
      },
      alertTests: [
        {
          alert: 'Hot',
          at: 120,
          alerts: [{ labels: { alertname: 'Hot', room: '012' }, annotations: { summary: 'no: 81 \u2028 and "more"' } }],
          comment: 'firing',
        },
      ],
      expressionTests: [
        {
          expr: 'ALERTS{alertname="Hot"}',
          at: 60,
          samples: [{ labels: { __name__: 'ALERTS', alertname: 'Hot', alertstate: 'firing', room: '012' }, value: 1 }],
          comment: 'firing right after',
        },
      ],
    },
    { name: 'Hot is silent', comment: [], input: { interval: 30, series: [] }, alertTests: [], expressionTests: [] },
  ],
};

const RULES = `groups:
- name: oven
  rules:
  - alert: Hot
    expr: temperature > 80
    annotations: {summary: "no: {{ $value }} \\u2028 and \\"more\\""}
`;

describe('testFileText', () => {
  it('writes block style with names, and each comment right above what it is about', () => {
    expect(testFileText(FILE)).toBe(`# Tests of the alert Hot (rules.yml).

rule_files:
  - rules.yml
evaluation_interval: 1m
tests:
  # The values turn bad at 1m.
  - name: Hot fires
    interval: 30s
    input_series:
      - series: temperature{room="012"}
        values: 80x1 81x8
      # must not be matched
      - series: temperature{room="yes"}
        values: "0x9"
    alert_rule_test:
      # firing
      - eval_time: 2m
        alertname: Hot
        exp_alerts:
          - exp_labels:
              room: "012"
            exp_annotations:
              summary: "no: 81 \\u2028 and \\"more\\""
    promql_expr_test:
      # firing right after
      - expr: ALERTS{alertname="Hot"}
        eval_time: 1m
        exp_samples:
          - labels: ALERTS{alertname="Hot", alertstate="firing", room="012"}
            value: 1

  - name: Hot is silent
    interval: 30s
    input_series: []
`);
  });

  it('keeps line breaks of rules from ending a comment and adding keys', () => {
    const text = testFileText({ ...FILE, head: ['a\nrule_files: [evil]', 'b\r\u0085c\u2029d'] });
    expect(text.split('\n').slice(0, 3)).toEqual(['# a rule_files: [evil]', '# b c d', '']);
    expect(parse(text).rule_files).toEqual(['rules.yml']);
  });

  it('states the order of groups only where there are several', () => {
    expect(testFileText(FILE)).not.toContain('group_eval_order');
    const text = testFileText({ ...FILE, groupOrder: ['records', 'oven'] });
    expect(text).toContain('group_eval_order:\n  - records\n  - oven\n');
  });

  it('gives the same text for the same tests', () => {
    expect(testFileText(FILE)).toBe(testFileText(structuredClone(FILE)));
  });
});

describe('terseTestFile', () => {
  it('says the same without comments', () => {
    expect(JSON.parse(terseTestFile(FILE))).toEqual(parse(testFileText(FILE), { version: '1.1' }));
    expect(terseTestFile(FILE)).not.toContain('firing right after');
  });
});

describeWithPromTools('a test file in the hands of promtool', () => {
  it.each([
    ['with comments', testFileText],
    ['terse', terseTestFile],
  ])('passes for the rule that it describes and fails for another, %s', async (_, write) => {
    const run = (rules: string) =>
      runTool({
        tool: process.env.PROMTOOL as string,
        args: ['test', 'rules', 'test.yml'],
        files: { 'rules.yml': rules, 'test.yml': write(FILE) },
      });
    expect((await run(RULES)).exitCode).toBe(0);
    expect((await run(RULES.replace('> 80', '> 81'))).exitCode).not.toBe(0);
  });
});
