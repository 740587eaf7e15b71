import { describe, expect, it } from 'vitest';
import { type BoundaryInput, judgeBoundary, severityOfOperations } from '../../../src/approval/boundary.js';
import type { Operation } from '../../../src/contract/operation.js';
import type { Policy } from '../../../src/contract/policy.js';
import { samplePolicy } from './sample.js';

const edit = (path: string): Operation => ({
  kind: 'editFile',
  path,
  before: '1'.repeat(40),
  after: '2'.repeat(40),
  mode: '100644',
  closes: [],
});
const move = (changed: object = {}): Operation => ({
  kind: 'moveAlias',
  model: 'fraud',
  alias: 'champion',
  from: 'v1',
  to: 'v2',
  tag: 'fraud#champion#3',
  commit: '3'.repeat(40),
  closes: [],
  ...changed,
});

function judge(paths: string[], policy: Policy, changed: Partial<BoundaryInput> = {}) {
  return judgeBoundary({
    operations: paths.map(edit),
    sizes: { files: paths.length, lines: 1 },
    stages: ['monitoring'],
    policy,
    widenTo: [],
    requesterAuthenticated: false,
    ...changed,
  });
}

const allowing = (...globs: string[]): Policy => {
  const policy = samplePolicy([], ['budget: { files: 50, lines: 100 }']);
  return { ...policy, change: { ...policy.change, allowedPaths: globs } };
};
const refused = (path: string, ...globs: string[]) => judge([path], allowing(...globs)).length > 0;

describe('judgeBoundary on paths', () => {
  it('allows what a pattern names and nothing else', () => {
    expect(judge(['monitoring/a.yml', 'monitoring/deep/b.yml'], allowing('monitoring/**'))).toEqual([]);
    expect(judge(['src/train.py'], allowing('monitoring/**'))).toEqual([
      { code: 'MLOPS-POL-003', reason: 'no pattern of `change.allowedPaths` matches', where: 'src/train.py' },
    ]);
  });

  it('allows nothing when no pattern is given', () => {
    expect(refused('monitoring/a.yml')).toBe(true);
  });

  it('compares case-folded and composed', () => {
    expect(refused('Monitoring/A.yml', 'monitoring/**')).toBe(false);
    expect(refused('données/a.yml', 'donne\u0301es/**')).toBe(false);
  });

  it('takes a star for one level, and needs the dot of a dot file', () => {
    expect(refused('monitoring/deep/b.yml', 'monitoring/*')).toBe(true);
    expect(refused('monitoring/.env', 'monitoring/**')).toBe(true);
    expect(refused('monitoring/.env', 'monitoring/.env')).toBe(false);
  });

  it('takes neither negation nor extended patterns for a way to allow everything else', () => {
    expect(refused('src/x.py', '!monitoring/**')).toBe(true);
    expect(refused('src/x.py', '!(monitoring)/**')).toBe(true);
  });

  it('never touches policy, code owners and git’s files, even where every path is allowed', () => {
    for (const path of ['mlops.yaml', 'CODEOWNERS', '.gitattributes', 'a/.git/config', '.mlops/x']) {
      expect(refused(path, '**', '**/.*', '**/.*/**', path)).toBe(true);
    }
    expect(judge(['ops/p.yaml'], allowing('**'), { policyPath: 'ops/p.yaml' })).toHaveLength(1);
  });

  it('never touches them when `executablePaths` names them either', () => {
    const policy = samplePolicy([], ['executablePaths: [CODEOWNERS, mlops.yaml, .git/config]']);
    expect(judge(['CODEOWNERS', 'mlops.yaml', '.git/config'], policy).map(({ reason }) => reason.slice(0, 14))).toEqual(
      ['never touched:', 'never touched:', 'never touched:'],
    );
  });

  it('wants each file that runs in CI named in full; patterns don’t count', () => {
    const policy = {
      ...allowing('**', '.github/**'),
      change: { ...allowing('**', '.github/**').change, executablePaths: ['.github/**', 'Makefile'] },
    };
    expect(judge(['Makefile'], policy)).toEqual([]);
    expect(judge(['MAKEFILE'], policy)).toEqual([]);
    expect(judge(['.github/workflows/ci.yml'], policy)).toMatchObject([
      { reason: expect.stringContaining('runs in CI') },
    ]);
    expect(judge(['sub/Makefile'], policy)).toHaveLength(1);
  });

  it('refuses paths that lead elsewhere or aren’t UTF-8, whatever is allowed', () => {
    for (const path of ['../x', '/x', 'a/%FF', 'a%0Ab']) expect(refused(path, '**', '*')).toBe(true);
  });

  it('refuses two operations on one file, also where only the case differs', () => {
    expect(judge(['monitoring/a.yml', 'monitoring/A.yml'], allowing('**'))).toMatchObject([
      { reason: 'two operations touch the same thing', where: 'monitoring/A.yml' },
    ]);
  });
});

describe('judgeBoundary on aliases', () => {
  const policy = { ...samplePolicy(), models: [{ name: 'fraud', alias: 'champion' }] };
  const aliases = (...operations: Operation[]) => judge([], policy, { operations });

  it('moves only the aliases that `models` names', () => {
    expect(aliases(move())).toEqual([]);
    expect(aliases(move({ alias: 'shadow', tag: 'fraud#shadow#1' }))).toMatchObject([{ where: 'fraud@shadow' }]);
    expect(judge([], samplePolicy(), { operations: [move()] })).toHaveLength(1);
  });

  it('refuses a tag that moves something else than the operation says', () => {
    for (const tag of ['fraud#prod#3', 'fraud#champion#0', 'fraud#champion#', 'v1', 'fraud#champion#3#x']) {
      expect([tag, aliases(move({ tag })).length]).toEqual([tag, 1]);
    }
  });

  it('refuses to move one alias twice', () => {
    expect(aliases(move(), move({ tag: 'fraud#champion#4' }))).toHaveLength(1);
  });
});

describe('judgeBoundary on size and stages', () => {
  const policy = samplePolicy([], ['budget: { files: 2, lines: 10 }', 'stages: [monitoring]', 'widenTo: [training]']);
  const stages = (changed: Partial<BoundaryInput>) =>
    judge(['monitoring/a.yml'], policy, changed).map(({ code, where }) => [code, where]);

  it('keeps to the budget, and counts files itself', () => {
    expect(judge(['monitoring/a', 'monitoring/b'], policy, { sizes: { files: 2, lines: 10 } })).toEqual([]);
    expect(judge(['monitoring/a'], policy, { sizes: { files: 1, lines: 11 } })).toMatchObject([
      { where: 'change.budget.lines' },
    ]);
    const three = ['monitoring/a', 'monitoring/b', 'monitoring/c'];
    expect(judge(three, policy, { sizes: { files: 0, lines: 1 } })).toMatchObject([{ where: 'change.budget.files' }]);
  });

  it('takes sizes that are no numbers for over budget', () => {
    expect(judge(['monitoring/a'], policy, { sizes: { files: Number.NaN, lines: Number.NaN } })).toHaveLength(2);
  });

  it('refuses a stage that nobody allowed', () => {
    expect(stages({ stages: ['monitoring', 'training'] })).toEqual([['MLOPS-POL-003', 'training']]);
  });

  it('lets an authenticated person widen, within the policy', () => {
    const widened = { stages: ['training' as const], widenTo: ['training' as const] };
    expect(stages({ ...widened, requesterAuthenticated: true })).toEqual([]);
    expect(stages(widened)).toEqual([
      ['MLOPS-POL-004', 'training'],
      ['MLOPS-POL-003', 'training'],
    ]);
  });

  it('refuses to widen further than the policy says, even where the stage isn’t touched', () => {
    expect(stages({ widenTo: ['deployment'], requesterAuthenticated: true })).toEqual([
      ['MLOPS-POL-004', 'deployment'],
    ]);
  });

  it('ignores a widening to what is allowed anyway', () => {
    expect(stages({ widenTo: ['monitoring'] })).toEqual([]);
  });
});

describe('severityOfOperations', () => {
  it('is critical for what runs in CI, high for an alias, low otherwise', () => {
    const policy = samplePolicy([], ['executablePaths: [scripts/release.sh]']);
    expect(severityOfOperations([edit('monitoring/a.yml')], policy)).toBe('low');
    expect(severityOfOperations([edit('monitoring/a.yml'), move()], policy)).toBe('high');
    expect(severityOfOperations([move(), edit('.github/workflows/ci.yml')], policy)).toBe('critical');
    expect(severityOfOperations([edit('scripts/release.sh')], policy)).toBe('critical');
  });
});
