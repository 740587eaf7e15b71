import { describe, expect, it } from 'vitest';
import {
  applySplices,
  indentationOf,
  insertLines,
  lineEnding,
  removeLines,
  scalarLike,
  yamlDifferences,
} from '../../../src/planning/yamlSplice.js';

describe('splicing text', () => {
  it('replaces pieces whatever the order in which they are given', () => {
    const splices = [
      { start: 4, end: 5, text: 'EE' },
      { start: 0, end: 1, text: '' },
      { start: 2, end: 2, text: '-' },
    ];
    expect(applySplices('abcdef', splices)).toBe('b-cdEEf');
  });

  it.each([
    [
      'overlap',
      [
        { start: 0, end: 2, text: 'x' },
        { start: 1, end: 3, text: 'y' },
      ],
    ],
    ['end behind the text', [{ start: 2, end: 9, text: 'x' }]],
    ['end before they start', [{ start: 2, end: 1, text: 'x' }]],
  ])('refuses pieces that %s', (_, splices) => {
    expect(() => applySplices('abc', splices)).toThrowError(expect.objectContaining({ code: 'MLOPS-PLN-001' }));
  });

  it('inserts lines with the ending of the line before them', () => {
    expect(insertLines('a: 1\r\nb: 2\r\n', 1, ['c: 3'])).toBe('a: 1\r\nc: 3\r\nb: 2\r\n');
    expect(insertLines('a: 1\nb: 2\n', 2, ['c: 3', 'd: 4'])).toBe('a: 1\nb: 2\nc: 3\nd: 4\n');
  });

  it('leaves a last line without an ending without one', () => {
    expect(insertLines('a: 1\nb: 2', 2, ['c: 3'])).toBe('a: 1\nb: 2\nc: 3');
    expect(insertLines('a: 1\r\nb: 2', 2, ['c: 3'])).toBe('a: 1\r\nb: 2\r\nc: 3');
    expect(insertLines('a: 1\nb: 2', 1, ['c: 3'])).toBe('a: 1\nc: 3\nb: 2');
  });

  it('puts first lines behind a byte order mark', () => {
    expect(insertLines('\uFEFFa: 1\r\n', 0, ['c: 3'])).toBe('\uFEFFc: 3\r\na: 1\r\n');
  });

  it('changes nothing when there is nothing to insert, and refuses lines that are not there', () => {
    expect(insertLines('a\n', 1, [])).toBe('a\n');
    expect(() => insertLines('a\n', 2, ['b'])).toThrowError(expect.objectContaining({ code: 'MLOPS-PLN-001' }));
    expect(() => removeLines('a\n', 1, 2)).toThrowError(expect.objectContaining({ code: 'MLOPS-PLN-001' }));
    expect(() => removeLines('a\n', 0, 0)).toThrowError(expect.objectContaining({ code: 'MLOPS-PLN-001' }));
  });

  it('removes whole lines with their endings', () => {
    expect(removeLines('a\r\nb\r\nc\r\n', 2, 2)).toBe('a\r\nc\r\n');
    expect(removeLines('a\nb\nc', 2, 3)).toBe('a\n');
  });

  it('knows the ending and the indentation of a line', () => {
    expect(lineEnding('a\r\nb\n', 1)).toBe('\r\n');
    expect(lineEnding('a\r\nb\n', 2)).toBe('\n');
    expect(lineEnding('a\r\nb', 2)).toBe('\r\n');
    expect(lineEnding('a')).toBe('\n');
    expect(indentationOf('a\n  \tb\n', 2)).toBe('  \t');
    expect(indentationOf('\uFEFF  a\n', 1)).toBe('  ');
  });

  it('quotes a new value as the old one was', () => {
    expect(scalarLike('ml-oncall', 'ml-oncall-pager')).toBe('ml-oncall-pager');
    expect(scalarLike("'it''s'", "that's")).toBe("'that''s'");
    expect(scalarLike('"a"', 'say "x"')).toBe('"say \\"x\\""');
  });

  it.each(['a: b', '# no', '', '- x', 'a\nb', '{x}'])('refuses the value %j without quotes', (value) => {
    expect(() => scalarLike('plain', value)).toThrowError(expect.objectContaining({ code: 'MLOPS-PLN-001' }));
  });
});

describe('differences of YAML', () => {
  it('finds the smallest parts that differ, in every document', () => {
    expect(yamlDifferences('a: 1\nb: [x, y]\n---\nc: d\n', 'a: 1\nb: [x, z]\n---\nc: e\n')).toEqual([
      { path: [0, 'b', 1], before: 'y', after: 'z' },
      { path: [1, 'c'], before: 'd', after: 'e' },
    ]);
  });

  it('ignores what is no content', () => {
    expect(yamlDifferences('a: 1 # x\n', "# y\n'a': 1\n")).toEqual([]);
  });

  it('shows an added key once', () => {
    expect(yamlDifferences('a: 1\n', 'r: [x]\na: 1\n')).toEqual([{ path: [0, 'r'], before: undefined, after: ['x'] }]);
  });

  it('says so when a text cannot be read, or would expand without bound', () => {
    expect(yamlDifferences('a: [', 'a: 1')).toBeUndefined();
    const bomb = `a: &a [x]\n${'bcdefghij'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]`)
      .join('\n')}\n`;
    expect(yamlDifferences(bomb, bomb)).toBeUndefined();
  });
});
