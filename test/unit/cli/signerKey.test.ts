import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey, writeKeyFile } from '../../../src/approval/keys.js';
import { defaultKeyFile, signerOf } from '../../../src/cli/signerKey.js';

describe('signerOf', () => {
  let folder: string;
  const key = createKey();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the person’s own key file', async () => {
    const { mkdir } = await import('node:fs/promises');
    const env = { XDG_CONFIG_HOME: folder };
    await mkdir(join(folder, 'temporal-mlops', 'keys'), { recursive: true });
    await writeKeyFile(defaultKeyFile('alice', env), key);
    expect(await signerOf({ as: 'alice' }, env)).toEqual({ person: 'alice', key });
    expect(await signerOf({}, { ...env, TEMPORAL_MLOPS_PERSON: 'alice' })).toEqual({ person: 'alice', key });
  });

  it('reads the person from the name of a key file', async () => {
    const file = join(folder, 'bob.jwk');
    await writeKeyFile(file, key);
    expect((await signerOf({ key: file }, {})).person).toBe('bob');
    expect((await signerOf({ key: file, as: 'alice' }, {})).person).toBe('alice');
  });

  it('refuses when nobody is named', async () => {
    await expect(signerOf({}, {})).rejects.toMatchObject({ code: 'MLOPS-INPUT-001', where: '--as' });
  });

  it('refuses a name that leads out of the folder', async () => {
    await expect(signerOf({ as: '../alice' }, {})).rejects.toMatchObject({ code: 'MLOPS-INPUT-001' });
  });

  it('says which file is missing', async () => {
    await expect(signerOf({ as: 'carol' }, { XDG_CONFIG_HOME: folder })).rejects.toMatchObject({
      code: 'MLOPS-CFG-004',
      where: join(folder, 'temporal-mlops', 'keys', 'carol.jwk'),
    });
  });
});
