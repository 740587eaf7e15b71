import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/digest.js';
import type { MlopsError } from '../../../src/contract/errors.js';
import { nextEntry } from '../../../src/contract/record.js';
import { exportRecord, readRecordFile, referencesOf } from '../../../src/report/recordFile.js';
import { IDENTITY } from '../approval/sample.js';
import { RECORD_KEY, verifiedRecord } from './sampleRecord.js';

function problem(content: string | Uint8Array): string {
  try {
    readRecordFile(content);
  } catch (error) {
    expect((error as MlopsError).code).toBe('MLOPS-REC-001');
    return (error as MlopsError).message;
  }
  return 'it was read';
}

describe('exportRecord', () => {
  it('takes along everything that the entries refer to and nothing else', async () => {
    const { record } = await verifiedRecord();
    const store = new Map(Object.entries(record.artifacts).map(([key, text]) => [key, new TextEncoder().encode(text)]));
    store.set('f'.repeat(64), new Uint8Array());
    const get = async (sha256: string) => store.get(sha256) ?? Promise.reject(new Error(`no ${sha256}`));
    expect(await exportRecord(RECORD_KEY, IDENTITY, record.entries, get)).toBe(await record.seal());
  });

  it('fails for an artifact that is missing or no text', async () => {
    const entry = nextEntry(undefined, '2026-01-02T03:04:05.678Z', 'mapped', { map: { $artifact: sha256Hex('x') } });
    const binary = async () => Uint8Array.of(0xff);
    await expect(exportRecord(RECORD_KEY, IDENTITY, [entry], binary)).rejects.toMatchObject({ code: 'MLOPS-REC-001' });
    const missing = async () => Promise.reject(new Error('missing'));
    await expect(exportRecord(RECORD_KEY, IDENTITY, [entry], missing)).rejects.toThrow('missing');
  });

  it('takes no label of an incident for a reference into the store', () => {
    const labels = { $artifact: sha256Hex('secret') };
    const entry = nextEntry(undefined, '2026-01-02T03:04:05.678Z', 'opened', { request: { labels } });
    expect(referencesOf([entry]).size).toBe(0);
  });
});

describe('readRecordFile', () => {
  it('reads what was sealed', async () => {
    const { record } = await verifiedRecord();
    const text = await record.seal();
    expect(readRecordFile(text).entries).toEqual(record.entries);
    expect(readRecordFile(new TextEncoder().encode(text))).toEqual(readRecordFile(text));
  });

  it('refuses any other spelling of the same JSON', async () => {
    const text = await (await verifiedRecord()).record.seal();
    const pretty = `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
    for (const other of [
      text.trimEnd(),
      `${text}\n`,
      `\ufeff${text}`,
      text.replace('\n', '\r\n'),
      pretty,
      text.replace('✓', '\\u2713'),
    ]) {
      expect(problem(other)).toMatch(/canonical form|not JSON/);
    }
  });

  it('refuses what is no record', () => {
    expect(problem('')).toContain('not JSON');
    expect(problem('{}\n')).toContain('not of the right form');
    expect(problem(Uint8Array.of(0xff, 0x0a))).toContain('not JSON in UTF-8');
    expect(problem(`${'['.repeat(100_000)}${']'.repeat(100_000)}\n`)).toContain('not JSON');
  });
});
