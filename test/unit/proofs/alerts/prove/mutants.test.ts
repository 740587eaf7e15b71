import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { type ComparedValues, mutantsOf } from '../../../../../src/proofs/alerts/prove/mutants.js';

/** Values of `x` and of the comparison with it, as an evaluator would give them. */
function mutants(expr: string, left: ComparedValues, more: { for?: number; keepFiringFor?: number } = {}) {
  return mutantsOf({
    expr,
    query: parseQuery(expr),
    for: more.for ?? 0,
    keepFiringFor: more.keepFiringFor ?? 0,
    evaluation: 60,
    valuesOf: (part) => {
      if (part.kind === 'number') return [{ firing: [part.value], healthy: [part.value] }];
      if (part.kind !== 'binary') return [left];
      return [{ firing: left.firing, healthy: [] }];
    },
  });
}

const exprsOf = (all: ReturnType<typeof mutants>) => all.map(({ change }) => change.expr?.replace(/\s+/g, ' ').trim());

describe('mutantsOf', () => {
  it('reverses a comparison and moves its threshold just beyond the values on both sides', () => {
    expect(exprsOf(mutants('x > 80', { firing: [81], healthy: [80] }))).toEqual(['x < 80', 'x > 81.5', 'x > 79.92']);
  });

  it('takes a value at the threshold for firing where the comparison includes it', () => {
    expect(exprsOf(mutants('x <= 5', { firing: [5], healthy: [6] }))).toEqual(['x >= 5', 'x <= 6.5', 'x <= 4.995']);
  });

  it('moves a threshold on the left as well, and a negative one in brackets', () => {
    expect(exprsOf(mutants('-1 < x', { firing: [0], healthy: [-2] }))).toEqual(['-1 > x', '0.5 < x', '(-2.5) < x']);
  });

  it('moves equality to a neighbour, and inequality to the value that fires', () => {
    expect(exprsOf(mutants('x == 3', { firing: [3], healthy: [4] }))).toEqual(['x != 3', 'x == 4', 'x == 2']);
    expect(exprsOf(mutants('x != 3', { firing: [9], healthy: [3] }))).toEqual(['x == 3', 'x != 9']);
  });

  it('demands the notice of comparisons on which the rule turns, not of guards that always hold', () => {
    const guard = mutantsOf({
      expr: 'x > 0',
      query: parseQuery('x > 0'),
      for: 0,
      keepFiringFor: 0,
      evaluation: 60,
      valuesOf: () => [{ firing: [7], healthy: [7] }],
    });
    expect(guard.map(({ kind, decisive }) => [kind, decisive])).toEqual([['reversed', false]]);
    expect(mutants('x > 80', { firing: [81], healthy: [80] }).every(({ decisive }) => decisive)).toBe(true);
  });

  it('turns matchers round and leaves them out, where they stand in the text', () => {
    expect(exprsOf(mutants('x{a="b",c=~"d.*",}', { firing: [1], healthy: [] }))).toEqual([
      'x{ a!="b" ,c=~"d.*",}',
      'x{ a=~".*" ,c=~"d.*",}',
      'x{a="b", c!~"d.*" ,}',
      'x{a="b", c=~".*" ,}',
    ]);
  });

  it('drops each label of a grouping', () => {
    expect(exprsOf(mutants('sum by (a, b) (x)', { firing: [1], healthy: [] }))).toEqual([
      'sum by (b) (x)',
      'sum by (a) (x)',
    ]);
  });

  it('doubles and removes waits, unless an evaluation makes both the same', () => {
    const kinds = (wait: number) =>
      mutants('x', { firing: [1], healthy: [] }, { for: wait, keepFiringFor: 300 }).map(({ kind }) => kind);
    expect(kinds(300)).toEqual(['for-doubled', 'for-removed', 'keep-firing-doubled']);
    // 30 s and 60 s are both one evaluation.
    expect(kinds(30)).toEqual(['for-removed', 'keep-firing-doubled']);
  });
});
