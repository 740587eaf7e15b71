import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey, keyThumbprint, parseKey, readKeyFile, writeKeyFile } from '../../../src/approval/keys.js';
import type { MlopsError } from '../../../src/contract/errors.js';

// RFC 8037, appendix A.1 and A.3.
const RFC_X = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const RFC_D = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';
const RFC_THUMBPRINT = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function refusal(reading: Promise<unknown>): Promise<MlopsError> {
  const error = (await reading.then(
    () => new Error('it was accepted'),
    (thrown: unknown) => thrown,
  )) as MlopsError;
  expect(error.code).toBe('MLOPS-CFG-004');
  return error;
}

describe('createKey', () => {
  it('names a key by its RFC 7638 thumbprint', async () => {
    const { x, kid } = createKey();
    expect(kid).toBe(await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }));
    expect(keyThumbprint(RFC_X)).toBe(RFC_THUMBPRINT);
  });

  it('makes another key each time', () => {
    expect(createKey().d).not.toBe(createKey().d);
  });
});

describe('key files', () => {
  it('are readable by their owner only and read back as the same key', async () => {
    const [path, key] = [join(folder, 'alice.jwk'), createKey()];
    await writeKeyFile(path, key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(path)).toEqual(key);
  });

  it('are never overwritten', async () => {
    const path = join(folder, 'alice.jwk');
    await writeKeyFile(path, createKey());
    const before = await readFile(path, 'utf8');
    expect((await refusal(writeKeyFile(path, createKey()))).message).toBe('the key file exists already');
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('are refused when others can read them, with the command that mends it', async () => {
    const path = join(folder, 'alice.jwk');
    await writeKeyFile(path, createKey());
    await chmod(path, 0o640);
    expect((await refusal(readKeyFile(path))).mend).toBe(`chmod 600 ${path}`);
  });

  it('are refused when missing, in a folder that is missing, or too large', async () => {
    expect((await refusal(readKeyFile(join(folder, 'none.jwk')))).where).toBe(join(folder, 'none.jwk'));
    await refusal(writeKeyFile(join(folder, 'none', 'a.jwk'), createKey()));
    await writeFile(join(folder, 'large.jwk'), ' '.repeat(20_000), { mode: 0o600 });
    expect((await refusal(readKeyFile(join(folder, 'large.jwk')))).message).toBe('too large for a key file');
  });
});

describe('parseKey', () => {
  const parse = (value: unknown) => refusal((async () => parseKey(JSON.stringify(value), 'alice.jwk'))());

  it('reads the key of RFC 8037 and drops members that it does not know', () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: RFC_X, d: RFC_D, kid: 'k' };
    expect(parseKey(JSON.stringify({ ...key, use: 'sig' }), 'alice.jwk')).toEqual(key);
  });

  it('refuses a public half that does not belong to the private one', async () => {
    const error = await parse({ ...createKey(), x: createKey().x });
    expect(error.message).toContain('does not belong');
  });

  it('refuses public keys, other curves and what is no JSON, without quoting the secret', async () => {
    const { d, ...half } = createKey();
    expect((await parse(half)).message).toContain('wrong: d');
    expect((await parse({ ...createKey(), crv: 'X25519' })).message).toContain('wrong: crv');
    const text = await refusal((async () => parseKey(`${d} is no JSON`, 'alice.jwk'))());
    expect(`${text.message} ${String(text.cause)}`).not.toContain(d);
  });
});
