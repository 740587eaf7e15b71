import { describe, expect, it } from 'vitest';
import { probeSchema } from '../../../../src/contract/probe.js';
import { proveRollback, type RollbackInput } from '../../../../src/proofs/rollback/proveRollback.js';
import { summarise } from '../../../../src/proofs/summarise.js';

const HASH = 'ab'.repeat(32);
const previous = {
  version: 'v1',
  commit: 'c'.repeat(40),
  artifactPath: 'm.json',
  expectedSha256: HASH,
  actualSha256: HASH,
};
const alias = {
  model: 'scorer',
  alias: 'champion',
  current: 'v2',
  previous,
  scratchThere: { moved: 'v1', back: 'v2' },
};
const base: RollbackInput = {
  baseTree: 'a'.repeat(40),
  tree: 'b'.repeat(40),
  inverseTree: 'a'.repeat(40),
  aliases: [alias],
};

function verdicts(input: RollbackInput): Record<string, string> {
  return Object.fromEntries(proveRollback(input).probes.map(({ id, verdict }) => [id.split('/')[1], verdict]));
}

function observed(input: RollbackInput, part: string): string | undefined {
  return proveRollback(input).probes.find(({ id }) => id.includes(part))?.observed;
}

describe('proveRollback', () => {
  it('proves a change that can be undone and a model that can go back', () => {
    const result = proveRollback(base);
    expect(result.probes.map(({ id, sign, verdict }) => `${sign} ${verdict} ${id}`)).toEqual([
      'positive passed rollback/inverse-gives-the-identical-tree',
      'negative passed rollback/a-wrong-inverse-is-noticed',
      'positive passed rollback/previous-version-is-intact/scorer#champion',
      'negative passed rollback/altered-artifact-is-refused/scorer#champion',
      'positive passed rollback/alias-there-and-back/scorer#champion',
    ]);
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
    for (const probe of result.probes) expect(probeSchema.safeParse({ ...probe, evidence: [] }).success).toBe(true);
  });

  it('fails when the inverse gives another tree, or none', () => {
    expect(verdicts({ ...base, inverseTree: 'b'.repeat(40) })['inverse-gives-the-identical-tree']).toBe('failed');
    expect(verdicts({ ...base, baseTree: '', inverseTree: '' })['inverse-gives-the-identical-tree']).toBe('failed');
  });

  it('fails the negative probe when the planned tree is the base tree, because then the comparison shows nothing', () => {
    expect(verdicts({ ...base, tree: base.baseTree, aliases: [] })['a-wrong-inverse-is-noticed']).toBe('failed');
  });

  it('has only the tree probes without a model', () => {
    const result = proveRollback({ ...base, aliases: [] });
    expect(result.probes).toHaveLength(2);
    expect(summarise(result).verdict).toBe('proved');
  });

  it('fails with the reason when there is no previous version', () => {
    const input = { ...base, aliases: [{ model: 'scorer', alias: 'champion', current: 'v1' }] };
    expect(observed(input, 'previous-version')).toBe('there is no previous version');
    expect(summarise(proveRollback(input)).verdict).toBe('not-proved');
  });

  it.each([
    ['expectedSha256', undefined, 'no SHA-256 is recorded for m.json of v1'],
    ['actualSha256', undefined, 'm.json of v1 could not be fetched'],
    ['artifactPath', undefined, 'no artifact of v1 is known'],
    ['actualSha256', 'cd'.repeat(32), `m.json of v1 has SHA-256 ${'cd'.repeat(32)}, recorded is ${HASH}`],
  ])('fails when %s is %s', (key, value, reason) => {
    const input = { ...base, aliases: [{ ...alias, previous: { ...previous, [key]: value } }] };
    expect(observed(input, 'previous-version')).toBe(reason);
    expect(verdicts(input)).toMatchObject({
      'previous-version-is-intact': 'failed',
      'altered-artifact-is-refused': 'failed',
    });
  });

  it('fails the negative probe when altering a byte leaves the hash', () => {
    const input = { ...base, aliases: [{ ...alias, previous: { ...previous, alteredSha256: HASH } }] };
    expect(verdicts(input)['altered-artifact-is-refused']).toBe('failed');
  });

  it.each([undefined, { moved: 'v2', back: 'v2' }, { moved: 'v1', back: 'v1' }])(
    'fails when the alias on scratch did %j',
    (scratchThere) => {
      expect(verdicts({ ...base, aliases: [{ ...alias, scratchThere }] })['alias-there-and-back']).toBe('failed');
    },
  );
});
