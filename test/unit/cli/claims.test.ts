import { describe, expect, it } from 'vitest';
import { decisionClaims, extendClaims, requestClaims, withdrawClaims } from '../../../src/cli/claims.js';
import {
  decisionClaimsSchema,
  extendClaimsSchema,
  requestClaimsSchema,
  withdrawClaimsSchema,
} from '../../../src/contract/decision.js';
import { status } from './samples.js';

const subject = { name: status, person: 'alice', now: 1_764_000_000_500 };
const plan = 'ab'.repeat(32);

describe('claims', () => {
  it('name task, run and audience of the status, and count for a day', () => {
    expect(decisionClaims(subject, { plan, verdict: 'approve', comment: '' })).toEqual({
      iss: 'temporal-mlops-cli',
      aud: 'demo/default/default',
      task: 'chg/alertmanager/x',
      run: 'run-1',
      sub: 'alice',
      via: 'own-key',
      iat: 1_764_000_000,
      exp: 1_764_086_400,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      plan,
      verdict: 'approve',
      comment: '',
    });
  });

  it('have the form that the contract accepts', () => {
    expect(
      decisionClaimsSchema.safeParse(decisionClaims(subject, { plan, verdict: 'revise', comment: 'c' })).success,
    ).toBe(true);
    expect(withdrawClaimsSchema.safeParse(withdrawClaims(subject, 'c')).success).toBe(true);
    expect(extendClaimsSchema.safeParse(extendClaims(subject, { plan, seconds: 3600 })).success).toBe(true);
    expect(requestClaimsSchema.safeParse(requestClaims(subject, plan)).success).toBe(true);
  });

  it('never use an id twice', () => {
    expect(withdrawClaims(subject, '').jti).not.toBe(withdrawClaims(subject, '').jti);
  });
});
