import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64urlnopad } from '@scure/base';
import { z } from 'zod';
import { canonicalJson } from '../contract/canonicalJson.js';
import { MlopsError } from '../contract/errors.js';

/** An Ed25519 key pair as a private JWK (RFC 8037). `d` is the secret: never log a value of this type. */
export interface SigningKey {
  kty: 'OKP';
  crv: 'Ed25519';
  /** Public key, base64url; the `publicKey` of the policy. */
  x: string;
  d: string;
  kid: string;
}

const signingKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  d: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  kid: z.string().min(1).max(128),
});

const MAX_KEY_FILE_BYTES = 16 * 1024;

/** A new key pair. Its id is the JWK thumbprint (RFC 7638), so that it says which key it is. */
export function createKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  return { kty: 'OKP', crv: 'Ed25519', x, d, kid: keyThumbprint(x) };
}

/** RFC 7638 thumbprint of an Ed25519 public key, base64url. */
export function keyThumbprint(x: string): string {
  const text = canonicalJson({ crv: 'Ed25519', kty: 'OKP', x });
  return base64urlnopad.encode(sha256(new TextEncoder().encode(text)));
}

/**
 * A key from the text of a key file.
 * @throws MlopsError MLOPS-CFG-004 when it is no private Ed25519 JWK with a `kid`, or its two halves don't fit.
 */
export function parseKey(text: string, where: string): SigningKey {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the file, and the file holds a secret.
    throw new MlopsError('MLOPS-CFG-004', 'the key file is not JSON', { where });
  }
  const parsed = signingKeySchema.safeParse(json);
  if (!parsed.success) {
    const members = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'the file'))].join(', ');
    throw new MlopsError('MLOPS-CFG-004', `not a private Ed25519 JWK with a key id; wrong: ${members}`, { where });
  }
  const { kty, crv, x, d, kid } = parsed.data;
  if (publicHalf(parsed.data) !== x) {
    throw new MlopsError('MLOPS-CFG-004', 'the public half of the key does not belong to the private one', { where });
  }
  return { kty, crv, x, d, kid };
}

function publicHalf(key: SigningKey): string | undefined {
  try {
    const privateKey = createPrivateKey({ format: 'jwk', key: { kty: key.kty, crv: key.crv, x: key.x, d: key.d } });
    // Through PKCS #8, which holds only the private half: the public one is computed, not copied.
    const computed = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    return createPublicKey(computed).export({ format: 'jwk' }).x;
  } catch {
    return undefined;
  }
}

/**
 * Reads a key file.
 * @throws MlopsError MLOPS-CFG-004 when it is missing, readable by others than its owner, or no Ed25519 key.
 */
export async function readKeyFile(path: string): Promise<SigningKey> {
  let text: string;
  try {
    const { mode, size } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new MlopsError('MLOPS-CFG-004', 'others than its owner can use the key file', {
        where: path,
        mend: `chmod 600 ${path}`,
      });
    }
    if (size > MAX_KEY_FILE_BYTES) throw new MlopsError('MLOPS-CFG-004', 'too large for a key file', { where: path });
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof MlopsError) throw cause;
    throw new MlopsError('MLOPS-CFG-004', 'the key file cannot be read', { where: path, cause });
  }
  return parseKey(text, path);
}

/**
 * Writes a new key file that only its owner can read (mode 0600). Never overwrites.
 * @throws MlopsError MLOPS-CFG-004 when the file exists or can't be written.
 */
export async function writeKeyFile(path: string, key: SigningKey): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(key, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new MlopsError('MLOPS-CFG-004', exists ? 'the key file exists already' : 'the key file cannot be written', {
      where: path,
      mend: exists ? 'A key is never overwritten: name another file.' : 'Check the folder and its permissions.',
      cause,
    });
  }
}
