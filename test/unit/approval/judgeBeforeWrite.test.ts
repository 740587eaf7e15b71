import { describe, expect, it } from 'vitest';
import { judgeBeforeWrite, type WriteRequest } from '../../../src/approval/judgeBeforeWrite.js';
import { policyDigest } from '../../../src/approval/loadPolicy.js';
import { MlopsError } from '../../../src/contract/errors.js';
import { planDigest } from '../../../src/contract/plan.js';
import { decide, IDENTITY, KEYS, NOW, samplePlan, samplePolicy } from './sample.js';

const POLICY = samplePolicy(['required: 2']);
const PLAN = samplePlan(POLICY);
const DIGEST = planDigest(PLAN);

async function request(changed: Partial<WriteRequest> = {}): Promise<WriteRequest> {
  return {
    plan: PLAN,
    digest: DIGEST,
    tokens: changed.tokens ?? [await decide('alice', PLAN), await decide('bob', PLAN)],
    taskIdentity: IDENTITY,
    headPolicy: POLICY,
    planPolicy: POLICY,
    floor: {},
    severity: 'low',
    requester: undefined,
    proposers: [],
    frozenAt: NOW + 100,
    now: NOW + 200,
    sizes: { files: 1, lines: 2 },
    stages: ['monitoring'],
    widenTo: [],
    ...changed,
  };
}

async function refusal(changed: Partial<WriteRequest> = {}): Promise<{ code: string; message: string }> {
  try {
    await judgeBeforeWrite(await request(changed));
  } catch (error) {
    if (error instanceof MlopsError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'written', message: '' };
}

describe('judgeBeforeWrite', () => {
  it('gives a warrant for a plan that enough people approved', async () => {
    const warrant = await judgeBeforeWrite(await request());
    expect(warrant).toMatchObject({
      plan: PLAN,
      digest: DIGEST,
      approvedBy: ['alice', 'bob'],
      severity: 'low',
      required: 2,
    });
    expect(warrant.decisions.map(({ person }) => person)).toEqual(['alice', 'bob']);
  });

  it('writes nothing without decisions, with a made-up plan or with one that is no plan', async () => {
    expect(await refusal({ tokens: [] })).toMatchObject({ code: 'MLOPS-APR-012', message: '0 of 2 approvals' });
    expect(await refusal({ plan: { ...PLAN, tree: '9'.repeat(40) } })).toMatchObject({ code: 'MLOPS-APR-013' });
    for (const plan of [null, {}, { ...PLAN, operations: [] }, { ...PLAN, extra: 1 }]) {
      expect(await refusal({ plan })).toMatchObject({ code: 'MLOPS-APR-013' });
    }
  });

  it('refuses a changed plan whose caller changed the digest as well: no token names it', async () => {
    const plan = { ...PLAN, tree: '9'.repeat(40) };
    expect(await refusal({ plan, digest: planDigest(plan) })).toMatchObject({ code: 'MLOPS-APR-005' });
  });

  it('notices every field of the plan', async () => {
    const changes: object[] = [
      { task: 'chg/other' },
      { base: '9'.repeat(40) },
      { message: 'x' },
      { checks: [] },
      { onFailure: 'rollback' },
      { target: { ...PLAN.target, branch: 'prod' } },
      { operations: [{ ...PLAN.operations[0], path: 'monitoring/other.yml' }] },
      { inverse: { ...PLAN.inverse, tree: '9'.repeat(40) } },
      { rehearsal: [] },
      { watch: ['x'] },
    ];
    for (const change of changes)
      expect(await refusal({ plan: { ...PLAN, ...change } })).toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('refuses the approvals of another task, and a plan that is another task’s', async () => {
    const taskIdentity = { ...IDENTITY, task: 'chg/request/other' };
    expect(await refusal({ taskIdentity })).toMatchObject({ code: 'MLOPS-APR-004' });
    const plan = samplePlan(POLICY, { task: 'chg/request/other' });
    const tokens = [await decide('alice', plan), await decide('bob', plan)];
    expect(await refusal({ plan, digest: planDigest(plan), taskIdentity, tokens })).toMatchObject({
      code: 'MLOPS-APR-004',
    });
  });

  it('refuses a plan that another policy judged than the one in git', async () => {
    const other = samplePolicy(['required: 2', 'expiresAfter: 2h']);
    expect(policyDigest(other)).not.toBe(PLAN.policy);
    expect(await refusal({ planPolicy: other })).toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('counts a person once, with one token or two', async () => {
    const token = await decide('alice', PLAN);
    expect(await refusal({ tokens: [token, token] })).toMatchObject({
      code: 'MLOPS-APR-012',
      message: '1 of 2 approvals',
    });
    expect(await refusal({ tokens: [token, await decide('alice', PLAN)] })).toMatchObject({ code: 'MLOPS-APR-012' });
  });

  it('refuses one token id with two contents', async () => {
    const tokens = [
      await decide('alice', PLAN, { jti: 'decision-same' }),
      await decide('bob', PLAN, { jti: 'decision-same' }),
    ];
    expect(await refusal({ tokens })).toMatchObject({ code: 'MLOPS-APR-007' });
  });

  it('does not count a person who was removed since, nor one whose key was revoked or removed', async () => {
    const heads = [
      { ...POLICY, approval: { ...POLICY.approval, approvers: ['alice', 'carol'] } },
      { ...POLICY, people: POLICY.people.map((p) => (p.id === 'bob' ? { ...p, keys: [] } : p)) },
    ];
    for (const headPolicy of heads) {
      expect(await refusal({ headPolicy })).toMatchObject({
        code: 'MLOPS-APR-012',
        message: expect.stringContaining('1 of 2 approvals'),
      });
    }
    const revoked = await refusal({ floor: { revokedKeys: [KEYS.bob.kid] } });
    expect(revoked).toMatchObject({ code: 'MLOPS-APR-012', message: expect.stringContaining('MLOPS-APR-008') });
  });

  it('still writes when one approval too many no longer counts', async () => {
    const tokens = [await decide('alice', PLAN), await decide('bob', PLAN), await decide('carol', PLAN)];
    const found = await judgeBeforeWrite(await request({ tokens, floor: { revokedKeys: [KEYS.bob.kid] } }));
    expect(found.approvedBy).toEqual(['alice', 'carol']);
  });

  it('heeds a veto among the tokens, also of somebody who was removed since', async () => {
    const approvals = [await decide('alice', PLAN), await decide('bob', PLAN)];
    const tokens = [...approvals, await decide('carol', PLAN, { verdict: 'reject' })];
    expect(await refusal({ tokens })).toMatchObject({ code: 'MLOPS-APR-012', message: 'rejected by carol' });
    const headPolicy = { ...POLICY, approval: { ...POLICY.approval, approvers: ['alice', 'bob'] } };
    expect(await refusal({ tokens, headPolicy })).toMatchObject({ code: 'MLOPS-APR-012', message: 'carol vetoed it' });
  });

  it('refuses a signature by somebody else’s key and an unreadable token', async () => {
    const forged = (await decide('bob', PLAN)).split('.');
    const signature = (await decide('alice', PLAN)).split('.')[2];
    const tokens = [await decide('alice', PLAN), [forged[0], forged[1], signature].join('.')];
    expect(await refusal({ tokens })).toMatchObject({
      code: 'MLOPS-APR-012',
      message: expect.stringContaining('MLOPS-APR-002'),
    });
    expect(await refusal({ tokens: ['nonsense'] })).toMatchObject({ code: 'MLOPS-APR-001' });
  });

  it('needs the approvals of the stricter policy and of the floor', async () => {
    const loose = samplePolicy(['required: 1']);
    const one = await decide('alice', PLAN);
    expect(await refusal({ headPolicy: loose, tokens: [one] })).toMatchObject({ code: 'MLOPS-APR-012' });
    const plan = samplePlan(loose);
    const given = { plan, digest: planDigest(plan), planPolicy: loose, tokens: [await decide('alice', plan)] };
    expect((await refusal({ ...given, headPolicy: loose })).code).toBe('written');
    expect(await refusal({ ...given, headPolicy: POLICY })).toMatchObject({ code: 'MLOPS-APR-012' });
    expect(await refusal({ ...given, headPolicy: loose, floor: { required: 2 } })).toMatchObject({
      code: 'MLOPS-APR-012',
    });
  });

  it('raises the severity by what the operations are, and never lowers it', async () => {
    const policy = samplePolicy(['required: 1', 'bySeverity: { critical: 2 }'], ['executablePaths: [Makefile]']);
    const [operation] = PLAN.operations;
    const plan = samplePlan(policy, { operations: [{ ...operation, path: 'Makefile' } as never] });
    const given = { plan, digest: planDigest(plan), planPolicy: policy, headPolicy: policy, severity: 'low' as const };
    expect(await refusal({ ...given, tokens: [await decide('alice', plan)] })).toMatchObject({
      message: '1 of 2 approvals',
    });
    const both = [await decide('alice', plan), await decide('bob', plan)];
    expect((await judgeBeforeWrite(await request({ ...given, tokens: both }))).severity).toBe('critical');
    const plain = samplePlan(policy);
    const raised = { ...given, plan: plain, digest: planDigest(plain), severity: 'critical' as const };
    expect(await refusal({ ...raised, tokens: [await decide('alice', plain)] })).toMatchObject({
      code: 'MLOPS-APR-012',
    });
  });

  it('keeps requester and proposer from approving alone', async () => {
    const policy = samplePolicy(['required: 1', 'separationOfDuties: true']);
    const plan = samplePlan(policy);
    const given = { plan, digest: planDigest(plan), planPolicy: policy, headPolicy: policy };
    const tokens = [await decide('alice', plan)];
    expect(await refusal({ ...given, tokens, requester: 'alice' })).toMatchObject({ code: 'MLOPS-APR-012' });
    expect(await refusal({ ...given, tokens, requester: 'bob', proposers: ['alice'] })).toMatchObject({
      code: 'MLOPS-APR-012',
    });
    expect(await refusal({ ...given, tokens, requester: undefined })).toMatchObject({
      message: expect.stringContaining('1 of 2'),
    });
    expect((await refusal({ ...given, tokens, requester: 'bob' })).code).toBe('written');
  });

  it('does not count an approval that had expired at the freeze', async () => {
    const tokens = [await decide('alice', PLAN), await decide('bob', PLAN, { exp: NOW + 30 })];
    expect((await refusal({ tokens, frozenAt: NOW + 90 })).code).toBe('written');
    expect(await refusal({ tokens, frozenAt: NOW + 91 })).toMatchObject({ code: 'MLOPS-APR-012' });
  });

  it('writes until `applyWithin` after the freeze, and no longer', async () => {
    const frozenAt = NOW + 100;
    expect((await refusal({ frozenAt, now: frozenAt + 3600 })).code).toBe('written');
    expect(await refusal({ frozenAt, now: frozenAt + 3601 })).toMatchObject({ code: 'MLOPS-APR-016' });
    const headPolicy = samplePolicy(['required: 2', 'applyWithin: 1m']);
    expect(await refusal({ frozenAt, now: frozenAt + 61, headPolicy })).toMatchObject({ code: 'MLOPS-APR-016' });
  });

  it('refuses a freeze that lies in the future or is no time', async () => {
    expect(await refusal({ frozenAt: NOW + 261, now: NOW + 200 })).toMatchObject({ code: 'MLOPS-APR-016' });
    expect(await refusal({ frozenAt: Number.NaN })).toMatchObject({ code: 'MLOPS-APR-016' });
  });

  it('keeps to the boundary of both policies', async () => {
    const elsewhere = { ...POLICY, change: { ...POLICY.change, allowedPaths: ['src/**'] } };
    expect(await refusal({ headPolicy: elsewhere })).toMatchObject({ code: 'MLOPS-POL-003' });
    const plan = samplePlan(elsewhere);
    const tokens = [await decide('alice', plan), await decide('bob', plan)];
    const given = { plan, digest: planDigest(plan), planPolicy: elsewhere, headPolicy: POLICY, tokens };
    expect(await refusal(given)).toMatchObject({ code: 'MLOPS-POL-003' });
    expect(await refusal({ sizes: { files: 1, lines: 41 } })).toMatchObject({ code: 'MLOPS-POL-003' });
    expect(await refusal({ widenTo: ['training'] })).toMatchObject({ code: 'MLOPS-POL-004' });
  });
});
