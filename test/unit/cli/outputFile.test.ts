import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertWritable, writeOutput } from '../../../src/cli/outputFile.js';

describe('an output file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-output-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is tried out before work begins, and nothing is left or lost by it', async () => {
    const fresh = join(folder, 'fresh');
    await assertWritable(fresh);
    expect(existsSync(fresh)).toBe(false);
    const there = join(folder, 'there');
    writeFileSync(there, 'kept');
    await assertWritable(there);
    expect(readFileSync(there, 'utf8')).toBe('kept');
  });

  it.each(['', 'none/file'])('that cannot be written is named with the way out (%j)', async (name) => {
    const path = join(folder, name);
    const error = { code: 'MLOPS-INPUT-002', where: path, mend: expect.stringContaining('a folder that exists') };
    await expect(assertWritable(path)).rejects.toMatchObject(error);
    await expect(writeOutput(path, '')).rejects.toMatchObject(error);
  });
});
