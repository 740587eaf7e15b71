import type { FileEdit, Snapshot } from '../contract/snapshot.js';
import { MAX_FILE_BYTES } from '../contract/snapshot.js';
import { isTemplatedFile } from './templatedFile.js';
import { decodeText, splitLines } from './textLines.js';

/**
 * Why an edit can't be made byte-exactly, or `undefined` when it can: only regular files that exist,
 * whose content is valid UTF-8 before and after, that aren't templates, and whose byte order mark
 * and line endings stay what they are.
 */
export function judgeEdit(base: Snapshot, edit: FileEdit): string | undefined {
  const entry = base.entries.find((candidate) => candidate.path === edit.path);
  if (entry === undefined) return `${edit.path} does not exist, and files are not created`;
  if (entry.mode !== '100644' && entry.mode !== '100755') return `${edit.path} is a link or submodule`;
  const bytes = base.read(edit.path);
  if (bytes === undefined) return `${edit.path} was not read (it is too large or not wanted)`;
  if (edit.content.length > MAX_FILE_BYTES) return `${edit.path} would be larger than ${MAX_FILE_BYTES} bytes`;
  const before = decodeText(bytes);
  if (before === undefined) return `${edit.path} is not valid UTF-8`;
  const after = decodeText(edit.content);
  if (after === undefined) return `${edit.path} would not be valid UTF-8`;
  if (isTemplatedFile(base, edit.path, before)) return `${edit.path} is a template, not the file that is used`;
  if (before.startsWith('\uFEFF') !== after.startsWith('\uFEFF'))
    return `${edit.path} would gain or lose its byte order mark`;
  const style = lineEnding(before);
  const styleAfter = lineEnding(after);
  if (style !== undefined && style !== 'mixed' && styleAfter !== undefined && styleAfter !== style) {
    return `${edit.path} would change its line endings`;
  }
  return undefined;
}

/** The one line ending of a text; `undefined` when no line is ended. */
function lineEnding(text: string): 'LF' | 'CRLF' | 'mixed' | undefined {
  const ended = splitLines(text).filter((line) => line.endsWith('\n'));
  const crlf = ended.filter((line) => line.endsWith('\r\n')).length;
  if (ended.length === 0) return undefined;
  if (crlf === 0) return 'LF';
  return crlf === ended.length ? 'CRLF' : 'mixed';
}
