import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectionSettings } from '../../../src/cli/connection.js';

let folder: string;
let profile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlops-connection-'));
  profile = join(folder, 'temporal.toml');
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) vi.stubEnv(name, undefined);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', profile);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('where the Temporal server is', () => {
  it('says the flag, then the profile; without either it is the local one', async () => {
    expect(await connectionSettings({}, undefined)).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
    writeFileSync(profile, '[profile.default]\naddress = "profile.example:7233"\nnamespace = "ml"\n');
    expect(await connectionSettings({}, undefined)).toMatchObject({
      address: 'profile.example:7233',
      namespace: 'ml',
    });
    const flags = { address: 'flag.example:7233', namespace: 'other' };
    expect(await connectionSettings(flags, undefined)).toMatchObject(flags);
  });

  it('is not known with a profile file that has no profile: an error with code and file, not a crash', async () => {
    writeFileSync(profile, '');
    await expect(connectionSettings({}, undefined)).rejects.toMatchObject({ code: 'MLOPS-TMP-007', where: profile });
  });
});
