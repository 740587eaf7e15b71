import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RegistryTag } from '../../../src/registry/gitTags.js';
import { GitTagRegistry } from '../../../src/registry/gitTags.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);

/** Annotated tags, one second apart, in the order given. */
function tagged(...tags: [name: string, commit: string, message?: string][]): Map<string, RegistryTag> {
  return new Map(
    tags.map(([name, commit, message = ''], index) => [name, { commit, annotated: true, date: 1000 + index, message }]),
  );
}

const TWO_VERSIONS: [string, string][] = [
  ['m@v1.0.0', A],
  ['m@v1.1.0', B],
  ['m#champion#1', A],
  ['m#champion#2', B],
];

describe('GitTagRegistry on tags that gto made', () => {
  const fixture = JSON.parse(readFileSync(new URL('./gtoTags.json', import.meta.url), 'utf8')) as {
    tags: Record<string, RegistryTag>;
    answers: { versions: Record<string, string[]>; aliases: Record<string, string> };
  };
  const registry = new GitTagRegistry(new Map(Object.entries(fixture.tags)));

  it('resolves every alias as gto does', () => {
    expect(Object.fromEntries(registry.aliases())).toEqual(fixture.answers.aliases);
    expect(registry.outOfOrder()).toEqual([]);
  });

  it.each(Object.entries(fixture.answers.versions))('lists the versions of %s as gto does', (model, versions) => {
    expect(registry.versions(model).map(({ version }) => version)).toEqual(versions);
  });

  it('numbers the next tag as gto does: over all stages of the model', () => {
    expect(registry.planAliasMove('scorer', 'champion', 'v1.0.0').tag).toBe('scorer#champion#4');
    expect(registry.planAliasMove('models/fraud:net', 'prod', 'v0.1.0').tag).toBe('models/fraud=net#prod#2');
  });
});

describe('GitTagRegistry', () => {
  it('plans a move as one more numbered tag at the commit of the version', () => {
    const registry = new GitTagRegistry(tagged(...TWO_VERSIONS));
    expect(registry.planAliasMove('m', 'champion', 'v1.0.0', ['LIN-004:0123456789ab'])).toEqual({
      kind: 'moveAlias',
      model: 'm',
      alias: 'champion',
      from: 'v1.1.0',
      to: 'v1.0.0',
      tag: 'm#champion#3',
      commit: A,
      closes: ['LIN-004:0123456789ab'],
    });
  });

  it('undoes a move by the tag after it, and the resolved state is what it was', () => {
    const before = new GitTagRegistry(tagged(...TWO_VERSIONS));
    const move = before.planAliasMove('m', 'champion', 'v1.0.0');
    const inverse = before.inverse(move);
    expect(inverse).toMatchObject({ from: 'v1.0.0', to: 'v1.1.0', tag: 'm#champion#4', commit: B, closes: [] });
    const moved = tagged(...TWO_VERSIONS, [move.tag, move.commit]);
    expect(new GitTagRegistry(moved).aliases().get('m@champion')).toBe('v1.0.0');
    const undone = tagged(...TWO_VERSIONS, [move.tag, move.commit], [inverse.tag, inverse.commit]);
    expect(new GitTagRegistry(undone).aliases()).toEqual(before.aliases());
  });

  it('undoes the first assignment of an alias by taking it back', () => {
    const tags: [string, string][] = [['m@v1.0.0', A]];
    const before = new GitTagRegistry(tagged(...tags));
    const move = before.planAliasMove('m', 'champion', 'v1.0.0');
    const inverse = before.inverse(move);
    expect(inverse).toMatchObject({ from: 'v1.0.0', to: '', tag: 'm#champion!#2', commit: A });
    const undone = tagged(...tags, [move.tag, move.commit], [inverse.tag, inverse.commit]);
    expect(new GitTagRegistry(undone).aliases()).toEqual(new Map());
  });

  it('undoes a move away from a commit that has no version by its id', () => {
    const registry = new GitTagRegistry(tagged(['m@v1.0.0', A], ['m#champion#1', C]));
    expect(registry.aliases().get('m@champion')).toBe(C);
    const move = registry.planAliasMove('m', 'champion', 'v1.0.0');
    expect(registry.inverse(move)).toMatchObject({ to: C, commit: C, tag: 'm#champion#3' });
  });

  it('takes the highest of several versions of one commit, by precedence and not by text', () => {
    const registry = new GitTagRegistry(
      tagged(['m@v1.9.0', A], ['m@v1.10.0', A], ['m@v1.10.0-rc.2', A], ['m#champion#1', A]),
    );
    expect(registry.aliases().get('m@champion')).toBe('v1.10.0');
    expect(registry.versions('m').map(({ version }) => version)).toEqual(['v1.10.0', 'v1.10.0-rc.2', 'v1.9.0']);
    expect(() => registry.planAliasMove('m', 'other', 'v1.9.0')).toThrowError(/higher version/);
  });

  it('does not count lightweight tags but leaves their number taken', () => {
    const tags = tagged(...TWO_VERSIONS);
    tags.set('m#champion#3', { commit: A, annotated: false, message: '' });
    const registry = new GitTagRegistry(tags);
    expect(registry.aliases().get('m@champion')).toBe('v1.1.0');
    expect(registry.planAliasMove('m', 'champion', 'v1.0.0').tag).toBe('m#champion#4');
  });

  it('refuses to move an alias whose tags are numbered against their times', () => {
    const tags = tagged(...TWO_VERSIONS);
    tags.set('m#champion#9', { commit: A, annotated: true, date: 5, message: '' });
    const registry = new GitTagRegistry(tags);
    expect(registry.outOfOrder()).toEqual(['m@champion']);
    expect(() => registry.planAliasMove('m', 'champion', 'v1.1.0')).toThrowError(
      expect.objectContaining({ code: 'MLOPS-INPUT-001' }),
    );
  });

  it.each([
    ['an unknown version', 'm', 'champion', 'v9.0.0'],
    ['the version that it has', 'm', 'champion', 'v1.1.0'],
    ['a name that is no stage', 'm', 'cham pion', 'v1.0.0'],
    ['an unknown model', 'other', 'champion', 'v1.0.0'],
  ])('refuses to move an alias to %s', (_, model, alias, version) => {
    const registry = new GitTagRegistry(tagged(...TWO_VERSIONS));
    expect(() => registry.planAliasMove(model, alias, version)).toThrowError(
      expect.objectContaining({ code: 'MLOPS-INPUT-001' }),
    );
  });

  it('holds a planned move against fresh tags, also when a foreign tag has another number', () => {
    const move = new GitTagRegistry(tagged(...TWO_VERSIONS)).planAliasMove('m', 'champion', 'v1.0.0');
    expect(() => new GitTagRegistry(tagged(...TWO_VERSIONS)).assertStillNext(move)).not.toThrow();
    const moved = new GitTagRegistry(tagged(...TWO_VERSIONS, ['m@v2.0.0', C], ['m#champion#4', C]));
    expect(() => moved.assertStillNext(move)).toThrowError(expect.objectContaining({ code: 'MLOPS-GIT-010' }));
    const numbered = new GitTagRegistry(tagged(...TWO_VERSIONS, ['m#challenger#3', A]));
    expect(() => numbered.assertStillNext(move)).toThrowError(expect.objectContaining({ code: 'MLOPS-GIT-010' }));
  });

  it('ignores tags of other conventions', () => {
    const registry = new GitTagRegistry(tagged(['v1.0.0', A], ['release/1', A], ['m@1.0.0', A], ['@v1.0.0', A]));
    expect(registry.models()).toEqual([]);
  });

  it('gives the provenance of a registered version and none of an unknown one', () => {
    const sha = '0123456789abcdef'.repeat(4);
    const registry = new GitTagRegistry(
      tagged(['m@v1.0.0', A, `m v1.0.0\n\nArtifact: models/m.onnx\nSha256: ${sha}\n`]),
    );
    expect(registry.provenance('m', 'v1.0.0')).toEqual({ artifact: 'models/m.onnx', sha256: sha });
    expect(registry.provenance('m', 'v2.0.0')).toBeUndefined();
  });
});
