import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';
import { MlopsError } from '../contract/errors.js';
import type { FileEdit, Snapshot, SnapshotEntry } from '../contract/snapshot.js';
import { decodeText } from './textLines.js';

/**
 * A snapshot with some files' content replaced, so that a change can be judged before it exists.
 * Modes stay; object ids are those that git would give the new content.
 *
 * @throws MlopsError MLOPS-PLN-001 when an edit names a path that isn't a regular file of the base.
 */
export function overlaySnapshot(base: Snapshot, edits: readonly FileEdit[]): Snapshot {
  if (edits.length === 0) return base;
  const contents = new Map(edits.map((edit) => [edit.path, edit.content]));
  const entries: SnapshotEntry[] = base.entries.map((entry) => {
    const content = contents.get(entry.path);
    return content === undefined ? entry : { ...entry, oid: blobId(content, entry.oid.length), size: content.length };
  });
  const regular = new Set(base.entries.filter((entry) => entry.mode.startsWith('100')).map((entry) => entry.path));
  for (const path of contents.keys()) {
    if (!regular.has(path))
      throw new MlopsError('MLOPS-PLN-001', 'the file to edit is not in the commit', { where: path });
  }
  const read = (path: string) => contents.get(path) ?? base.read(path);
  return {
    commit: `${base.commit}+${contents.size}`,
    entries,
    read,
    text: (path) => {
      const content = contents.get(path);
      return content === undefined ? base.text(path) : decodeText(content);
    },
  };
}

/** Git's object id of a blob: SHA-1, or SHA-256 in a repository whose ids have 64 digits. */
function blobId(content: Uint8Array, digits: number): string {
  const header = new TextEncoder().encode(`blob ${content.length}\0`);
  const object = new Uint8Array(header.length + content.length);
  object.set(header);
  object.set(content, header.length);
  return hex.encode(digits === 64 ? sha256(object) : sha1(object));
}
