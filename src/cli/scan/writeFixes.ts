import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { MlopsError } from '../../contract/errors.js';
import type { FileEdit, Snapshot } from '../../contract/snapshot.js';
import { bytesOfPath } from '../../repo/folderSnapshot.js';

/**
 * Writes new content of files of a folder. All are opened and compared with what was scanned first, so that
 * nothing is written when one changed meanwhile; a symbolic link is never followed, and modes stay.
 *
 * @throws MlopsError MLOPS-INPUT-002 when a file can't be written or isn't what was scanned
 */
export function writeFixes(folder: string, edits: readonly FileEdit[], scanned: Snapshot): void {
  const opened: { file: number; edit: FileEdit }[] = [];
  try {
    for (const edit of edits) {
      const file = openForChange(folder, edit.path);
      opened.push({ file, edit });
      const before = scanned.read(edit.path);
      if (before === undefined || !fstatSync(file).isFile() || !readFileSync(file).equals(before)) {
        throw new MlopsError('MLOPS-INPUT-002', 'The file has changed since it was scanned; nothing was written.', {
          where: edit.path,
          mend: 'Scan again.',
        });
      }
    }
    for (const { file, edit } of opened) {
      for (let at = 0; at < edit.content.length; )
        at += writeSync(file, edit.content, at, edit.content.length - at, at);
      ftruncateSync(file, edit.content.length);
    }
  } finally {
    for (const { file } of opened) closeSync(file);
  }
}

function openForChange(folder: string, path: string): number {
  try {
    return openSync(bytesOfPath(folder, path), constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-002', `The file cannot be changed: ${(cause as Error).message}`, {
      where: path,
      mend: 'Make it writable, or apply the patch of --fix by hand.',
      cause,
    });
  }
}
