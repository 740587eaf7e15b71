import { describe, expect, it } from 'vitest';
import { entryHash, nextEntry, RECORD_GENESIS } from '../../../src/contract/record.js';

describe('nextEntry', () => {
  it('chains entries by hashes that Python computes too', () => {
    // hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    const first = nextEntry(undefined, '2026-01-02T03:04:05.678Z', 'opened', { request: 'x' });
    expect(first).toMatchObject({ seq: 0, prev: RECORD_GENESIS });
    expect(first.hash).toBe('ef8c2a650cbe5e4c68a71561f64f2047bd42698cb0a960addc89686e0e9897b7');
    const second = nextEntry(first, '2026-01-02T03:04:06.000Z', 'ended', null);
    expect(second).toMatchObject({ seq: 1, prev: first.hash });
    expect(second.hash).toBe('294226e75a522ba408785ab1cbd2139be35dc521e5fbf926494ffaf6d0990479');
  });

  it('starts from 64 zeros', () => {
    expect(RECORD_GENESIS).toMatch(/^0{64}$/);
  });
});

describe('entryHash', () => {
  const entry = nextEntry(undefined, '2026-01-02T03:04:05.678Z', 'opened', { request: 'x' });

  it('gives an entry its own hash, whatever hash it claims', () => {
    expect(entryHash({ ...entry, hash: 'f'.repeat(64) })).toBe(entry.hash);
  });

  it('differs when anything else in the entry differs', () => {
    const changes = [
      { seq: 1 },
      { at: '2026-01-02T03:04:05.679Z' },
      { kind: 'ended' as const },
      { data: {} },
      { prev: '1'.repeat(64) },
    ];
    for (const change of changes) expect(entryHash({ ...entry, ...change })).not.toBe(entry.hash);
  });
});
