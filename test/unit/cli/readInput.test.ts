import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inputName, MAX_INPUT_BYTES, readInput } from '../../../src/cli/readInput.js';

const none = Readable.from([]);

describe('readInput', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-input-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads a file, and standard input for a dash, without a byte order mark', async () => {
    const file = join(folder, 'a');
    writeFileSync(file, '\ufeffä');
    expect(await readInput(file, none)).toBe('ä');
    expect(await readInput('-', Readable.from([Buffer.from([0xc3]), Buffer.from([0xa4])]))).toBe('ä');
    expect(inputName('-')).toBe('standard input');
  });

  it('refuses bytes that are no UTF-8 instead of reading something else', async () => {
    await expect(readInput('-', Readable.from([Buffer.from([0x66, 0xff])]))).rejects.toMatchObject({
      code: 'MLOPS-INPUT-001',
      message: 'The input is not UTF-8.',
      where: 'standard input',
    });
  });

  it('stops at its limit, however long the input is', async () => {
    let given = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          given += 1;
          yield Buffer.alloc(1024 * 1024);
        }
      })(),
    );
    await expect(readInput('-', endless)).rejects.toMatchObject({ code: 'MLOPS-INPUT-001' });
    expect(given).toBeLessThan(2 * (MAX_INPUT_BYTES / 1024 / 1024));
  });

  it.each(['', 'none'])('says which path cannot be read (%j)', async (name) => {
    const path = join(folder, name);
    await expect(readInput(path, none)).rejects.toMatchObject({ code: 'MLOPS-INPUT-002', where: path });
  });
});
