import type { EncodedPath } from '../contract/encodedPath.js';
import type { FileEdit } from '../contract/snapshot.js';

/** A file with new text. A byte order mark in the text is written as it stands. */
export function editOf(path: EncodedPath, text: string): FileEdit {
  return { path, content: new TextEncoder().encode(text) };
}
