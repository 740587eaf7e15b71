import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Snapshot, SnapshotEntry } from '../../../src/contract/snapshot.js';
import { folderSnapshot } from '../../../src/repo/folderSnapshot.js';

/** The files of a `.tar.gz` in memory; a single folder around all of them, as forges make it, is left out. */
export function unpack(archive: string, wanted: (entry: SnapshotEntry) => boolean): Snapshot {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-corpus-'));
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder, '--no-same-owner', '--no-same-permissions']);
    const inside = readdirSync(folder, { withFileTypes: true });
    const [only] = inside;
    const root = inside.length === 1 && only?.isDirectory() && /-[0-9a-f]{7,40}$/.test(only.name) ? only.name : '.';
    return folderSnapshot(join(folder, root), wanted);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
