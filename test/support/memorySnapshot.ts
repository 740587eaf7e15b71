import { createHash } from 'node:crypto';
import type { Snapshot, SnapshotEntry } from '../../src/contract/snapshot.js';
import { MAX_FILE_BYTES } from '../../src/contract/snapshot.js';

/**
 * A snapshot made of literal files, for tests. Object ids are git's own (SHA-1 of
 * `blob <size>\0<content>`), entries are sorted by path, and content above 1 MiB isn't read,
 * as with a real one.
 */
export function memorySnapshot(files: Record<string, string | Uint8Array>, commit = 'memory'): Snapshot {
  const contents = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(files)) {
    contents.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }
  const entries: SnapshotEntry[] = [...contents.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, content]) => ({ path, mode: '100644', oid: gitBlobId(content), size: content.length }));
  const read = (path: string): Uint8Array | undefined => {
    const content = contents.get(path);
    return content && content.length <= MAX_FILE_BYTES ? content : undefined;
  };
  return {
    commit,
    entries,
    read,
    text: (path) => {
      const content = read(path);
      if (!content) return undefined;
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
      } catch {
        return undefined;
      }
    },
  };
}

function gitBlobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
