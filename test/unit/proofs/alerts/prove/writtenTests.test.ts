import { describe, expect, it } from 'vitest';
import { readRuleFiles, type WrittenRule } from '../../../../../src/proofs/alerts/prove/readRuleFiles.js';
import { TestNames, WrittenTests } from '../../../../../src/proofs/alerts/prove/writtenTests.js';

function rule(file: string, line: number, name: string): WrittenRule {
  const [read] = readRuleFiles([{ path: file, text: 'groups: [{name: g, rules: [{alert: A, expr: m}]}]' }]).rules;
  return { ...(read as WrittenRule), line, name };
}

describe('TestNames', () => {
  it('makes a name of the rule file and the alert, the same whenever it is asked', () => {
    const names = new TestNames();
    const hot = rule('rules/oven.yml', 4, 'Hot');
    expect([names.nameOf(hot), names.nameOf(hot)]).toEqual(['oven.Hot.test.yaml', 'oven.Hot.test.yaml']);
  });

  it('tells alerts of one name by their lines, and those of two files of one name by more', () => {
    const names = new TestNames();
    const given = [rule('a/oven.yml', 4, 'Hot'), rule('a/oven.yml', 9, 'Hot'), rule('b/oven.yaml', 9, 'Hot')];
    const made = given.map((one) => names.nameOf(one));
    expect(made.slice(0, 2)).toEqual(['oven.Hot.test.yaml', 'oven.Hot.line-9.test.yaml']);
    expect(made[2]).toMatch(/^oven\.Hot\.[0-9a-f]{8}\.test\.yaml$/);
    const again = new TestNames();
    expect(given.map((one) => again.nameOf(one))).toEqual(made);
  });

  it('tells names apart that differ in case only, as some file systems don’t', () => {
    const names = new TestNames();
    names.nameOf(rule('oven.yml', 4, 'Hot'));
    expect(names.nameOf(rule('oven.yml', 9, 'HOT'))).toBe('oven.HOT.line-9.test.yaml');
  });

  it('lets no name of an alert leave the folder, hide the file or grow without end', () => {
    const nameOf = (name: string) => new TestNames().nameOf(rule('r.yml', 4, name));
    expect(nameOf('../../etc/passwd')).toBe('r.etc-passwd.test.yaml');
    expect(nameOf('a b\n"c"')).toBe('r.a-b-c-.test.yaml');
    expect(nameOf('日本')).toBe('r.rule.test.yaml');
    expect(nameOf('x'.repeat(500))).toHaveLength(120 + '.test.yaml'.length);
    expect(new TestNames().nameOf(rule('.hidden.yml', 4, 'A'))).toBe('hidden.A.test.yaml');
  });
});

const TEXT = 'groups:\n- name: g\n  rules:\n  - {alert: Good, expr: m > 1}\n  - {alert: Bad, expr: m >}\n';

function writtenTests(dir: string, files: Record<string, string>, refused: string[] = []) {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  const { rules } = readRuleFiles(texts);
  const bad = rules.filter(({ name }) => name === 'Bad');
  return new WrittenTests(dir, {
    input: { files: texts, promtool: '', jobs: 1 },
    refused: new Map(refused.map((file) => [file, 'refused'])),
    faults: new Map(bad.map((one) => [one, { verdict: 'invalid', reason: 'bad' }])),
    rules,
  });
}

describe('WrittenTests', () => {
  it('names rule files as a test must, relative to the folder of tests', () => {
    const written = writtenTests('monitoring/tests', { 'monitoring/rules/a.yml': TEXT, 'b.yml': TEXT });
    expect(written.ruleFilePath('monitoring/rules/a.yml')).toBe('../rules/a.yml');
    expect(written.ruleFilePath('b.yml')).toBe('../../b.yml');
    expect(written.ruleFilePath('monitoring/tests/c.yml')).toBe('c.yml');
  });

  it('lays tests and rule files out as they lie on the disk, below the folder that holds both', () => {
    const written = writtenTests('monitoring/tests', { 'monitoring/rules/a.yml': 'text of a' });
    expect(written.testPath('a.Good.test.yaml')).toBe('tests/a.Good.test.yaml');
    expect(written.ruleFiles(['monitoring/rules/a.yml'])).toEqual({ 'rules/a.yml': 'text of a' });
    const apart = writtenTests('/one/tests', { '/two/a.yml': 'text of a' });
    expect(apart.testPath('t.yaml')).toBe('one/tests/t.yaml');
    expect(apart.ruleFiles(['/two/a.yml'])).toEqual({ 'two/a.yml': 'text of a' });
    expect(apart.ruleFilePath('/two/a.yml')).toBe('../../two/a.yml');
  });

  it('gives a file word for word, unless promtool refuses it: then without its bad rules', () => {
    expect(writtenTests('t', { 'a.yml': TEXT }).ruleFiles(['a.yml'])).toEqual({ 'a.yml': TEXT });
    const { 'a.yml': left } = writtenTests('t', { 'a.yml': TEXT }, ['a.yml']).ruleFiles(['a.yml']);
    expect(JSON.parse(left as string)).toEqual({
      groups: [{ name: 'g', rules: [{ alert: 'Good', expr: 'm > 1' }] }],
    });
  });
});
