import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { BareClone } from '../../../src/repo/bareClone.js';
import { hadLanded, hasLanded } from '../../../src/repo/landed.js';
import { TestRemote, temporaryFolder } from './testRepository.js';

const BOT = { name: 'MLOps Bot', email: 'mlops@example.com' };

describe('hasLanded', () => {
  let remote: TestRemote;
  let clone: BareClone;
  let base: string;
  let commit: string;

  beforeEach(async () => {
    remote = new TestRemote();
    base = remote.commit([{ path: 'a', content: '1\n' }]);
    clone = await BareClone.open({ directory: join(temporaryFolder(), 'clone'), url: remote.path });
    await clone.fetch('task', { branches: ['main'] });
    const tree = await clone.treeOf(base);
    commit = await clone.commitTree({ tree, parent: base, message: 'm', date: 1, author: BOT, committer: BOT });
  });

  async function landed(): Promise<boolean> {
    await clone.fetch('task', { branches: ['main'] });
    return hasLanded(clone, 'task', 'main', commit);
  }

  it('is false before the push', async () => {
    expect(await landed()).toBe(false);
  });

  it('is true when the commit is the head', async () => {
    await clone.push('task', { branch: 'main', commit, expectedOld: base });
    expect(await landed()).toBe(true);
  });

  it('is true when somebody pushed on top, while a second push is stale', async () => {
    await clone.push('task', { branch: 'main', commit, expectedOld: base });
    const top = remote.commit([{ path: 'a', content: '9\n' }], { parent: commit });
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toMatchObject({ result: 'stale' });
    expect(await landed()).toBe(true);
    expect(remote.refs()).toBe(`refs/heads/main ${top}`);
  });

  it('is false when the branch was rewound to before the commit', async () => {
    await clone.push('task', { branch: 'main', commit, expectedOld: base });
    expect(await landed()).toBe(true);
    remote.git(['update-ref', 'refs/heads/main', base]);
    expect(await landed()).toBe(false);
  });

  it('is false on a branch that others moved elsewhere', async () => {
    remote.commit([{ path: 'a', content: '9\n' }], { parent: base });
    expect(await landed()).toBe(false);
  });

  it('is false for a commit that the clone does not have: made elsewhere and never pushed', async () => {
    commit = 'f'.repeat(40);
    expect(await landed()).toBe(false);
  });

  it('is remembered by the task that saw it, also when the branch was rewound, until the task is dropped', async () => {
    expect(await hadLanded(clone, 'task', 'main', commit)).toBe(false);
    await clone.push('task', { branch: 'main', commit, expectedOld: base });
    remote.git(['update-ref', 'refs/heads/main', base]);
    await landed();
    expect(await hadLanded(clone, 'task', 'main', commit)).toBe(true);
    expect(await hadLanded(clone, 'another', 'main', commit)).toBe(false);
    await clone.dropTask('task');
    expect(await hadLanded(clone, 'task', 'main', commit)).toBe(false);
  });
});
