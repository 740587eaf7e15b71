import { decodePath, type EncodedPath } from '../../contract/encodedPath.js';

/** A path of the repository as a relative URI (RFC 3986): every byte that isn't unreserved is escaped. */
export function fileUri(path: EncodedPath): string {
  return [...decodePath(path)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~/-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
