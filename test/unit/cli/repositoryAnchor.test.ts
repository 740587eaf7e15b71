import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepositoryAnchor } from '../../../src/cli/repositoryAnchor.js';
import { plan } from './samples.js';

describe('openRepositoryAnchor', () => {
  let folder: string;
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'commit.gpgSign=false'];
    return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
  };
  let first: string;
  let unreachable: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-anchor-'));
    git('init', '--quiet', '--initial-branch=main');
    writeFileSync(join(folder, 'mlops.yaml'), 'version: 1\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'Subject\n\nBody\n\nMlops-Task: t');
    first = git('rev-parse', 'HEAD');
    unreachable = git('commit-tree', `${first}^{tree}`, '-m', 'dangling');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives a commit that a branch reaches, with tree, parents and message', async () => {
    const anchor = await openRepositoryAnchor(folder);
    expect(await anchor.repo(first)).toEqual({
      tree: git('rev-parse', `${first}^{tree}`),
      parents: [],
      message: 'Subject\n\nBody\n\nMlops-Task: t\n',
    });
  });

  it('does not take an object that no branch reaches for a commit of the repository', async () => {
    const anchor = await openRepositoryAnchor(folder);
    expect(await anchor.repo(unreachable)).toBeUndefined();
    expect(await anchor.repo('00'.repeat(20))).toBeUndefined();
    expect(await anchor.repo('--help')).toBeUndefined();
  });

  it('reads the policy at the base of the plan', async () => {
    const anchor = await openRepositoryAnchor(join(folder, '.git'));
    expect(await anchor.repoPolicy({ ...plan, base: first })).toBe('version: 1\n');
    expect(
      await anchor.repoPolicy({ ...plan, base: first, target: { ...plan.target, policyPath: 'other.yaml' } }),
    ).toBeUndefined();
  });

  it('reads a policy branch of its own', async () => {
    const anchor = await openRepositoryAnchor(folder);
    const target = { ...plan.target, branch: 'release', policyBranch: 'main' };
    expect(await anchor.repoPolicy({ ...plan, target })).toBe('version: 1\n');
    expect(await anchor.repoPolicy({ ...plan, target: { ...target, policyBranch: '--all' } })).toBeUndefined();
  });

  it('refuses a folder that is no repository', async () => {
    await expect(openRepositoryAnchor(tmpdir())).rejects.toMatchObject({ code: 'MLOPS-GIT-007' });
  });
});
