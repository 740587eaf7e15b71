import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { overlaySnapshot } from '../../../src/planning/overlaySnapshot.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';
import { editsOf } from './assessment.js';

describe('overlaySnapshot', () => {
  const base = memorySnapshot({ 'a.txt': 'old', 'b.txt': 'same' });

  it('shows the new content with git’s own object id and size, and leaves the base alone', () => {
    const changed = overlaySnapshot(base, editsOf({ 'a.txt': 'näw\n' }));
    const oid = execFileSync('git', ['hash-object', '--stdin'], { input: 'näw\n' }).toString().trim();
    expect(changed.text('a.txt')).toBe('näw\n');
    expect(changed.entries[0]).toEqual({ path: 'a.txt', mode: '100644', oid, size: 5 });
    expect(changed.text('b.txt')).toBe('same');
    expect(changed.entries[1]).toBe(base.entries[1]);
    expect(base.text('a.txt')).toBe('old');
  });

  it('refuses a path that the commit does not have', () => {
    expect(() => overlaySnapshot(base, editsOf({ 'c.txt': 'x' }))).toThrow(/not in the commit/);
  });

  it('has no text for bytes that are not UTF-8', () => {
    expect(overlaySnapshot(base, [{ path: 'a.txt', content: Uint8Array.of(0xff) }]).text('a.txt')).toBeUndefined();
  });
});
