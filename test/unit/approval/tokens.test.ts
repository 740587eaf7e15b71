import { CompactSign, generateKeyPair, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { applyFloor } from '../../../src/approval/floor.js';
import { createKey, type SigningKey } from '../../../src/approval/keys.js';
import {
  judgeDecision,
  signExtend,
  signRequest,
  signWithdraw,
  type TokenExpectations,
  verifyToken,
} from '../../../src/approval/tokens.js';
import type { DecisionClaims } from '../../../src/contract/decision.js';
import { claimsOf, decide, IDENTITY, KEYS, NOW, samplePolicy } from './sample.js';

const PLAN = 'a'.repeat(64);
const POLICY = samplePolicy();
const EXPECTED: TokenExpectations = { ...IDENTITY, plan: PLAN, now: NOW + 10 };

const judge = (token: unknown, changed: Partial<TokenExpectations> = {}, policy = POLICY) =>
  judgeDecision(token, policy, { ...EXPECTED, ...changed });

/** Signs with a header of the test's choice. */
async function signWith(header: object, claims: object, key: SigningKey = KEYS.alice): Promise<string> {
  const base = { alg: 'EdDSA', kid: key.kid, typ: 'mlops-decision+jwt' };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ ...base, ...header } as never)
    .sign(await importJWK({ ...key }, 'EdDSA'), { crit: { 'mlops-x': true } });
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('judgeDecision', () => {
  it('accepts a decision that an approver signed for this plan, task and installation', async () => {
    const token = await decide('alice', PLAN, { comment: 'looks right', jti: 'decision-x' });
    expect(await judge(token)).toEqual({
      accepted: true,
      decision: {
        token,
        jti: 'decision-x',
        person: 'alice',
        kid: KEYS.alice.kid,
        verdict: 'approve',
        plan: PLAN,
        comment: 'looks right',
        iat: NOW,
        exp: NOW + 3600,
      },
    });
  });

  it('accepts a token whose header and claims stand in another order', async () => {
    const { comment: _none, ...claims } = claimsOf('alice', PLAN);
    const shuffled = Object.fromEntries(Object.entries(claims).reverse());
    expect(await judge(await signWith({}, shuffled))).toMatchObject({ accepted: true, decision: { comment: '' } });
  });

  it('refuses B’s name in a token that A signed, whichever key id it names', async () => {
    const claims = claimsOf('bob', PLAN);
    expect(await judge(await signWith({}, claims))).toMatchObject({ accepted: false, code: 'MLOPS-APR-002' });
    const forged = await judge(await signWith({ kid: KEYS.bob.kid }, claims));
    expect(forged).toEqual({
      accepted: false,
      code: 'MLOPS-APR-002',
      reason: expect.stringContaining('the signature'),
    });
  });

  it('refuses a stranger, and a key that nobody lists', async () => {
    const key = createKey();
    expect(await judge(await signWith({}, claimsOf('mallory', PLAN), key))).toMatchObject({ code: 'MLOPS-APR-003' });
    expect(await judge(await signWith({}, claimsOf('alice', PLAN), key))).toMatchObject({ code: 'MLOPS-APR-002' });
  });

  it('refuses a person of the policy who is no approver', async () => {
    const policy = { ...POLICY, approval: { ...POLICY.approval, approvers: ['bob'] } };
    expect(await judge(await decide('alice', PLAN), {}, policy)).toMatchObject({
      code: 'MLOPS-APR-003',
      person: 'alice',
    });
  });

  it('refuses a revoked key, whether the policy or the floor revokes it, by id or by public key', async () => {
    const token = await decide('alice', PLAN);
    for (const revoked of [KEYS.alice.kid, KEYS.alice.x]) {
      const policy = applyFloor(POLICY, { revokedKeys: [revoked] });
      expect(await judge(token, {}, policy)).toMatchObject({ code: 'MLOPS-APR-008', person: 'alice' });
    }
  });

  it('refuses `alg: none`, other algorithms and unsigned claims', async () => {
    const claims = part(claimsOf('alice', PLAN));
    const header = { kid: KEYS.alice.kid, typ: 'mlops-decision+jwt' };
    const sixtyFour = Buffer.alloc(64).toString('base64url');
    for (const alg of ['none', 'HS256', 'ES256', 'Ed25519', 'eddsa', undefined]) {
      const token = `${part({ ...header, alg })}.${claims}.${sixtyFour}`;
      expect(await judge(token)).toMatchObject({
        code: 'MLOPS-APR-001',
        reason: 'the token must be signed with EdDSA',
      });
    }
    expect(await judge(`${part({ ...header, alg: 'none' })}.${claims}.`)).toMatchObject({ code: 'MLOPS-APR-001' });
  });

  it('refuses keys that a token brings along, `crit` and unknown members of the header', async () => {
    const own = { kty: 'OKP', crv: 'Ed25519', x: KEYS.alice.x };
    const headers = [
      { jwk: own },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/cert' },
      { x5c: ['AAAA'] },
      { crit: ['mlops-x'], 'mlops-x': 1 },
      { cty: 'x' },
    ];
    for (const header of headers) {
      const found = await judge(await signWith(header, claimsOf('alice', PLAN)));
      expect(found).toMatchObject({ accepted: false, code: 'MLOPS-APR-001' });
      expect(found).toMatchObject({ reason: expect.stringContaining('may hold alg, kid and typ only') });
    }
  });

  it('refuses a token of another type: a withdrawal is no decision', async () => {
    const found = await judge(await signWith({ typ: 'mlops-withdraw+jwt' }, claimsOf('alice', PLAN)));
    expect(found).toMatchObject({
      code: 'MLOPS-APR-001',
      reason: "the token's type must be mlops-decision+jwt",
    });
    expect(await judge(await signWith({ typ: 'JWT' }, claimsOf('alice', PLAN)))).toMatchObject({
      code: 'MLOPS-APR-001',
    });
  });

  it('refuses claims that are missing, surplus or of another kind', async () => {
    const claims = claimsOf('alice', PLAN);
    const wrong: object[] = [
      { ...claims, role: 'admin' },
      { ...claims, verdict: 'yes' },
      { ...claims, plan: PLAN.slice(0, 12) },
      { ...claims, exp: String(claims.exp) },
      { ...claims, via: 'slack' },
      { ...claims, jti: 'short' },
      { ...claims, comment: 'x'.repeat(2001) },
    ];
    for (const value of wrong) expect(await judge(await signWith({}, value))).toMatchObject({ code: 'MLOPS-APR-001' });
  });

  it('refuses every token of which one character was changed', async () => {
    const token = await decide('alice', PLAN);
    for (let at = 0; at < token.length; at += 7) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      expect((await judge(changed)).accepted).toBe(false);
    }
  });

  it('refuses what is longer than 16 KiB and what is no text', async () => {
    expect(await judge(`${await decide('alice', PLAN)}${'A'.repeat(16_384)}`)).toMatchObject({ code: 'MLOPS-APR-001' });
    for (const value of [null, undefined, 7, {}, ['x']]) {
      expect(await judge(value)).toMatchObject({ accepted: false, code: 'MLOPS-APR-001' });
    }
  });

  it('refuses a decision for another installation, task or run, and names who signed it', async () => {
    const others: Partial<DecisionClaims>[] = [
      { aud: 'staging/default/team' },
      { task: 'chg/request/other' },
      { run: 'run-2' },
    ];
    for (const changed of others) {
      expect(await judge(await decide('alice', PLAN, changed))).toMatchObject({
        code: 'MLOPS-APR-004',
        person: 'alice',
      });
    }
  });

  it('refuses a decision on another plan, and any decision while no question is open', async () => {
    expect(await judge(await decide('alice', 'b'.repeat(64)))).toMatchObject({ code: 'MLOPS-APR-005' });
    expect(await judge(await decide('alice', PLAN), { plan: undefined })).toMatchObject({ code: 'MLOPS-APR-010' });
  });

  it('tolerates clocks that differ by 60 s, and gives a clear error beyond', async () => {
    const at = async (iat: number, exp: number) => judge(await decide('alice', PLAN, { iat, exp }), { now: NOW });
    expect((await at(NOW + 60, NOW + 600)).accepted).toBe(true);
    expect(await at(NOW + 61, NOW + 600)).toMatchObject({
      code: 'MLOPS-APR-006',
      reason: expect.stringContaining('61 s in the future'),
    });
    expect((await at(NOW - 600, NOW - 60)).accepted).toBe(true);
    expect(await at(NOW - 600, NOW - 61)).toMatchObject({
      code: 'MLOPS-APR-006',
      reason: 'the token expired 61 s ago',
    });
  });

  it('refuses a life longer than 7 days, and one that ends before it begins', async () => {
    const week = 7 * 24 * 3600;
    expect((await judge(await decide('alice', PLAN, { exp: NOW + week }))).accepted).toBe(true);
    expect(await judge(await decide('alice', PLAN, { exp: NOW + week + 1 }))).toMatchObject({ code: 'MLOPS-APR-006' });
    expect(await judge(await decide('alice', PLAN, { exp: NOW }))).toMatchObject({ code: 'MLOPS-APR-006' });
  });

  it('wants a comment with a revise, and takes a comment as data', async () => {
    expect(await judge(await decide('alice', PLAN, { verdict: 'revise', comment: '  ' }))).toMatchObject({
      code: 'MLOPS-APR-011',
    });
    const token = await decide('alice', PLAN, { verdict: 'revise', comment: '/approve' });
    expect(await judge(token)).toMatchObject({ accepted: true, decision: { verdict: 'revise', comment: '/approve' } });
  });

  it('refuses a token signed with another kind of key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claimsOf('alice', PLAN))))
      .setProtectedHeader({ alg: 'ES256', kid: KEYS.alice.kid, typ: 'mlops-decision+jwt' })
      .sign(privateKey);
    expect(await judge(token)).toMatchObject({ code: 'MLOPS-APR-001' });
  });
});

describe('verifyToken', () => {
  const { plan: _plan, verdict: _verdict, ...common } = claimsOf('alice', PLAN);

  it('accepts a withdrawal by anybody whom the policy lists, open question or not', async () => {
    const policy = { ...POLICY, approval: { ...POLICY.approval, approvers: ['bob'] } };
    const token = await signWithdraw(KEYS.alice, common);
    const found = await verifyToken('withdraw', token, policy, { ...EXPECTED, plan: undefined });
    expect(found).toMatchObject({ accepted: true, person: 'alice', claims: { jti: common.jti } });
  });

  it('accepts an extension by an approver only', async () => {
    const { comment: _comment, ...rest } = common;
    const token = await signExtend(KEYS.alice, { ...rest, plan: PLAN, seconds: 3600 });
    expect(await verifyToken('extend', token, POLICY, EXPECTED)).toMatchObject({
      accepted: true,
      claims: { seconds: 3600 },
    });
    const policy = { ...POLICY, approval: { ...POLICY.approval, approvers: ['bob'] } };
    expect(await verifyToken('extend', token, policy, EXPECTED)).toMatchObject({
      accepted: false,
      code: 'MLOPS-APR-003',
    });
  });

  it('accepts a request for exactly what was requested', async () => {
    const { comment: _comment, ...rest } = common;
    const request = 'c'.repeat(64);
    const token = await signRequest(KEYS.alice, { ...rest, run: '', request });
    const expected = { ...EXPECTED, run: '' };
    expect(await verifyToken('request', token, POLICY, { ...expected, request })).toMatchObject({
      accepted: true,
      person: 'alice',
    });
    expect(await verifyToken('request', token, POLICY, { ...expected, request: PLAN })).toMatchObject({
      code: 'MLOPS-APR-004',
    });
  });

  it('takes no kind for another', async () => {
    const withdraw = await signWithdraw(KEYS.alice, common);
    expect(await judge(withdraw)).toMatchObject({ code: 'MLOPS-APR-001' });
    const decision = await decide('alice', PLAN);
    expect(await verifyToken('withdraw', decision, POLICY, EXPECTED)).toMatchObject({ code: 'MLOPS-APR-001' });
  });
});

describe('signing', () => {
  it('gives the same token for the same claims: Ed25519 is deterministic', async () => {
    const claims = { jti: 'decision-same', comment: 'ü' };
    expect(await decide('alice', PLAN, claims)).toBe(await decide('alice', PLAN, claims));
  });

  it('writes exactly alg, kid and typ into the header', async () => {
    const [header] = (await decide('alice', PLAN)).split('.');
    const read = JSON.parse(Buffer.from(header ?? '', 'base64url').toString()) as object;
    expect(read).toEqual({ alg: 'EdDSA', kid: KEYS.alice.kid, typ: 'mlops-decision+jwt' });
  });

  it('refuses to sign claims that nobody would accept', async () => {
    expect(() => decide('alice', 'short')).toThrow();
  });
});
