import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/contract/canonicalJson.js';
import { type Plan, planDigest, planSchema } from '../../../src/contract/plan.js';

const PLAN: Plan = {
  format: 1,
  task: 'chg/alertmanager/0123456789abcdef',
  round: 1,
  target: {
    id: 'fraud',
    repository: 'https://git.example/fraud.git',
    branch: 'main',
    mode: 'push',
    registry: { kind: 'git-tags' },
    policyBranch: 'main',
    policyPath: 'mlops.yaml',
  },
  base: '1'.repeat(40),
  tree: '2'.repeat(40),
  operations: [
    {
      kind: 'editFile',
      path: 'monitoring/a%0Ab.yml',
      before: '3'.repeat(40),
      after: null,
      mode: '100755',
      closes: ['MON-001:0123456789ab'],
    },
    {
      kind: 'moveAlias',
      model: 'fraud',
      alias: 'champion',
      from: null,
      to: 'v1.2.0',
      tag: 'fraud#champion#3',
      commit: '7'.repeat(40),
      closes: [],
    },
  ],
  inverse: {
    operations: [
      {
        kind: 'editFile',
        path: 'monitoring/a%0Ab.yml',
        before: null,
        after: '3'.repeat(40),
        mode: '100755',
        closes: [],
      },
    ],
    tree: '5'.repeat(40),
    aliases: { 'fraud@champion': 'v1.1.0', 'fraud@Beta': 'v1.0.0' },
  },
  message: 'Let the drift alert fire\n\nIt read a metric that "nothing" exports.\t/\\',
  checks: ['alerting', 'rollback'],
  rehearsal: [{ probe: 'alerting/fires/Drift', verdict: 'passed', evidence: ['6'.repeat(64)] }],
  watch: [],
  onFailure: 'ask',
  policy: '8'.repeat(64),
};

describe('planDigest', () => {
  it('is the SHA-256 of the canonical JSON, as Python computes it too', () => {
    // hashlib.sha256(json.dumps(plan, sort_keys=True, separators=(",", ":")).encode()), which equals
    // RFC 8785 for a plan in ASCII without fractions.
    expect(canonicalJson(PLAN)).toHaveLength(1346);
    expect(planDigest(PLAN)).toBe('a8573e94a493d815e12964f0589a7ec8dfa71a96102b5274a583fe3dc7a5996a');
  });

  it('is the same after the plan was stored and read back', () => {
    expect(planDigest(planSchema.parse(JSON.parse(JSON.stringify(PLAN))))).toBe(planDigest(PLAN));
  });

  it('changes with every single value of the plan', () => {
    const seen = new Set([planDigest(PLAN)]);
    let leaves = 0;
    for (const changed of withOneLeafChanged(PLAN)) {
      leaves += 1;
      seen.add(planDigest(changed as Plan));
    }
    expect(leaves).toBe(41);
    expect(seen.size).toBe(leaves + 1);
  });
});

describe('planSchema', () => {
  it('refuses surplus members, a plan that does nothing and ids that are no ids', () => {
    const wrong = [
      { ...PLAN, note: 'x' },
      { ...PLAN, operations: [] },
      { ...PLAN, inverse: { ...PLAN.inverse, operations: [] } },
      { ...PLAN, base: 'main' },
      { ...PLAN, tree: '2'.repeat(41) },
      { ...PLAN, format: 2 },
      { ...PLAN, target: { ...PLAN.target, token: 'x' } },
    ];
    expect(wrong.map((plan) => planSchema.safeParse(plan).success)).toEqual(wrong.map(() => false));
    expect(planSchema.safeParse(PLAN).success).toBe(true);
  });
});

/** The value once for each leaf in it, with that leaf replaced. */
function* withOneLeafChanged(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) {
    yield `${String(value)}!`;
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    for (const changed of withOneLeafChanged(item)) {
      if (Array.isArray(value)) yield value.map((own: unknown, index) => (String(index) === key ? changed : own));
      else yield { ...value, [key]: changed };
    }
  }
}
