import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import type { EncodedPath } from '../contract/encodedPath.js';
import { decodePath, encodePath } from '../contract/encodedPath.js';
import type { FileMode, Snapshot, SnapshotEntry } from '../contract/snapshot.js';
import { MAX_FILE_BYTES } from '../contract/snapshot.js';

/** Object id of a file whose content wasn't wanted. */
const UNREAD_OID = '0'.repeat(40);

/** Most entries of a folder that are listed; what lies beyond isn't seen. */
export const MAX_FOLDER_ENTRIES = 500_000;

/** Bytes of files that are kept in memory at most. */
const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;

/** Folders without a part of the project's own text; they can hold many thousands of files. */
const NEVER_ENTERED = new Set(['.git', 'node_modules', '.venv', 'venv', '__pycache__', 'site-packages']);

/**
 * The files of a folder in memory, as they lie there: nothing is executed, no symbolic link is
 * followed, and only what `wanted` names is read. A folder with a `.git` of its own counts as a submodule.
 *
 * @param root an existing folder
 * @param paths paths below it, in git's bytes; default: everything that lies there
 * @throws the system's error when the folder itself can't be listed
 */
export function folderSnapshot(
  root: string,
  wanted: (entry: SnapshotEntry) => boolean,
  paths?: readonly EncodedPath[],
): Snapshot {
  const found = paths === undefined ? listFolder(root) : statPaths(root, paths);
  const contents = new Map<EncodedPath, Uint8Array>();
  const entries: SnapshotEntry[] = [];
  let total = 0;
  for (const entry of found) {
    const reads = entry.mode.startsWith('100') && wanted(entry) && total + entry.size <= MAX_SNAPSHOT_BYTES;
    const content = reads ? readRegular(bytesOfPath(root, entry.path)) : undefined;
    if (content === undefined) {
      entries.push(entry);
      continue;
    }
    total += content.length;
    contents.set(entry.path, content);
    entries.push({ ...entry, size: content.length, oid: blobId(content) });
  }
  return {
    commit: 'working tree',
    entries: entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    read: (path) => contents.get(path),
    text: (path) => {
      const content = contents.get(path);
      return content === undefined ? undefined : utf8Text(content);
    },
  };
}

/** A path below a folder as the bytes that the system takes: names needn't be UTF-8. */
export function bytesOfPath(root: string, path: EncodedPath): Buffer {
  return Buffer.concat([Buffer.from(root.endsWith('/') ? root : `${root}/`), decodePath(path)]);
}

function listFolder(root: string): SnapshotEntry[] {
  const found: SnapshotEntry[] = [];
  const folders: { bytes: Buffer; prefix: Buffer }[] = [{ bytes: Buffer.from(root), prefix: Buffer.alloc(0) }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const { bytes, prefix } = folder;
    const children = childrenOf(bytes, prefix.length === 0);
    // A repository within the folder is somebody else's, as git sees it too.
    if (prefix.length > 0 && children.some(({ name }) => name.toString('latin1') === '.git')) {
      found.push({ path: encodePath(prefix.subarray(0, -1)), mode: '160000', oid: UNREAD_OID, size: -1 });
      continue;
    }
    for (const child of children) {
      if (found.length >= MAX_FOLDER_ENTRIES) return found;
      const path = Buffer.concat([prefix, child.name]);
      const at = Buffer.concat([bytes, Buffer.from('/'), child.name]);
      if (child.isDirectory()) {
        if (NEVER_ENTERED.has(child.name.toString('latin1'))) continue;
        folders.push({ bytes: at, prefix: Buffer.concat([path, Buffer.from('/')]) });
      } else {
        const entry = entryAt(at, encodePath(path));
        if (entry) found.push(entry);
      }
    }
  }
  return found;
}

/** A folder below that may not be read is as if it were empty; the one that was named must be there. */
function childrenOf(bytes: Buffer, named: boolean): Dirent<Buffer>[] {
  try {
    return readdirSync(bytes, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (named) throw error;
    return [];
  }
}

function statPaths(root: string, paths: readonly EncodedPath[]): SnapshotEntry[] {
  const found: SnapshotEntry[] = [];
  const folders = new Map<EncodedPath, boolean>();
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    if (slash >= 0 && !isRealFolder(root, path.slice(0, slash), folders)) continue;
    const entry = entryAt(bytesOfPath(root, path), path);
    if (entry) found.push(entry);
  }
  return found;
}

/** Whether a folder is one all the way up: git lists files of a folder that a link has taken the place of. */
function isRealFolder(root: string, folder: EncodedPath, known: Map<EncodedPath, boolean>): boolean {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const slash = folder.lastIndexOf('/');
  const above = slash < 0 || isRealFolder(root, folder.slice(0, slash), known);
  const real = above && (statusOf(bytesOfPath(root, folder))?.isDirectory() ?? false);
  known.set(folder, real);
  return real;
}

/** What lies there itself, not what a link leads to; `undefined` where nothing is or it may not be looked at. */
function statusOf(at: Buffer): Stats | undefined {
  try {
    return lstatSync(at, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function entryAt(at: Buffer, path: EncodedPath): SnapshotEntry | undefined {
  const status = statusOf(at);
  if (!status) return undefined;
  const mode: FileMode | undefined = status.isSymbolicLink()
    ? '120000'
    : status.isDirectory()
      ? '160000'
      : status.isFile()
        ? (status.mode & 0o100) !== 0
          ? '100755'
          : '100644'
        : undefined;
  return mode === undefined ? undefined : { path, mode, oid: UNREAD_OID, size: mode === '160000' ? -1 : status.size };
}

/** Bytes of a regular file; a link that took its place meanwhile isn't followed. */
function readRegular(at: Buffer): Uint8Array | undefined {
  try {
    const file = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(file);
      if (size > MAX_FILE_BYTES) return undefined;
      const content = readFileSync(file);
      return content.length > MAX_FILE_BYTES ? undefined : content;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function utf8Text(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}
