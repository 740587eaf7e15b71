import type { EncodedPath } from '../contract/encodedPath.js';
import { decodePath } from '../contract/encodedPath.js';
import { MlopsError } from '../contract/errors.js';

const MAX_PATH_BYTES = 4096;
const SLASH = 0x2f;

/**
 * The segments of a path that may be written, as bytes.
 *
 * Refused are the names that git itself refuses in an index (verify_path in read-cache.c) with its
 * protections for HFS+ and NTFS always on: the repository may be checked out on a Mac or on Windows,
 * where `.GIT`, `.g<zero width non-joiner>it`, `.git. ` or `git~1` are the folder `.git`.
 *
 * @throws MlopsError MLOPS-GIT-008
 */
export function safeSegments(path: EncodedPath): Uint8Array[] {
  const refuse = (why: string): never => {
    throw new MlopsError('MLOPS-GIT-008', `The path ${why}.`, { where: path });
  };
  let bytes: Uint8Array;
  try {
    bytes = decodePath(path);
  } catch {
    return refuse('is not encoded as paths are');
  }
  if (bytes.length === 0) refuse('is empty');
  if (bytes.length > MAX_PATH_BYTES) refuse(`is longer than ${MAX_PATH_BYTES} bytes`);
  if (bytes.includes(0)) refuse('holds a NUL byte');
  if (bytes[0] === SLASH) refuse('is absolute');
  const segments = split(bytes);
  for (const segment of segments) {
    if (segment.length === 0) refuse('has an empty segment');
    const text = Buffer.from(segment).toString('utf8');
    if (text === '.' || text === '..') refuse('leads out of its folder');
    // NTFS takes a backslash for a separator.
    for (const part of text.split('\\')) {
      if (part === '..' && text !== part) refuse('leads out of its folder on Windows');
      if (isGitFolder(part)) refuse('leads into `.git`');
    }
  }
  return segments;
}

function split(bytes: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== SLASH) continue;
    segments.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return segments;
}

function isGitFolder(name: string): boolean {
  const folded = name
    .normalize('NFKC')
    // Code points that HFS+ ignores, and every other that has no visible form.
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\ufffd]/gu, '')
    .toUpperCase()
    .toLowerCase()
    // An NTFS stream, and the dots and spaces that Windows drops at the end.
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return folded === '.git' || /^git~\d+$/.test(folded);
}
