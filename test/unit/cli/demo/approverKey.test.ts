import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKey } from '../../../../src/approval/keys.js';
import { parsePolicy } from '../../../../src/approval/loadPolicy.js';
import { withPersonKey } from '../../../../src/cli/demo/approverKey.js';

const key = { kid: 'k1', publicKey: createKey().x };

describe('withPersonKey', () => {
  it('changes nothing but the empty list of that person', () => {
    const policy =
      '# head\npeople:\n  - id: bob\n    keys: []  # his\n  - id: alice\n    keys: []  # hers\nrest:   kept\n';
    expect(withPersonKey(policy, 'alice', key)).toBe(
      `# head\npeople:\n  - id: bob\n    keys: []  # his\n  - id: alice\n    keys: [{ kid: "k1", publicKey: "${key.publicKey}" }]  # hers\nrest:   kept\n`,
    );
  });

  it('makes the sample’s policy one that lists the approver’s key', () => {
    const sample = readFileSync(new URL('../../../../examples/fraud-scorer/mlops.yaml', import.meta.url), 'utf8');
    const policy = parsePolicy(withPersonKey(sample, 'demo-approver', key), 'mlops.yaml');
    expect(policy.people[0]?.keys).toEqual([{ ...key, revoked: false }]);
  });

  it('refuses a policy that has no place for it', () => {
    expect(() => withPersonKey('people:\n  - id: bob\n    keys: []\n', 'alice', key)).toThrow(RangeError);
    expect(() => withPersonKey('people:\n  - id: alice\n    keys: [1]\n', 'alice', key)).toThrow(RangeError);
    expect(() => withPersonKey('version: 1\n', 'alice', key)).toThrow(RangeError);
  });
});
