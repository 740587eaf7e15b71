import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath, encodePath } from '../../../src/contract/encodedPath.js';

describe('encodePath and decodePath', () => {
  it('give back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodePath(encodePath(bytes))).toEqual(bytes);
      }),
    );
  });

  it('leave ordinary text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[%\p{Cc}]/u.test(text));
        expect(encodePath(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it('give text that is well-formed and holds no C0 control characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const path = encodePath(bytes);
        expect(Buffer.from(path).toString('utf8')).toBe(path);
        expect([...path].every((character) => character >= ' ' && character !== '\u007f')).toBe(true);
      }),
    );
  });

  it.each([
    [[0x61, 0xff, 0x62], 'a%FFb'],
    [[0x25], '%25'],
    [[0x0a], '%0A'],
    [[0xc3, 0xa9], 'é'],
    [[0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
    [[0xed, 0xa0, 0x80], '%ED%A0%80'],
    [[0xc0, 0xaf], '%C0%AF'],
    [[0xf0, 0x9f, 0x98, 0x80], '😀'],
  ])('encode %j', (bytes, expected) => {
    expect(encodePath(Uint8Array.from(bytes))).toBe(expected);
  });

  it.each(['%', '%2', '%zz', '%61', '%ff', '%C3%A9', '\n', '\ud800'])(
    'refuse %j, which encodePath never writes',
    (text) => {
      expect(() => decodePath(text)).toThrowError(RangeError);
    },
  );
});
