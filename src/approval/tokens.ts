import { base64urlnopad } from '@scure/base';
import { CompactSign, compactVerify, importJWK } from 'jose';
import type { z } from 'zod';
import { canonicalJson } from '../contract/canonicalJson.js';
import {
  type AcceptedDecision,
  type DecisionClaims,
  decisionClaimsSchema,
  type ExtendClaims,
  extendClaimsSchema,
  type Judgement,
  type RequestClaims,
  requestClaimsSchema,
  TOKEN_TYPES,
  type TokenKind,
  type WithdrawClaims,
  withdrawClaimsSchema,
} from '../contract/decision.js';
import type { ErrorCode } from '../contract/errors.js';
import type { Policy } from '../contract/policy.js';
import { approversOf } from './approvers.js';
import type { SigningKey } from './keys.js';
import { CLOCK_TOLERANCE_SECONDS } from './quorum.js';
import { readUnverified } from './readToken.js';

/** The longest life of a token, `exp` − `iat`, in seconds: 7 days. */
export const MAX_TOKEN_LIFETIME_SECONDS = 7 * 24 * 3600;

/** Type of the signature over a record's head. */
export const RECORD_TOKEN_TYPE = 'mlops-record+jwt';

export interface ClaimsByKind {
  decision: DecisionClaims;
  withdraw: WithdrawClaims;
  extend: ExtendClaims;
  request: RequestClaims;
}

const CLAIMS_SCHEMAS: { [K in TokenKind]: z.ZodType<ClaimsByKind[K]> } = {
  decision: decisionClaimsSchema,
  withdraw: withdrawClaimsSchema,
  extend: extendClaimsSchema,
  request: requestClaimsSchema,
};

/** Signs one person's answer to one plan. @throws ZodError when the claims are not of the contract's form. */
export function signDecision(key: SigningKey, claims: DecisionClaims): Promise<string> {
  return sign(key, TOKEN_TYPES.decision, decisionClaimsSchema.parse(claims));
}

/** Signs the withdrawal of a task. @throws ZodError when the claims are not of the contract's form. */
export function signWithdraw(key: SigningKey, claims: WithdrawClaims): Promise<string> {
  return sign(key, TOKEN_TYPES.withdraw, withdrawClaimsSchema.parse(claims));
}

/** Signs the extension of a deadline. @throws ZodError when the claims are not of the contract's form. */
export function signExtend(key: SigningKey, claims: ExtendClaims): Promise<string> {
  return sign(key, TOKEN_TYPES.extend, extendClaimsSchema.parse(claims));
}

/** Signs a request, so that its requester is known. @throws ZodError when the claims are not of the contract's form. */
export function signRequest(key: SigningKey, claims: RequestClaims): Promise<string> {
  return sign(key, TOKEN_TYPES.request, requestClaimsSchema.parse(claims));
}

/** What a record key signs: which task's record it is, how many entries it has and the hash of the last. */
export interface RecordClaims {
  task: string;
  run: string;
  audience: string;
  head: string;
  entries: number;
}

/** Signs the head of a record's chain with the installation's record key. */
export function signRecord(key: SigningKey, claims: RecordClaims): Promise<string> {
  return sign(key, RECORD_TOKEN_TYPE, claims);
}

async function sign(key: SigningKey, typ: string, claims: object): Promise<string> {
  const privateKey = await importJWK({ kty: key.kty, crv: key.crv, x: key.x, d: key.d }, 'EdDSA');
  return new CompactSign(new TextEncoder().encode(canonicalJson(claims)))
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ })
    .sign(privateKey);
}

/** What a token must name to count here and now. */
export interface TokenExpectations {
  audience: string;
  task: string;
  /** Run id of the task's first execution; a request's is empty. */
  run: string;
  /** Digest of the plan that is asked about; left out when no question is open. */
  plan?: string | undefined;
  /** Digest of the request without its requester, for request tokens. */
  request?: string | undefined;
  /** Seconds since 1970. */
  now: number;
}

export interface VerifiedToken<K extends TokenKind> {
  accepted: true;
  token: string;
  person: string;
  kid: string;
  claims: ClaimsByKind[K];
}

/** `person` and `jti` are given only where the signature proved them. */
export interface RefusedToken {
  accepted: false;
  code: ErrorCode;
  reason: string;
  person?: string;
  jti?: string;
}

/**
 * Checks a token against a policy (with its floor applied) and what it must be for. The signature is
 * judged before task, plan and times, so that a refusal for these names a proved person.
 *
 * The header is exactly `alg: EdDSA`, `kid` and `typ`: keys that a token brings along (`jwk`, `jku`,
 * `x5c`, `x5u`), `crit` and unknown members are refused, as RFC 8725 advises. The key is looked up by
 * person and key id. Decisions and extensions need an approver, withdrawals and requests anybody whom
 * the policy lists. Clocks may differ by 60 s. Never throws for a bad token.
 */
export async function verifyToken<K extends TokenKind>(
  kind: K,
  token: unknown,
  policy: Policy,
  expected: TokenExpectations,
): Promise<VerifiedToken<K> | RefusedToken> {
  const read = readUnverified(token);
  if ('problem' in read || typeof token !== 'string') {
    return refuse('MLOPS-APR-001', `the token cannot be read: ${'problem' in read ? read.problem : 'it is not text'}`);
  }
  const headerProblem = findHeaderProblem(read.header, TOKEN_TYPES[kind]);
  if (headerProblem !== undefined) return refuse('MLOPS-APR-001', headerProblem);
  const parsed = CLAIMS_SCHEMAS[kind].safeParse(read.claims);
  if (!parsed.success) {
    const listed = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'claims'}: ${issue.message}`);
    return refuse('MLOPS-APR-001', `the token's claims are not of the right form: ${listed.join('; ').slice(0, 500)}`);
  }
  const claims = parsed.data;
  const kid = read.header.kid as string;

  const person = policy.people.find((candidate) => candidate.id === claims.sub);
  if (person === undefined)
    return refuse('MLOPS-APR-003', 'the policy lists no person with the id that the token names');
  const key = person.keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) return refuse('MLOPS-APR-002', `the policy lists no key with this id for ${person.id}`);
  if (!(await hasValidSignature(token, key.publicKey))) {
    return refuse('MLOPS-APR-002', `the signature is not by the key that the policy lists for ${person.id}`);
  }

  const proved = { person: person.id, jti: claims.jti };
  if (key.revoked) return refuse('MLOPS-APR-008', `the key of ${person.id} is revoked`, proved);
  if ((kind === 'decision' || kind === 'extend') && !approversOf(policy).includes(person.id)) {
    return refuse('MLOPS-APR-003', `${person.id} is not among the approvers`, proved);
  }
  const mismatch = findMismatch(kind, claims, expected);
  if (mismatch !== undefined) return refuse(mismatch.code, mismatch.reason, proved);
  const timeProblem = findTimeProblem(claims.iat, claims.exp, expected.now);
  if (timeProblem !== undefined) return refuse('MLOPS-APR-006', timeProblem, proved);
  return { accepted: true, token, person: person.id, kid, claims };
}

/** The gate for decisions: {@link verifyToken}, and a `revise` must say what to revise. Never throws for a bad one. */
export async function judgeDecision(token: unknown, policy: Policy, expected: TokenExpectations): Promise<Judgement> {
  const verified = await verifyToken('decision', token, policy, expected);
  if (!verified.accepted) return verified;
  const { claims, person, kid } = verified;
  if (claims.verdict === 'revise' && claims.comment.trim() === '') {
    return refuse('MLOPS-APR-011', 'a revision needs a comment that says what to change', { person, jti: claims.jti });
  }
  const decision: AcceptedDecision = {
    token: verified.token,
    jti: claims.jti,
    person,
    kid,
    verdict: claims.verdict,
    plan: claims.plan,
    comment: claims.comment,
    iat: claims.iat,
    exp: claims.exp,
  };
  return { accepted: true, decision };
}

/** Whether a compact JWS carries a valid Ed25519 signature by this public key. Never throws. */
export async function hasValidSignature(token: string, publicKey: string): Promise<boolean> {
  try {
    // jose ignores the spare bits of the last character, so that two texts would be one key or signature.
    for (const text of [publicKey, ...token.split('.')]) base64urlnopad.decode(text);
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, 'EdDSA');
    await compactVerify(token, key, { algorithms: ['EdDSA'] });
    return true;
  } catch {
    return false;
  }
}

/** Why a protected header is not exactly `{alg: "EdDSA", kid, typ}`. */
export function findHeaderProblem(header: Record<string, unknown>, typ: string): string | undefined {
  const surplus = Object.keys(header).filter((member) => !['alg', 'kid', 'typ'].includes(member));
  if (surplus.length > 0) {
    return `the token's header may hold alg, kid and typ only, not ${surplus.slice(0, 5).join(', ').slice(0, 100)}`;
  }
  if (header.alg !== 'EdDSA') return 'the token must be signed with EdDSA';
  if (header.typ !== typ) return `the token's type must be ${typ}`;
  if (typeof header.kid !== 'string' || header.kid === '') return 'the token must name its key (kid)';
  return undefined;
}

function findMismatch(
  kind: TokenKind,
  claims: ClaimsByKind[TokenKind],
  expected: TokenExpectations,
): { code: ErrorCode; reason: string } | undefined {
  if (claims.aud !== expected.audience)
    return { code: 'MLOPS-APR-004', reason: 'the token is for another installation' };
  if (claims.task !== expected.task) return { code: 'MLOPS-APR-004', reason: 'the token is for another task' };
  if (claims.run !== (kind === 'request' ? '' : expected.run)) {
    return { code: 'MLOPS-APR-004', reason: 'the token is for another run of the task' };
  }
  if ('plan' in claims) {
    if (expected.plan === undefined) return { code: 'MLOPS-APR-010', reason: 'no question is open' };
    if (claims.plan !== expected.plan) return { code: 'MLOPS-APR-005', reason: 'the token is for another plan' };
  }
  if ('request' in claims && claims.request !== expected.request) {
    return { code: 'MLOPS-APR-004', reason: 'the token is for another request' };
  }
  return undefined;
}

function findTimeProblem(iat: number, exp: number, now: number): string | undefined {
  if (exp <= iat) return 'the token expires before it was issued';
  if (exp - iat > MAX_TOKEN_LIFETIME_SECONDS) return 'the token would live longer than 7 days';
  if (iat > now + CLOCK_TOLERANCE_SECONDS) {
    return `the token was issued ${iat - now} s in the future; clocks may differ by ${CLOCK_TOLERANCE_SECONDS} s`;
  }
  if (now > exp + CLOCK_TOLERANCE_SECONDS) return `the token expired ${now - exp} s ago`;
  return undefined;
}

function refuse(code: ErrorCode, reason: string, proved: { person?: string; jti?: string } = {}): RefusedToken {
  return { accepted: false, code, reason, ...proved };
}
