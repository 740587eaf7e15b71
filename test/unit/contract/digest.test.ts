import { describe, expect, it } from 'vitest';
import { base32DigestOf, digestOf, sha256Hex } from '../../../src/contract/digest.js';

describe('digests', () => {
  it('hash a text as UTF-8 and bytes as they are (FIPS 180-2 vectors, and sha256sum for é)', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
    expect(sha256Hex(Uint8Array.of(0x61, 0x62, 0x63))).toBe(sha256Hex('abc'));
  });

  it('are over the canonical form: white space and order of keys don’t matter', () => {
    // printf '{"a":1}' | sha256sum
    expect(digestOf({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
    expect(digestOf({ b: 2, a: 1 })).toBe(digestOf({ a: 1, b: 2 }));
  });

  it('in base 32 have 52 lower-case characters', () => {
    // base64.b32encode of the same 32 bytes, in Python
    expect(base32DigestOf({ a: 1 })).toBe('afnl2724yv5c3wklowipaswybbbhhec64m7mltv6vzrco2ux7bra');
  });
});
