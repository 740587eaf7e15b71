/**
 * The y coordinates of Ed25519's points of order 1, 2, 4 and 8 in little-endian hex, with the two
 * that are also encodable beyond the field prime. The list is libsodium's (`ge25519_has_small_order`).
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * Whether an Ed25519 public key is a point of small order. For such a key signatures can be made
 * without a private key, and a placeholder of 43 times `A` is one of them.
 */
export function hasSmallOrder(publicKey: Uint8Array): boolean {
  const y = Uint8Array.from(publicKey);
  y[31] = (y[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(Array.from(y, (byte) => byte.toString(16).padStart(2, '0')).join(''));
}
