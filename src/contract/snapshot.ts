import type { EncodedPath } from './encodedPath.js';

export type FileMode = '100644' | '100755' | '120000' | '160000';

export interface SnapshotEntry {
  path: EncodedPath;
  mode: FileMode;
  /** Git object id of the blob (or of the commit for a submodule). */
  oid: string;
  /** Size in bytes; -1 where git doesn't tell (a submodule). */
  size: number;
}

/**
 * One commit's files, as the readers, rules and fixes see them: all paths, and the content of the
 * files that were asked for. It is plain data in memory; nothing is checked out.
 */
export interface Snapshot {
  /** Commit id, or a name for a snapshot that was made in memory. */
  readonly commit: string;
  /** Every entry, sorted by path. */
  readonly entries: readonly SnapshotEntry[];
  /** The bytes of a regular file; `undefined` when it is absent, too large or wasn't fetched. */
  read(path: EncodedPath): Uint8Array | undefined;
  /** The same as text: `undefined` also when the bytes aren't UTF-8. A byte order mark is kept. */
  text(path: EncodedPath): string | undefined;
}

/** New content of one file; the mode stays as it was. */
export interface FileEdit {
  path: EncodedPath;
  content: Uint8Array;
}

/** Upper bound of a file that is read at all, in bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;
