import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../../src/contract/snapshot.js';
import { folderSnapshot } from '../../../src/repo/folderSnapshot.js';
import { temporaryFolder } from './testRepository.js';

describe('a folder as a snapshot', () => {
  it('has the ids and modes that git gives', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.txt'), 'one\n');
    writeFileSync(join(folder, 'run.sh'), '#!/bin/sh\n');
    chmodSync(join(folder, 'run.sh'), 0o755);
    symlinkSync('a.txt', join(folder, 'link'));
    const { entries } = folderSnapshot(folder, () => true);
    const id = execFileSync('git', ['hash-object', '--stdin'], { input: 'one\n' }).toString().trim();
    expect(entries).toMatchObject([
      { path: 'a.txt', mode: '100644', oid: id, size: 4 },
      { path: 'link', mode: '120000' },
      { path: 'run.sh', mode: '100755' },
    ]);
  });

  it('reads only what is wanted, no link and nothing above a mebibyte', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'wanted'), 'yes');
    writeFileSync(join(folder, 'other'), 'no');
    writeFileSync(join(folder, 'large'), new Uint8Array(MAX_FILE_BYTES + 1));
    symlinkSync('wanted', join(folder, 'link'));
    const snapshot = folderSnapshot(folder, ({ path }) => path !== 'other');
    expect(['wanted', 'other', 'large', 'link'].map((path) => snapshot.text(path))).toEqual([
      'yes',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('leaves out vendored folders and takes a repository within it for a submodule', () => {
    const folder = temporaryFolder();
    for (const path of ['node_modules/x', '.git/x', 'inner/.git/x', 'src'])
      mkdirSync(join(folder, path), { recursive: true });
    for (const path of ['node_modules/x/a.py', 'inner/b.py', 'src/c.py']) writeFileSync(join(folder, path), '');
    const { entries } = folderSnapshot(folder, () => true);
    expect(entries.map(({ path, mode }) => [path, mode])).toEqual([
      ['inner', '160000'],
      ['src/c.py', '100644'],
    ]);
  });

  it('keeps names that are no UTF-8 apart, and files that are no UTF-8 as bytes', () => {
    const folder = temporaryFolder();
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.of(0xff)]), Uint8Array.of(0xe9));
    const snapshot = folderSnapshot(folder, () => true);
    expect(snapshot.entries.map(({ path }) => path)).toEqual(['a%FF']);
    expect(snapshot.read('a%FF')).toEqual(Buffer.of(0xe9));
    expect(snapshot.text('a%FF')).toBeUndefined();
  });

  it('takes only the paths that are named, none behind a folder that is a link', () => {
    const folder = temporaryFolder();
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'x.py'), '');
    writeFileSync(join(folder, 'a.py'), '');
    writeFileSync(join(folder, 'b.py'), '');
    symlinkSync(outside, join(folder, 'linked'));
    const { entries } = folderSnapshot(folder, () => true, ['a.py', 'gone.py', 'linked/x.py']);
    expect(entries.map(({ path }) => path)).toEqual(['a.py']);
  });
});
