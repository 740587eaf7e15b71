import { describe, expect, it } from 'vitest';
import { assertSameApartFrom } from '../../../src/planning/sameApartFrom.js';

const rules = `groups:
  - name: model
    rules:
      - alert: DriftHigh
        expr: |
          psi > 0.25
        for: 30m
        labels: { severity: warning }
      - alert: Down
        expr: up == 0
`;

function check(before: string, after: string, path = 'monitoring/rules.yml'): string {
  try {
    assertSameApartFrom(path, before, after);
    return 'same';
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
}

describe('assertSameApartFrom', () => {
  it.each([
    ['a changed scalar', rules.replace('30m', '10m')],
    ['a changed line of a block scalar', rules.replace('psi >', 'drift_psi >')],
    ['a line added to a block scalar', rules.replace('0.25\n', '0.25\n          and up == 1\n')],
    [
      'an item added before others',
      rules.replace('    rules:\n', '    rules:\n      - alert: New\n        expr: up\n'),
    ],
    ['an item removed', rules.replace('      - alert: Down\n        expr: up == 0\n', '')],
    ['a comment', rules.replace('groups:', '# for people\ngroups:')],
    ['a renamed key above untouched values', rules.replace('    rules:', '    entries:')],
    ['a value in a flow map', rules.replace('warning', 'critical')],
  ])('accepts %s', (_, after) => {
    expect(check(rules, after)).toBe('same');
  });

  it('accepts a first entry below a key that had none', () => {
    const before = 'global: {}\nrule_files:\n  # - rules/*.yml\nalerting:\n  x: 1\n';
    expect(check(before, before.replace('  # - rules', '  - rules'))).toBe('same');
    expect(check('rule_files:\nalerting:\n  x: 1\n', 'rule_files:\n  - a.yml\nalerting:\n  x: 1\n')).toBe('same');
    expect(check('rule_files:', 'rule_files:\n  - a.yml\n')).toBe('same');
  });

  it.each([
    ['is no YAML any more', rules.replace('30m', '"30m'), 'would be no valid YAML'],
    [
      'moves values to another parent',
      rules.replace('      - alert: Down\n', ''),
      'would be no valid YAML: a key stands twice',
    ],
    [
      'continues a plain scalar',
      rules.replace('for: 30m\n', 'for: 30m\n          or more\n'),
      'on a line that it does not touch',
    ],
    ['adds a document', `${rules}---\nx: 1\n`, '2 documents instead of 1'],
    ['repeats a key', rules.replace('for: 30m', 'for: 30m\n        for: 5m'), 'a key stands twice'],
  ])('refuses an edit that %s', (_, after, message) => {
    expect(check(rules, after)).toMatch(/^MLOPS-PLN-001: /);
    expect(check(rules, after)).toContain(message);
  });

  it('refuses an edit that takes untouched lines from their place in the data', () => {
    const before = 'a:\n  b: 1\n  c: 2\nlabels:\n  severity: page\n';
    expect(check(before, before.replace('  c: 2', 'x:\n  c: 2'))).toContain('on a line that it does not touch');
    expect(check(before, before.replace('labels:', 'labels: |'))).toContain('on a line that it does not touch');
    expect(check('k: |\n  one\nb: 1\n', 'k: |1\n  one\nb: 1\n')).toBe('same');
  });

  it('refuses an edit that gives a commented or embedded line a meaning without touching it', () => {
    const before = 'note: |\n  text\n  up: 1\n';
    expect(check(before, before.replace('note: |\n  text', 'note:'))).toContain(
      'new meaning to a line that it does not touch',
    );
  });

  it('refuses an edit within an anchor that is used elsewhere', () => {
    const before = 'base: &base\n  min: 1\nuse: *base\n';
    expect(check(before, before.replace('min: 1', 'min: 2'))).toContain('anchor that is used elsewhere');
  });

  it('refuses a file that was no valid YAML before, and one that is nested too deeply', () => {
    expect(check('a: [\n', 'a: []\n')).toContain('is no valid YAML');
    expect(check(`${'['.repeat(90)}${']'.repeat(90)}\nx`, 'a: 1\n')).toContain('MLOPS-PLN-001');
  });

  it('does not expand aliases', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let index = 0; index < 20; index += 1) {
      const [from, to] = [String.fromCharCode(97 + index), String.fromCharCode(98 + index)];
      bomb.push(`${to}: &${to} [*${from},*${from},*${from},*${from},*${from},*${from},*${from},*${from},*${from}]`);
    }
    const text = `${bomb.join('\n')}\nend: 1\n`;
    expect(check(text, text.replace('end: 1', 'end: 2'))).toBe('same');
  });

  it('keeps Python free of syntax errors, and JSON parseable', () => {
    expect(check('split(x, y)\n', 'split(x, y, random_state=42)\n', 'train.py')).toBe('same');
    expect(check('split(x, y)\n', 'split(x, y, random_state=42\n', 'train.py')).toContain('no longer parse as Python');
    expect(check('print "two"\n', 'print "three"\n', 'old.py')).toBe('same');
    expect(check('{"a": 1}', '{"a": 1,}', 'a.json')).toContain('no longer parse as JSON');
    expect(check('anything', 'else', 'Dockerfile')).toBe('same');
  });
});
