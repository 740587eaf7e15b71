import { base64urlnopad } from '@scure/base';

// Pure and sandbox-safe: the workflow's update validator imports it.

/** The same bound as `MAX_TOKEN_LENGTH` of the contract, whose module brings zod along. */
const MAX_LENGTH = 16 * 1024;

export interface UnverifiedToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/**
 * Takes a compact JWS apart without checking its signature: good for refusing what can't be a
 * token and for showing who a refused one claims to be, never for believing it. Accepts only the
 * canonical spelling (base64url without padding or spare bits, UTF-8), so that a token has one form.
 * Never throws, whatever it is given.
 */
export function readUnverified(token: unknown): UnverifiedToken | { problem: string } {
  if (typeof token !== 'string') return { problem: 'it is not text' };
  if (token.length > MAX_LENGTH) return { problem: `it is longer than ${MAX_LENGTH} characters` };
  const parts = token.split('.');
  const [header, claims, signature] = parts;
  if (parts.length !== 3 || !header || !claims || !signature) {
    return { problem: 'it is no compact JWS: three parts with a dot between' };
  }
  try {
    if (base64urlnopad.decode(signature).length !== 64) return { problem: 'its signature is not 64 bytes long' };
  } catch {
    return { problem: 'its signature is not base64url' };
  }
  const readHeader = readObject(header);
  if (readHeader === undefined) return { problem: 'its header is not a JSON object in base64url' };
  const readClaims = readObject(claims);
  if (readClaims === undefined) return { problem: 'its claims are not a JSON object in base64url' };
  return { header: readHeader, claims: readClaims };
}

function readObject(part: string): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(base64urlnopad.decode(part));
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
