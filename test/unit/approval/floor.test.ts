import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyFloor, stricter } from '../../../src/approval/floor.js';
import { requiredApprovals } from '../../../src/approval/quorum.js';
import { SEVERITIES } from '../../../src/contract/severity.js';
import { KEYS, samplePolicy } from './sample.js';

describe('applyFloor', () => {
  it('raises the number of approvals and never lowers it', () => {
    expect(applyFloor(samplePolicy(['required: 1']), { required: 2 }).approval.required).toBe(2);
    expect(applyFloor(samplePolicy(['required: 3']), { required: 2 }).approval.required).toBe(3);
  });

  it('turns declared identities into signed ones and never the other way', () => {
    const declared = samplePolicy(['identity: declared']);
    expect(applyFloor(declared, { identity: 'signed' }).approval.identity).toBe('signed');
    expect(applyFloor(declared, {}).approval.identity).toBe('declared');
    expect(applyFloor(samplePolicy(), {}).approval.identity).toBe('signed');
  });

  it('revokes keys by id or public key, and leaves the policy that it was given as it was', () => {
    const policy = samplePolicy();
    const floored = applyFloor(policy, { revokedKeys: [KEYS.alice.kid, KEYS.bob.x] });
    const revoked = floored.people.map(({ id, keys }) => [id, keys[0]?.revoked]);
    expect(revoked).toEqual([
      ['alice', true],
      ['bob', true],
      ['carol', false],
    ]);
    expect(policy.people.some(({ keys }) => keys[0]?.revoked)).toBe(false);
  });

  it('changes nothing where it demands nothing', () => {
    const policy = samplePolicy(['required: 2', 'bySeverity: { high: 3 }']);
    expect(applyFloor(policy, {})).toEqual(policy);
  });
});

describe('stricter', () => {
  const base = samplePolicy(
    [
      'required: 1',
      'bySeverity: { critical: 3 }',
      'separationOfDuties: true',
      'applyWithin: 2h',
      'carry: disjoint',
      'maxMoves: 1',
    ],
    [
      'stages: [monitoring, training]',
      'widenTo: [deployment, registration]',
      'executablePaths: [Makefile, tox.ini]',
      'budget: { files: 9, lines: 10 }',
    ],
  );
  const head = samplePolicy(
    ['required: 2', 'bySeverity: { low: 1 }', 'applyWithin: 90m', 'carry: never', 'identity: declared'],
    [
      'stages: [monitoring, deployment]',
      'widenTo: [deployment]',
      'executablePaths: [tox.ini]',
      'budget: { files: 2, lines: 99 }',
    ],
  );

  it('takes the stricter of each number, duration and switch, whichever side it is on', () => {
    for (const both of [stricter(base, head), stricter(head, base)]) {
      expect(both.approval).toMatchObject({
        required: 2,
        separationOfDuties: true,
        applyWithin: '90m',
        carry: 'never',
        maxMoves: 1,
        identity: 'signed',
      });
      expect(both.change.budget).toEqual({ files: 2, lines: 10 });
      expect(SEVERITIES.map((severity) => requiredApprovals(both, severity))).toEqual([2, 2, 2, 3]);
    }
  });

  it('keeps of what may be touched only what both allow', () => {
    const both = stricter(base, head);
    expect(both.change).toMatchObject({
      stages: ['monitoring'],
      widenTo: ['deployment'],
      executablePaths: ['tox.ini'],
    });
  });

  it('leaves who may approve to the head', () => {
    const changed = { ...head, approval: { ...head.approval, approvers: ['carol'] }, people: head.people.slice(2) };
    const both = stricter(base, changed);
    expect(both.approval.approvers).toEqual(['carol']);
    expect(both.people.map(({ id }) => id)).toEqual(['carol']);
  });

  it('never needs fewer approvals than either policy, at any severity', () => {
    const number = fc.integer({ min: 1, max: 3 });
    const approval = fc.record({
      required: number,
      bySeverity: fc.record({ low: number, high: number, critical: number }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(approval, approval, fc.constantFrom(...SEVERITIES), (one, other, severity) => {
        const [a, b] = [one, other].map((changed) => ({ ...base, approval: { ...base.approval, ...changed } }));
        if (!a || !b) throw new Error('two policies');
        const needed = requiredApprovals(stricter(a, b), severity);
        expect(needed).toBe(Math.max(requiredApprovals(a, severity), requiredApprovals(b, severity)));
      }),
    );
  });
});
