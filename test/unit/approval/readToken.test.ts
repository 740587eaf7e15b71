import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUnverified } from '../../../src/approval/readToken.js';
import { MAX_TOKEN_LENGTH } from '../../../src/contract/decision.js';
import { decide } from './sample.js';

const encode = (value: string | Uint8Array) => Buffer.from(value).toString('base64url');
const SIGNATURE = encode(new Uint8Array(64));

describe('readUnverified', () => {
  it('shows header and claims of a real token', async () => {
    const read = readUnverified(await decide('alice', 'a'.repeat(64)));
    expect(read).toMatchObject({
      header: { alg: 'EdDSA', typ: 'mlops-decision+jwt' },
      claims: { sub: 'alice', verdict: 'approve' },
    });
  });

  it('says what is wrong with what can be no token', () => {
    const problems: [unknown, RegExp][] = [
      [undefined, /not text/],
      [{ token: 'x' }, /not text/],
      ['', /no compact JWS/],
      ['a.b', /no compact JWS/],
      ['a.b.c.d', /no compact JWS/],
      [`${encode('{}')}..${SIGNATURE}`, /no compact JWS/],
      ['x'.repeat(MAX_TOKEN_LENGTH + 1), /longer than 16384/],
      [`${encode('{}')}.${encode('{}')}.${encode('short')}`, /64 bytes/],
      [`${encode('{}')}.${encode('{}')}.${SIGNATURE}==`, /not base64url/],
      [`${encode('[]')}.${encode('{}')}.${SIGNATURE}`, /header/],
      [`${encode('{}')}.${encode('null')}.${SIGNATURE}`, /claims/],
      [`${encode('{}')}.${encode(Uint8Array.of(0x22, 0xff, 0x22))}.${SIGNATURE}`, /claims/],
    ];
    for (const [token, problem] of problems)
      expect(readUnverified(token)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('refuses a second spelling of the same signature, so that a token has one form', () => {
    // 64 bytes end in a digit of which 4 bits are spare.
    const other = `${SIGNATURE.slice(0, -1)}B`;
    expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(SIGNATURE, 'base64url'));
    expect(readUnverified(`${encode('{}')}.${encode('{}')}.${other}`)).toEqual({
      problem: 'its signature is not base64url',
    });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void readUnverified(value)));
    const part = fc.oneof(fc.string(), fc.json().map(encode), fc.uint8Array().map(encode));
    fc.assert(fc.property(fc.array(part, { maxLength: 4 }), (parts) => void readUnverified(parts.join('.'))));
  });
});

describe('what workflow code imports', () => {
  it('brings neither Node modules nor zod nor jose into the sandbox', async () => {
    for (const name of ['readToken', 'quorum', 'approvers']) {
      const text = await readFile(new URL(`../../../src/approval/${name}.ts`, import.meta.url), 'utf8');
      const values = [...text.matchAll(/^import (?!type ).* from '(.*)';$/gm)].map(([, from]) => from);
      const allowed = ['@scure/base', '../contract/severity.js'];
      expect(values.filter((from) => !allowed.includes(from ?? ''))).toEqual([]);
    }
  });
});
