import { createHash, createPrivateKey, sign } from 'node:crypto';

/** The parts of a private Ed25519 JWK that signing needs, base64url. */
export interface SshSigningKey {
  x: string;
  d: string;
}

const KEY_TYPE = 'ssh-ed25519';
const NAMESPACE = 'git';
const HASH = 'sha512';

/**
 * Signature over a git object in the armoured form that git stores (`gpg.format = ssh`). Ed25519 is
 * deterministic, so the same object and key always give the same signature, and the signed object the
 * same id. Format: openssh-portable, PROTOCOL.sshsig.
 */
export function sshSignature(key: SshSigningKey, payload: Uint8Array): string {
  const digest = createHash(HASH).update(payload).digest();
  const shared = [string(NAMESPACE), string(''), string(HASH)];
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...shared, string(digest)]);
  const privateKey = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: key.x, d: key.d } });
  const signature = Buffer.concat([string(KEY_TYPE), string(sign(null, signed, privateKey))]);
  const version = Buffer.from([0, 0, 0, 1]);
  const blob = Buffer.concat([Buffer.from('SSHSIG'), version, string(publicBlob(key.x)), ...shared, string(signature)]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n');
}

/** Public key as forges and `allowed_signers` files want it: `ssh-ed25519 AAAA…`. */
export function sshPublicKey({ x }: Pick<SshSigningKey, 'x'>): string {
  return `${KEY_TYPE} ${publicBlob(x).toString('base64')}`;
}

function publicBlob(x: string): Buffer {
  return Buffer.concat([string(KEY_TYPE), string(Buffer.from(x, 'base64url'))]);
}

/** RFC 4251 `string`: length in four bytes, then the bytes. */
function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
