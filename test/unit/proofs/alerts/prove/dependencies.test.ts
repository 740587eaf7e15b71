import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { crossedIntervals, DependencyFinder } from '../../../../../src/proofs/alerts/prove/dependencies.js';
import { readRuleFiles, type WrittenRule } from '../../../../../src/proofs/alerts/prove/readRuleFiles.js';

function rulesOf(text: string): readonly WrittenRule[] {
  return readRuleFiles([{ path: 'r.yml', text }]).rules;
}

function chainOf(text: string, alert = 'A') {
  const rules = rulesOf(text);
  const finder = new DependencyFinder(rules, (rule) => parseQuery(rule.expr));
  return finder.of(rules.find(({ name }) => name === alert) as WrittenRule);
}

describe('DependencyFinder', () => {
  it('finds recordings of recordings, groups that are read first, and leaves out what is not read', () => {
    const { chain, recordings, circle } = chainOf(`groups:
- name: alerts
  rules:
  - {alert: A, expr: 'b > 1'}
- name: second
  rules:
  - {record: unread, expr: 'x'}
  - {record: b, expr: 'sum(c)'}
- name: first
  rules:
  - {record: c, expr: 'rate(x[5m])'}
`);
    expect(chain.map(({ name }) => name)).toEqual(['c', 'b', 'A']);
    expect(recordings.map(({ name }) => name)).toEqual(['c', 'b']);
    expect(circle).toEqual([]);
  });

  it('keeps the order of the file within a group, also where a rule stands before what it reads', () => {
    const { chain } = chainOf(
      "groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'b > 1'}\n  - {record: b, expr: x}\n",
    );
    expect(chain.map(({ name }) => name)).toEqual(['A', 'b']);
  });

  it('names a recording that reads itself', () => {
    const { circle } = chainOf(
      "groups:\n- name: g\n  rules:\n  - {alert: A, expr: b}\n  - {record: b, expr: 'b + c'}\n  - {record: c, expr: b}\n",
    );
    expect(circle).toEqual(['b']);
  });

  it('takes all rules that record one name', () => {
    const { recordings } = chainOf(
      'groups:\n- name: g\n  rules:\n  - {alert: A, expr: b}\n  - {record: b, expr: x, labels: {s: one}}\n  - {record: b, expr: y, labels: {s: two}}\n',
    );
    expect(recordings).toHaveLength(2);
  });
});

describe('crossedIntervals', () => {
  it('gives the intervals of a chain only when there are several, with the default where a group has none', () => {
    const rules = rulesOf(
      'groups:\n- name: g\n  interval: 2m\n  rules:\n  - {alert: A, expr: b}\n- name: h\n  rules:\n  - {record: b, expr: x}\n',
    );
    expect(crossedIntervals(rules, 60)).toEqual([120, 60]);
    expect(crossedIntervals(rules, 120)).toBeUndefined();
  });
});
