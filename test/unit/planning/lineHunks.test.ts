import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyHunks, changedLines, hunksBetween } from '../../../src/planning/lineHunks.js';

const texts = fc
  .array(fc.constantFrom('a', 'b', '', 'c\r', '\uFEFF', '\r', 'é'), { maxLength: 20 })
  .chain((lines) => fc.boolean().map((final) => lines.join('\n') + (final ? '\n' : '')));

describe('hunksBetween', () => {
  it('gives hunks that applied to the one text give the other, byte for byte', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => applyHunks(before, hunksBetween(before, after) ?? []) === after),
    );
  });

  it('counts lines from 0, and a replaced line once', () => {
    const hunks = hunksBetween('a\nb\nc\nd\n', 'a\nB\nc\nd\ne\nf\n') ?? [];
    expect(hunks).toEqual([
      { oldStart: 1, newStart: 1, removed: ['b\n'], added: ['B\n'] },
      { oldStart: 4, newStart: 4, removed: [], added: ['e\n', 'f\n'] },
    ]);
    expect(changedLines(hunks)).toBe(3);
  });

  it('takes a lost final newline for a changed line', () => {
    expect(hunksBetween('a\nb\n', 'a\nb')).toEqual([{ oldStart: 1, newStart: 1, removed: ['b\n'], added: ['b'] }]);
  });

  it('gives up on texts with thousands of different lines', () => {
    const lines = (word: string) => Array.from({ length: 5000 }, (_, index) => `${word}${index}\n`).join('');
    expect(hunksBetween(lines('a'), lines('b'))).toBeUndefined();
  });
});
