import { describe, expect, it } from 'vitest';
import { reduceChange } from '../../../src/planning/reduceChange.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';
import { assessmentOf, editsOf, type FakeRule } from './assessment.js';

function reduce(before: Record<string, string>, after: Record<string, string>, rules: FakeRule[]) {
  const base = memorySnapshot(before);
  const reassess = assessmentOf(rules);
  const risks = reassess(base);
  let assessments = 0;
  const counted = (snapshot: Parameters<typeof reassess>[0]) => {
    assessments += 1;
    return reassess(snapshot);
  };
  const result = reduceChange({ base, risks, edits: editsOf(after), mustClose: risks, reassess: counted });
  return { result, assessments };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const numbered = (count: number, word: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `${word(index)}\nkeep\n`).join('');

describe('reduceChange', () => {
  it('keeps exactly the hunks whose loss reopens a risk, and names it', () => {
    const rules: FakeRule[] = [
      { rule: 'R-1', path: 'a.txt', bad: /bad1/ },
      { rule: 'R-2', path: 'a.txt', bad: /bad2/ },
    ];
    const { result } = reduce(
      { 'a.txt': 'bad1\nkeep\nfine\nkeep\nbad2\n' },
      { 'a.txt': 'good1\nkeep\nFINE\nkeep\nmore\ngood2\n' },
      rules,
    );
    if ('refused' in result) throw new Error(result.refused);
    expect(result.edits.map((edit) => text(edit.content))).toEqual(['good1\nkeep\nfine\nkeep\nmore\ngood2\n']);
    expect(result.hunks.map((hunk) => [hunk.oldStart, hunk.newStart, hunk.closes])).toEqual([
      [0, 0, ['R-1:R-1']],
      [4, 4, ['R-2:R-2']],
    ]);
    expect(result.hunks[0]?.reason).toBe(
      'Without it, R-1:R-1 (alert-on-never-exported-metric) stays open: The alert reads a metric that nothing exports.',
    );
    expect(result.after).toEqual([]);
  });

  it('keeps one of two hunks that do the same, always the same one', () => {
    // The risk is there only while the word stands in both places.
    const rules: FakeRule[] = [{ rule: 'R-1', path: 'a.txt', bad: /bad[\s\S]*bad/ }];
    for (let turn = 0; turn < 3; turn += 1) {
      const { result } = reduce({ 'a.txt': 'bad\nkeep\nbad\n' }, { 'a.txt': 'good\nkeep\ngood\n' }, rules);
      if ('refused' in result) throw new Error(result.refused);
      expect(result.edits.map((edit) => text(edit.content))).toEqual(['good\nkeep\nbad\n']);
    }
  });

  it('keeps a hunk without which a new risk would appear, and says so', () => {
    // `use` without `import` is a risk of its own.
    const rules: FakeRule[] = [
      { rule: 'R-1', path: 'a.txt', bad: /bad/ },
      { rule: 'R-2', path: 'a.txt', bad: /^(?!import)[\s\S]*use/ },
    ];
    const { result } = reduce({ 'a.txt': 'top\nkeep\nbad\n' }, { 'a.txt': 'import\ntop\nkeep\nuse\n' }, rules);
    if ('refused' in result) throw new Error(result.refused);
    expect(result.hunks[0]?.closes).toEqual([]);
    expect(result.hunks[0]?.reason).toContain('R-2:R-2 (alert-on-never-exported-metric) appears');
  });

  it('refuses more than 64 hunks without assessing anything, and stays bounded at 64', () => {
    const rules: FakeRule[] = [{ rule: 'R-1', path: 'a.txt', bad: /^bad0$/m }];
    const many = reduce(
      { 'a.txt': numbered(65, (index) => `bad${index}`) },
      { 'a.txt': numbered(65, (index) => `good${index}`) },
      rules,
    );
    expect(many.result).toEqual({ refused: 'the fix has 65 hunks, more than 64' });
    expect(many.assessments).toBe(0);
    const most = reduce(
      { 'a.txt': numbered(64, (index) => `bad${index}`) },
      { 'a.txt': numbered(64, (index) => `good${index}`) },
      rules,
    );
    expect('edits' in most.result && most.result.hunks).toHaveLength(1);
    expect(most.assessments).toBeLessThan(64 * 65);
  });

  it('refuses a change that changes nothing', () => {
    expect(reduce({ 'a.txt': 'bad' }, { 'a.txt': 'bad' }, [{ rule: 'R-1', path: 'a.txt', bad: /bad/ }]).result).toEqual(
      {
        refused: 'the fix changes nothing',
      },
    );
  });
});
