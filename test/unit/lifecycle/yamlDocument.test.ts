import { describe, expect, it } from 'vitest';
import { readYaml, type YamlNode } from '../../../src/lifecycle/yamlDocument.js';

function document(text: string): YamlNode {
  const reading = readYaml(text);
  if ('reason' in reading) throw new Error(reading.reason);
  return reading.documents[0] as YamlNode;
}

function reason(text: string): string | undefined {
  const reading = readYaml(text);
  return 'reason' in reading ? reading.reason : undefined;
}

describe('readYaml', () => {
  it('keeps `on`, `NO` and `1.10` as they stand', () => {
    const node = document('on: NO\nversion: 1.10\nflag: true\n');
    expect(node.get('on')?.text).toBe('NO');
    expect(node.get('version')?.text).toBe('1.10');
    expect(node.get('flag')?.boolean).toBe(true);
  });

  it('gives ranges that slice to the scalar, quotes included', () => {
    const text = '# head\na:\n  b: "x > 1" # tail\n';
    const scalar = document(text).get('a', 'b')?.scalar;
    expect(scalar).toMatchObject({ value: 'x > 1', line: 3, endLine: 3 });
    expect(text.slice(scalar?.range.start, scalar?.range.end)).toBe('"x > 1"');
  });

  it('gives the pieces of a block scalar that stand verbatim in the file', () => {
    const text = 'expr: |\n  sum(a)\n    / b\n';
    const node = document(text).get('expr') as YamlNode;
    expect(node.text).toBe('sum(a)\n  / b\n');
    for (const { at, fileAt, length } of node.verbatimPieces()) {
      expect(text.slice(fileAt, fileAt + length)).toBe(node.text?.slice(at, at + length));
    }
    expect(node.verbatimPieces().map(({ length }) => length)).toEqual([6, 3]);
  });

  it('gives no pieces for a quoted scalar with escapes', () => {
    expect(document('expr: "a\\tb"\n').get('expr')?.verbatimPieces()).toEqual([]);
  });

  it('resolves aliases and merge keys, own keys first', () => {
    const node = document('base: &b { a: 1, c: 2 }\nuse:\n  <<: *b\n  a: 3\n');
    expect(node.get('use', 'a')?.number).toBe(3);
    expect(node.get('use', 'c')?.number).toBe(2);
  });

  it('ends on an alias that contains itself', () => {
    const node = document('a: &x\n  self: *x\n');
    expect(node.plain()).toBeDefined();
  });

  it('reads several documents and reports duplicate keys with the last one counting', () => {
    const reading = readYaml('a: 1\na: 2\n---\nb: 3\n');
    expect(reading).toMatchObject({ duplicateKeys: [{ key: 'a', line: 2 }] });
    if ('reason' in reading) throw new Error(reading.reason);
    expect(reading.documents.map((node) => node.plain())).toEqual([{ a: 2 }, { b: 3 }]);
  });

  it('refuses broken YAML with the line', () => {
    expect(reason('a: 1\nb: [1, 2\nc: 3\n')).toMatch(/^broken YAML at line [234]:/);
  });

  it('refuses what is nested deeper than 64 levels, also when it is very deep', () => {
    expect(reason(`${'['.repeat(65)}${']'.repeat(65)}`)).toBe('nested deeper than 64 levels');
    expect(reason('['.repeat(1_000_000))).toBe('nested deeper than 64 levels');
    expect(reason('- '.repeat(500_000))).toBe('nested deeper than 64 levels');
    expect(reason(`${'['.repeat(60)}${']'.repeat(60)}`)).toBeUndefined();
  });

  it('refuses more than 100 aliases', () => {
    expect(reason(`a: &a 1\nb: [${Array(101).fill('*a').join(', ')}]\n`)).toBe('more than 100 aliases');
  });

  it('refuses a text above 1 MiB', () => {
    expect(reason(`a: ${'x'.repeat(1024 * 1024)}`)).toMatch(/larger/);
  });

  it('keeps `__proto__` an ordinary key', () => {
    const plain = document('__proto__: { polluted: yes }\n').plain() as object;
    expect(Object.keys(plain)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
