import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BareClone } from '../../../src/repo/bareClone.js';
import { sshPublicKey, sshSignature } from '../../../src/repo/sshSignature.js';
import { TestRemote, temporaryFolder } from './testRepository.js';

/** RFC 8032, section 7.1, test 1: secret and public key. */
const KEY = {
  d: Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString('base64url'),
  x: Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64url'),
};
const BOT = { name: 'MLOps Bot', email: 'mlops@example.com' };

/** What `ssh-keygen -Y sign -n git` of OpenSSH 9.2 writes for this key and the text below. */
const BY_SSH_KEYGEN = [
  '-----BEGIN SSH SIGNATURE-----',
  'U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg11qYAYKxCrfVS/7TyWQHOg7hcv',
  'PapiMlrwIaaPcHURoAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5',
  'AAAAQI/+L28yy9ofmcqq47hPhzE3E/x1RdcK0VFSa3c8VRdR+RW/vfI563qE5bvaDTmM6L',
  'FslZZXVMUBm9GiLvhwMg8=',
  '-----END SSH SIGNATURE-----',
].join('\n');

describe('sshSignature', () => {
  it('is byte for byte what ssh-keygen writes', () => {
    expect(sshSignature(KEY, Buffer.from('tree of an object\n'))).toBe(BY_SSH_KEYGEN);
  });
});

describe('sshPublicKey', () => {
  it('is what ssh-keygen -y prints', () => {
    expect(sshPublicKey(KEY)).toBe('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea');
  });
});

describe('a signed commit', () => {
  it('holds the signature over its unsigned form in a folded header, and has the same id each time', async () => {
    const remote = new TestRemote();
    const base = remote.commit([{ path: 'a', content: 'a\n' }]);
    const clone = await BareClone.open({ directory: join(temporaryFolder(), 'clone'), url: remote.path });
    await clone.fetch('task', { branches: ['main'] });
    const parts = {
      tree: await clone.treeOf(base),
      parent: base,
      message: 'Subject\n\nBody é',
      date: 1767225600,
      author: BOT,
      committer: BOT,
    };
    const show = (commit: string) =>
      execFileSync('git', [`--git-dir=${clone.directory}`, 'cat-file', 'commit', commit], { encoding: 'utf8' });
    const unsigned = show(await clone.commitTree(parts));
    const sign = (payload: Uint8Array) => sshSignature(KEY, payload);
    const commit = await clone.commitTree({ ...parts, sign });
    const header = `gpgsig ${sign(Buffer.from(unsigned)).split('\n').join('\n ')}\n`;
    expect(show(commit)).toBe(unsigned.replace('\n\n', `\n${header}\n`));
    expect(await clone.commitTree({ ...parts, sign })).toBe(commit);
  });
});
