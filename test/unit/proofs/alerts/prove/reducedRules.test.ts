import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRuleFiles, type WrittenRule } from '../../../../../src/proofs/alerts/prove/readRuleFiles.js';
import {
  asciiJson,
  changedRule,
  reducedGroupOrder,
  reducedRuleFile,
} from '../../../../../src/proofs/alerts/prove/reducedRules.js';
import { Promtool } from '../../../../../src/proofs/alerts/prove/runPromtool.js';
import { describeWithPromTools } from '../../../../support/promTools.js';

const TEXT = `groups:
- name: oven
  interval: 90s
  rules:
  - {record: 'room:temperature:max', expr: max by (room) (temperature)}
  - alert: Hot
    expr: temperature > 80
    for: 3m
    labels: {severity: page, code: "012", sure: "yes"}
- name: cellar
  rules:
  - {alert: Cold, expr: temperature < 5, keep_firing_for: 2m}
`;

function rulesOf(...texts: string[]): readonly WrittenRule[] {
  return readRuleFiles(texts.map((text, index) => ({ path: `r${index}.yml`, text }))).rules;
}

function named(name: string): WrittenRule {
  return rulesOf(TEXT).find((rule) => rule.name === name) as WrittenRule;
}

const HOT = {
  alert: 'Hot',
  expr: 'temperature > 80',
  for: '3m',
  labels: { severity: 'page', code: '012', sure: 'yes' },
};

describe('reducedRuleFile', () => {
  it('holds the given rules alone, in numbered groups with their intervals', () => {
    expect(JSON.parse(reducedRuleFile([named('Hot'), named('Cold')]))).toEqual({
      groups: [
        { name: 'group 1', interval: '1m30s', rules: [HOT] },
        { name: 'group 2', rules: [{ alert: 'Cold', expr: 'temperature < 5', keep_firing_for: '2m' }] },
      ],
    });
  });

  it('keeps groups apart that bear one name in two files, unless names are to be kept', () => {
    const rules = rulesOf(TEXT, TEXT).filter(({ name }) => name === 'Hot');
    const namesOf = (text: string) => JSON.parse(text).groups.map(({ name }: { name: string }) => name);
    expect(namesOf(reducedRuleFile(rules))).toEqual(['group 1', 'group 2']);
    expect(namesOf(reducedRuleFile(rules, true))).toEqual(['oven', 'oven']);
  });

  it('is read by a YAML 1.1 reader as the strings that it holds', () => {
    expect(parse(reducedRuleFile([named('Hot')]), { version: '1.1' }).groups[0].rules).toEqual([HOT]);
  });

  it('is empty for no rules', () => {
    expect(JSON.parse(reducedRuleFile([]))).toEqual({ groups: [] });
  });
});

describe('reducedGroupOrder', () => {
  it('names the groups as the file does, in the order of the rules', () => {
    const rules = [named('Cold'), named('room:temperature:max'), named('Hot')];
    expect(reducedGroupOrder(rules)).toEqual(['group 1', 'group 2']);
    const { groups } = JSON.parse(reducedRuleFile(rules));
    expect(groups.map(({ name, rules: own }: { name: string; rules: unknown[] }) => [name, own.length])).toEqual([
      ['group 1', 1],
      ['group 2', 2],
    ]);
  });
});

describe('changedRule', () => {
  it('has the new fields in place of its own, and leaves the rule itself as it was', () => {
    const rule = named('Hot');
    const changed = changedRule(rule, { name: 'Mutant', expr: 'temperature < 80', for: 360, keepFiringFor: 90 });
    expect(changed.plain).toEqual({
      ...HOT,
      alert: 'Mutant',
      expr: 'temperature < 80',
      for: '6m',
      keep_firing_for: '1m30s',
    });
    expect(changed.groupKey).toBe(rule.groupKey);
    expect(rule.plain).toEqual(HOT);
  });

  it('takes away a wait with zero, and changes nothing that is not named', () => {
    expect(changedRule(named('Hot'), { for: 0 }).plain).toEqual({ ...HOT, for: '0s' });
    expect(changedRule(named('Hot'), {}).plain).toEqual(HOT);
  });
});

describe('asciiJson', () => {
  it('escapes what YAML readers take for a line break or refuse, and nothing else', () => {
    const text = 'a\u0085b\u2028c\u2029d\ufeffe\uffffü';
    expect(asciiJson(text)).toBe('"a\\u0085b\\u2028c\\u2029d\\ufeffe\\uffffü"');
    expect(JSON.parse(asciiJson(text))).toBe(text);
  });
});

describeWithPromTools('a reduced file in the hands of promtool', () => {
  it('is accepted, with characters that plain YAML would trip over', async () => {
    const rule = named('Hot');
    const odd = { ...rule, plain: { ...rule.plain, annotations: { summary: 'a\u2028b\ufeff "c" # d: {{ $value }}' } } };
    const promtool = new Promtool({ tool: process.env.PROMTOOL as string, jobs: 1 });
    expect(await promtool.check([{ path: 'r.yml', text: reducedRuleFile([odd, named('Cold')]) }])).toEqual([undefined]);
  });
});
