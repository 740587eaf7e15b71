import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalProfile } from '../../../src/worker/temporalProfile.js';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlops-profile-'));
  file = join(folder, 'temporal.toml');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function profileOf(text: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, text);
  return temporalProfile({ TEMPORAL_CONFIG_FILE: file, ...env });
}

describe('the profile of the Temporal connection', () => {
  it('is read from the file, and the environment wins', () => {
    const text = '[profile.default]\naddress = "one.example:7233"\nnamespace = "ml"\n';
    expect(profileOf(text)).toMatchObject({ namespace: 'ml', connectionOptions: { address: 'one.example:7233' } });
    expect(profileOf(text, { TEMPORAL_ADDRESS: 'two.example:7233' }).connectionOptions.address).toBe(
      'two.example:7233',
    );
  });

  it('leaves everything unset where there is no file', () => {
    const { connectionOptions, namespace } = temporalProfile({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') });
    expect([connectionOptions.address, namespace]).toEqual([undefined, undefined]);
  });

  it.each([
    ['an empty file', ''],
    ['a file of comments', '# address = "one.example:7233"\n'],
    ['a file without a profile', '[other]\naddress = "one.example:7233"\n'],
    ['a profile that is no section', 'profile.default = 1\n'],
  ])('says of %s that it has no profile, where, and how to mend it', (_name, text) => {
    expect(() => profileOf(text)).toThrow(
      expect.objectContaining({
        code: 'MLOPS-TMP-007',
        where: file,
        message: 'the Temporal profile cannot be used: it has no valid [profile.NAME] section',
        mend: expect.stringContaining('[profile.default]'),
      }),
    );
  });

  it.each([
    ['no TOML', '[profile.default\n', {}, 'TOML'],
    ['a profile that is not there', '[profile.default]\n', { TEMPORAL_PROFILE: 'prod' }, "'prod'"],
  ])('says what is wrong with %s', (_name, text, env, reason) => {
    expect(() => profileOf(text, env)).toThrow(
      expect.objectContaining({ code: 'MLOPS-TMP-007', message: expect.stringContaining(reason) }),
    );
  });
});
