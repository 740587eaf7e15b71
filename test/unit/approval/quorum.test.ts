import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requiredApprovals, type TallyInput, tally } from '../../../src/approval/quorum.js';
import { accepted, NOW, samplePolicy } from './sample.js';

function count(changed: Partial<TallyInput>) {
  return tally({
    decisions: [],
    approvers: ['alice', 'bob', 'carol'],
    required: 1,
    separationOfDuties: false,
    requester: undefined,
    proposers: [],
    ...changed,
  });
}

describe('tally', () => {
  it('is pending without decisions: silence never approves', () => {
    expect(count({})).toEqual({ state: 'pending', need: 1, have: [], reasons: ['0 of 1 approvals'] });
  });

  it('approves when as many people as required have approved, in order of arrival', () => {
    const found = count({ required: 2, decisions: [accepted('carol'), accepted('alice')] });
    expect(found).toEqual({ state: 'approved', need: 2, have: ['carol', 'alice'], reasons: [] });
  });

  it('counts a person once, however often and with whichever key', () => {
    const decisions = [accepted('alice'), { ...accepted('alice'), jti: 'other-token', kid: 'k2' }];
    expect(count({ required: 2, decisions })).toMatchObject({ state: 'pending', have: ['alice'] });
  });

  it('does not count somebody who may no longer approve', () => {
    expect(count({ approvers: ['bob'], decisions: [accepted('alice')] })).toMatchObject({ state: 'pending', have: [] });
  });

  it('lets a reject after the quorum win, also by a person who approved before', () => {
    const decisions = [accepted('alice'), accepted('bob'), accepted('alice', 'reject')];
    expect(count({ required: 2, decisions })).toMatchObject({ state: 'rejected', reasons: ['rejected by alice'] });
  });

  it('keeps the veto of somebody who was removed from the approvers since', () => {
    expect(count({ approvers: ['bob'], decisions: [accepted('bob'), accepted('alice', 'reject')] }).state).toBe(
      'rejected',
    );
  });

  it('sends the plan back on a revise, and rejects where both arrived', () => {
    expect(count({ decisions: [accepted('alice'), accepted('bob', 'revise')] }).state).toBe('revise');
    expect(count({ decisions: [accepted('bob', 'revise'), accepted('alice', 'reject')] }).state).toBe('rejected');
  });

  it('leaves out an approval that has expired, with 60 s of tolerance', () => {
    const decisions = [accepted('alice', 'approve', NOW)];
    expect(count({ decisions, at: NOW + 60 }).state).toBe('approved');
    expect(count({ decisions, at: NOW + 61 }).state).toBe('pending');
  });

  it('never approves with nobody, whatever number a caller asks for', () => {
    expect(count({ required: 0 }).state).toBe('pending');
    expect(count({ required: -1, decisions: [] }).state).toBe('pending');
  });

  describe('under separation of duties', () => {
    const duties = { separationOfDuties: true };

    it('refuses the requester as the only approver', () => {
      const found = count({ ...duties, requester: 'alice', decisions: [accepted('alice')] });
      expect(found.state).toBe('pending');
      expect(found.reasons).toEqual(['somebody who neither asked for the change nor proposed it must approve']);
    });

    it('refuses requester and proposer together, and accepts with a third', () => {
      const who = { ...duties, requester: 'alice', proposers: ['bob'], required: 2 };
      expect(count({ ...who, decisions: [accepted('alice'), accepted('bob')] }).state).toBe('pending');
      expect(count({ ...who, decisions: [accepted('alice'), accepted('carol')] }).state).toBe('approved');
    });

    it('needs one approval more when nobody knows who asked', () => {
      expect(count({ ...duties, decisions: [accepted('alice')] })).toMatchObject({ state: 'pending', need: 2 });
      expect(count({ ...duties, decisions: [accepted('alice'), accepted('bob')] })).toMatchObject({
        state: 'approved',
        need: 2,
      });
    });

    it('says so when the number cannot be reached', () => {
      expect(count({ ...duties, approvers: ['alice'], decisions: [accepted('alice')] }).reasons).toContain(
        'only 1 may approve, so the number cannot be reached',
      );
    });
  });
});

describe('tally, for any decisions', () => {
  const people = ['alice', 'bob', 'carol', 'mallory'];
  const decision = fc
    .tuple(fc.constantFrom(...people), fc.constantFrom('approve' as const, 'reject' as const, 'revise' as const))
    .map(([person, verdict]) => accepted(person, verdict));
  const input = fc.record({
    decisions: fc.array(decision, { maxLength: 12 }),
    approvers: fc.subarray(['alice', 'bob', 'carol']),
    required: fc.integer({ min: 1, max: 4 }),
    separationOfDuties: fc.boolean(),
    requester: fc.option(fc.constantFrom(...people), { nil: undefined }),
    proposers: fc.subarray(people),
  });

  it('counts no person twice and nobody who may not approve', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { have } = tally(given);
        expect(new Set(have).size).toBe(have.length);
        expect(given.approvers).toEqual(expect.arrayContaining(have));
      }),
    );
  });

  it('rejects exactly when somebody rejected', () => {
    fc.assert(
      fc.property(input, (given) => {
        const vetoed = given.decisions.some(({ verdict }) => verdict === 'reject');
        expect(tally(given).state === 'rejected').toBe(vetoed);
      }),
    );
  });

  it('comes to the same state and the same people in every order of arrival', () => {
    fc.assert(
      fc.property(input, fc.infiniteStream(fc.nat()), (given, random) => {
        const keyed = given.decisions.map((item) => ({ item, key: random.next().value as number }));
        const shuffled = keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
        const found = tally({ ...given, decisions: shuffled });
        const original = tally(given);
        expect(found.state).toBe(original.state);
        expect([...found.have].sort()).toEqual([...original.have].sort());
      }),
    );
  });

  it('approves only with enough approvers, one of whom had no part where duties are separated', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { state, have, need } = tally(given);
        if (state !== 'approved') return;
        expect(have.length).toBeGreaterThanOrEqual(need);
        expect(need).toBeGreaterThanOrEqual(given.required);
        if (!given.separationOfDuties) return;
        expect(have.some((person) => person !== given.requester && !given.proposers.includes(person))).toBe(true);
      }),
    );
  });
});

describe('requiredApprovals', () => {
  it('takes the most of `required` and what applies at or below the severity', () => {
    const policy = samplePolicy(['required: 1', 'bySeverity: { medium: 3, critical: 2 }']);
    const found = (['low', 'medium', 'high', 'critical'] as const).map((severity) =>
      requiredApprovals(policy, severity),
    );
    expect(found).toEqual([1, 3, 3, 3]);
  });

  it('is never fewer than `required`', () => {
    expect(requiredApprovals(samplePolicy(['required: 2', 'bySeverity: { low: 1 }']), 'low')).toBe(2);
  });
});
