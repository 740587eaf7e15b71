import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryNamed, formatTree, parseTree, withEntry } from '../../../src/repo/treeObject.js';

const OID = '0123456789abcdef0123456789abcdef01234567';
const name = (text: string): Uint8Array => Buffer.from(text);

describe('tree objects', () => {
  it('survive parsing and formatting byte for byte, odd modes included', () => {
    const entry = fc.record({
      mode: fc.constantFrom('40000', '040000', '100644', '100664', '100755', '120000', '160000'),
      name: fc.uint8Array({ minLength: 1, maxLength: 12 }).filter((bytes) => !bytes.includes(0)),
      oid: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const bytes = formatTree(entries);
        expect(formatTree(parseTree(bytes, 20)).equals(bytes)).toBe(true);
      }),
    );
  });

  it('are refused when they are cut short', () => {
    const bytes = formatTree([{ mode: '100644', name: name('a'), oid: OID }]);
    expect(() => parseTree(bytes.subarray(0, -1), 20)).toThrowError(RangeError);
    expect(() => parseTree(Buffer.from('100644'), 20)).toThrowError(RangeError);
  });

  it('keep git order, in which a folder sorts as if its name ended in a slash', () => {
    const entries = [
      { mode: '100644', name: name('a-b'), oid: OID },
      { mode: '100644', name: name('a.b'), oid: OID },
      { mode: '100644', name: name('a0'), oid: OID },
    ];
    const order = (mode: string): string[] =>
      withEntry(entries, name('a'), { mode, name: name('a'), oid: OID }).map((entry) =>
        Buffer.from(entry.name).toString(),
      );
    expect(order('100644')).toEqual(['a', 'a-b', 'a.b', 'a0']);
    expect(order('40000')).toEqual(['a-b', 'a.b', 'a', 'a0']);
  });

  it('lose an entry that is replaced by nothing', () => {
    const entries = [{ mode: '100644', name: name('a'), oid: OID }];
    expect(withEntry(entries, name('a'), undefined)).toEqual([]);
    expect(entryNamed(entries, name('b'))).toBeUndefined();
  });
});
