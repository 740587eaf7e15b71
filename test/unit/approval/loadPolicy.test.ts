import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { approversOf, escalateToOf } from '../../../src/approval/approvers.js';
import { parsePolicy, policyDigest } from '../../../src/approval/loadPolicy.js';
import { canonicalJson } from '../../../src/contract/canonicalJson.js';
import { MlopsError } from '../../../src/contract/errors.js';
import { KEYS, policyText } from './sample.js';

const ONE = ['version: 1', 'people: [{ id: alice, name: Alice }, { id: bob, name: Bob }]'];

function refusal(text: string): string {
  try {
    parsePolicy(text, 'mlops.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(MlopsError);
    expect((error as MlopsError).code).toBe('MLOPS-POL-002');
    expect((error as MlopsError).where).toBe('mlops.yaml');
    return (error as MlopsError).message;
  }
  throw new Error('the policy was accepted');
}

describe('parsePolicy', () => {
  it('reads a policy and fills in every default', () => {
    const policy = parsePolicy([...ONE, 'approval: { approvers: [alice] }'].join('\n'), 'mlops.yaml');
    expect(policy.approval).toMatchObject({
      required: 1,
      separationOfDuties: true,
      expiresAfter: '24h',
      applyWithin: '1h',
      carry: 'never',
      identity: 'signed',
    });
    expect(policy.change.stages).toEqual(['monitoring']);
    expect(policy.change.budget).toEqual({ files: 3, lines: 40 });
  });

  it('reads the sample repository’s policy', async () => {
    const text = await readFile(new URL('../../../examples/fraud-scorer/mlops.yaml', import.meta.url), 'utf8');
    expect(approversOf(parsePolicy(text, 'mlops.yaml'))).toEqual(['demo-approver']);
  });

  it('reads the canonical JSON of a policy back as the same policy', () => {
    const policy = parsePolicy(policyText(), 'mlops.yaml');
    const again = parsePolicy(canonicalJson(policy), 'artifact');
    expect(again).toEqual(policy);
    expect(policyDigest(again)).toBe(policyDigest(policy));
  });

  it('has a digest that ignores comments and order of keys and sees every value', () => {
    const text = policyText();
    const digest = policyDigest(parsePolicy(text, 'mlops.yaml'));
    expect(policyDigest(parsePolicy(`# a comment\n${text}`, 'mlops.yaml'))).toBe(digest);
    expect(policyDigest(parsePolicy(policyText(['required: 2']), 'mlops.yaml'))).not.toBe(digest);
  });

  it('resolves groups to people, each once', () => {
    const text = [
      ...ONE,
      'approval:',
      "  approvers: ['@leads', alice]",
      "  escalateTo: ['@leads']",
      '  groups: { leads: [bob, alice] }',
    ];
    const policy = parsePolicy(text.join('\n'), 'mlops.yaml');
    expect(approversOf(policy)).toEqual(['bob', 'alice']);
    expect(escalateToOf(policy)).toEqual(['bob', 'alice']);
  });

  it('lists every error of the schema with its line and key', () => {
    const text = [
      'version: 1',
      'people: []',
      'approval:',
      '  approvers: [x]',
      '  required: NO',
      '  expiresAfter: 3 days',
      '  aproved: 1',
    ];
    const lines = refusal(text.join('\n')).split('\n');
    expect(lines[0]).toBe('the policy has 3 errors:');
    expect(lines[1]).toMatch(/^ {2}line 5: approval\.required: .*expected number/);
    expect(lines[2]).toMatch(/^ {2}line 6: approval\.expiresAfter: a duration such as/);
    expect(lines[3]).toBe('  line 7: approval.aproved: there is no such key');
  });

  it('names the place above a key that is missing', () => {
    expect(refusal('version: 1\napproval:\n  required: 1\npeople: []')).toContain('line 2: approval.approvers:');
  });

  it('refuses approvers, members and people to escalate to whom nobody knows', () => {
    const message = refusal(
      [
        ...ONE,
        'approval:',
        "  approvers: [alice, zoe, '@none']",
        '  groups: { leads: [mallory] }',
        '  escalateTo: [yan]',
      ].join('\n'),
    );
    expect(message).toContain('line 4: approval.approvers[1]: zoe is not among people');
    expect(message).toContain('line 4: approval.approvers[2]: @none is not among groups');
    expect(message).toContain('line 5: approval.groups.leads[0]: mallory is not among people');
    expect(message).toContain('line 6: approval.escalateTo[0]: yan is not among people');
  });

  it('refuses a person, a key id or a public key that stands twice, also with different people', () => {
    const { alice, bob } = KEYS;
    const text = [
      'version: 1',
      'people:',
      `  - { id: alice, name: A, keys: [{ kid: k1, publicKey: ${alice.x} }] }`,
      `  - { id: alice2, name: A, keys: [{ kid: k2, publicKey: ${alice.x} }] }`,
      `  - { id: alice, name: B, keys: [{ kid: k1, publicKey: ${bob.x} }] }`,
      'approval: { approvers: [alice] }',
    ];
    const message = refusal(text.join('\n'));
    expect(message).toContain('line 4: people[1].keys[0].publicKey: this public key stands here a second time');
    expect(message).toContain('line 5: people[2].id: this id stands here a second time');
    expect(message).toContain(
      'line 5: people[2].keys[0].kid: this key id stands here a second time; alice has it already',
    );
  });

  it('refuses a second spelling of a key, and a placeholder for which anybody could sign', () => {
    const withKey = (key: string) =>
      `version: 1\npeople: [{ id: a, name: A, keys: [{ kid: k, publicKey: ${key} }] }]\napproval: { approvers: [a] }`;
    expect(refusal(withKey('A'.repeat(43)))).toContain('anybody could sign for it');
    expect(refusal(withKey(`${'A'.repeat(42)}B`))).toContain('no canonical base64url');
  });

  it('refuses more approvals than there are approvers', () => {
    const text = [...ONE, 'approval:', '  approvers: [alice, bob]', '  required: 3', '  bySeverity: { high: 4 }'];
    const message = refusal(text.join('\n'));
    expect(message).toContain('line 5: approval.required: 3 approvals are needed, but 2 may approve');
    expect(message).toContain('line 6: approval.bySeverity.high: 4 approvals are needed');
  });

  it('refuses reminders that come after the question has expired', () => {
    expect(refusal(policyText(['remindAfter: 2d', 'expiresAfter: 1d']))).toContain(
      'must be shorter than expiresAfter (1d)',
    );
  });

  it('refuses patterns that match by excluding, start with a slash or lead upwards', () => {
    const message = refusal(policyText([], ["executablePaths: ['!x', '/Makefile', 'a/../Makefile']"]));
    expect(message).toContain('change.executablePaths[0]: a pattern cannot be negated');
    expect(message).toContain('change.executablePaths[1]: paths start at the root');
    expect(message).toContain('change.executablePaths[2]: a path cannot lead upwards');
  });

  it('refuses a text that is empty or no YAML, with the line', () => {
    expect(refusal('')).toContain('(the file)');
    expect(refusal('version: 1\n  people: [')).toMatch(/line 2/);
  });
});
