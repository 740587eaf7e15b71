import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleRepository } from '../../../../src/cli/demo/sampleRepository.js';

const source = fileURLToPath(new URL('../../../../examples/fraud-scorer', import.meta.url));

describe('the demo’s repository', () => {
  let folder: string;
  let head: string;
  const bare = (name: string) => join(folder, name);
  const build = (name: string) =>
    buildSampleRepository({
      source,
      bare: bare(name),
      approver: { person: 'demo-approver', kid: 'k1', publicKey: 'A'.repeat(43) },
    });
  const git = (...args: string[]) =>
    execFileSync('git', ['--git-dir', bare('one.git'), ...args], { encoding: 'utf8' }).trim();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-sample-'));
    head = (await build('one.git')).head;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is whole, and the same files give the same commits', async () => {
    expect(git('fsck', '--strict', '--no-progress')).toBe('');
    expect((await build('two.git')).head).toBe(head);
  });

  it('has a version tag whose commit holds the model with the SHA-256 that the tag records', () => {
    for (const version of ['v1.0.0', 'v1.1.0', 'v1.2.0']) {
      const recorded = /^Sha256: ([0-9a-f]{64})$/m.exec(
        git('for-each-ref', '--format=%(contents)', `refs/tags/fraud-scorer@${version}`),
      )?.[1];
      const model = execFileSync('git', [
        '--git-dir',
        bare('one.git'),
        'cat-file',
        'blob',
        `fraud-scorer@${version}:models/fraud-scorer.json`,
      ]);
      const sum = execFileSync('sha256sum', { input: model, encoding: 'utf8' }).slice(0, 64);
      expect(sum).toBe(recorded);
    }
  });

  it('has the approver’s key in the policy, and neither its own history folder nor what git ignores', () => {
    expect(git('show', 'main:mlops.yaml')).toContain('keys: [{ kid: "k1"');
    const paths = git('ls-tree', '-r', '--name-only', 'main').split('\n');
    expect(paths).toContain('.github/workflows/train.yml');
    expect(paths.filter((path) => path.startsWith('history/') || path.includes('__pycache__'))).toEqual([]);
  });
});
