import { sha256 } from '@noble/hashes/sha2.js';
import { base32, hex } from '@scure/base';
import { canonicalJson } from './canonicalJson.js';

// Pure JavaScript on purpose: the workflow sandbox has no `node:crypto`.

/** SHA-256 of bytes, or of a text's UTF-8 form, as 64 lower-case hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return hex.encode(sha256(typeof data === 'string' ? new TextEncoder().encode(data) : data));
}

/** SHA-256 over the canonical JSON (RFC 8785) of a value, as 64 lower-case hex digits. */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

/** The same digest in lower-case base 32 without padding (52 characters), short enough for a workflow id. */
export function base32DigestOf(value: unknown): string {
  const bytes = sha256(new TextEncoder().encode(canonicalJson(value)));
  return base32.encode(bytes).replace(/=+$/, '').toLowerCase();
}
