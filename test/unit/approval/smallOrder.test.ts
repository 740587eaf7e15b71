import { describe, expect, it } from 'vitest';
import { createKey } from '../../../src/approval/keys.js';
import { hasSmallOrder } from '../../../src/approval/smallOrder.js';

// The curve's own arithmetic (RFC 8032, section 5.1), so that the list is checked and not repeated.
const P = 2n ** 255n - 19n;
const mod = (n: bigint) => ((n % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}

const inverse = (n: bigint) => power(n, P - 2n);
const D = mod(-121665n * inverse(121666n));
type Point = { x: bigint; y: bigint };

function add(one: Point, other: Point): Point {
  const k = mod(D * one.x * other.x * one.y * other.y);
  return {
    x: mod((one.x * other.y + one.y * other.x) * inverse(1n + k)),
    y: mod((one.y * other.y + one.x * other.x) * inverse(1n - k)),
  };
}

/** A point with this y; its sign doesn't change its order. */
function withY(y: bigint): Point | undefined {
  const xx = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(xx, (P + 3n) / 8n);
  if (mod(x * x) !== xx) x = mod(x * power(2n, (P - 1n) / 4n));
  return mod(x * x) === xx ? { x, y } : undefined;
}

function order(y: bigint): number | undefined {
  const point = withY(mod(y));
  if (point === undefined) return undefined;
  let sum = point;
  for (let n = 1; n <= 8; n += 1, sum = add(sum, point)) if (sum.x === 0n && sum.y === 1n) return n;
  return undefined;
}

const littleEndian = (n: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 0xffn));
const number = (hex: string) => BigInt(`0x${(hex.match(/../g) ?? []).reverse().join('')}`);

describe('hasSmallOrder', () => {
  it('knows the points of order 1, 2, 4 and 8, with either sign and beyond the field prime', () => {
    const eighth = number('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
    const ys = [0n, 1n, P - 1n, P, P + 1n, eighth, P - eighth];
    expect(ys.map(order)).toEqual([4, 1, 2, 4, 1, 8, 8]);
    for (const y of ys) {
      expect(hasSmallOrder(littleEndian(y))).toBe(true);
      expect(hasSmallOrder(littleEndian(y + 2n ** 255n))).toBe(true);
    }
  });

  it('lets real keys and other points pass', () => {
    expect(hasSmallOrder(Buffer.from(createKey().x, 'base64url'))).toBe(false);
    expect(hasSmallOrder(littleEndian(2n))).toBe(false);
  });
});
