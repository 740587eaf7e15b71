/**
 * A path of a git tree as text. Git paths are bytes and needn't be UTF-8, which JSON can't hold;
 * here every byte that isn't part of a valid UTF-8 sequence, every control character and `%`
 * itself stand as `%XX`. The encoding is unique and reversible, and ordinary paths stay as they are.
 */
export type EncodedPath = string;

/** Encodes the bytes of a git path. */
export function encodePath(bytes: Uint8Array): EncodedPath {
  let out = '';
  let at = 0;
  while (at < bytes.length) {
    const length = utf8SequenceLength(bytes, at);
    const first = bytes[at] as number;
    if (length === 0 || (length === 1 && (first < 0x20 || first === 0x7f || first === 0x25))) {
      out += `%${first.toString(16).toUpperCase().padStart(2, '0')}`;
      at += 1;
      continue;
    }
    out += new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(at, at + length));
    at += length;
  }
  return out;
}

/**
 * The bytes of an encoded path.
 * @throws RangeError when the text isn't what {@link encodePath} would have written.
 */
export function decodePath(path: EncodedPath): Uint8Array {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let at = 0; at < path.length; ) {
    if (path[at] === '%') {
      const digits = path.slice(at + 1, at + 3);
      if (!/^[0-9A-F]{2}$/.test(digits)) throw new RangeError(`not an encoded path: ${path}`);
      bytes.push(Number.parseInt(digits, 16));
      at += 3;
      continue;
    }
    const character = String.fromCodePoint(path.codePointAt(at) as number);
    bytes.push(...encoder.encode(character));
    at += character.length;
  }
  const decoded = Uint8Array.from(bytes);
  if (encodePath(decoded) !== path) throw new RangeError(`not an encoded path: ${path}`);
  return decoded;
}

/** Length of the valid UTF-8 sequence that starts here; 0 where there is none (RFC 3629, section 4). */
function utf8SequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let next = at + 1; next < at + length; next += 1) {
    if (((bytes[next] as number) & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[at + 1] as number;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}
