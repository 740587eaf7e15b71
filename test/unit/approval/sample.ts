import { createKey } from '../../../src/approval/keys.js';
import { parsePolicy, policyDigest } from '../../../src/approval/loadPolicy.js';
import { signDecision } from '../../../src/approval/tokens.js';
import type { AcceptedDecision, DecisionClaims } from '../../../src/contract/decision.js';
import { type Plan, planDigest } from '../../../src/contract/plan.js';
import type { Policy } from '../../../src/contract/policy.js';

/** Noon of 14 November 2023 UTC and a bit, in seconds. */
export const NOW = 1_700_000_000;

export const IDENTITY = { task: 'chg/request/abc', run: 'run-1', audience: 'prod/default/team' };

export const KEYS = { alice: createKey(), bob: createKey(), carol: createKey() };
export type PersonId = keyof typeof KEYS;

/** A policy of three approvers, as its author writes it; `approval` and `change` are extra lines. */
export function policyText(approval: string[] = [], change: string[] = []): string {
  return [
    'version: 1',
    'people:',
    ...Object.entries(KEYS).map(
      ([id, key]) =>
        `  - { id: ${id}, name: ${id.toUpperCase()}, keys: [{ kid: "${key.kid}", publicKey: "${key.x}" }] }`,
    ),
    'approval:',
    '  approvers: [alice, bob, carol]',
    ...(approval.some((line) => line.startsWith('separationOfDuties')) ? [] : ['  separationOfDuties: false']),
    ...approval.map((line) => `  ${line}`),
    'change:',
    "  allowedPaths: ['monitoring/**']",
    ...change.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

export function samplePolicy(approval: string[] = [], change: string[] = []): Policy {
  return parsePolicy(policyText(approval, change), 'mlops.yaml');
}

export function samplePlan(policy: Policy, changed: Partial<Plan> = {}): Plan {
  const edit = { kind: 'editFile' as const, path: 'monitoring/rules.yml', mode: '100644' as const };
  return {
    format: 1,
    task: IDENTITY.task,
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
    operations: [{ ...edit, before: '3'.repeat(40), after: '4'.repeat(40), closes: ['MON-001:aaaaaaaaaaaa'] }],
    inverse: {
      operations: [{ ...edit, before: '4'.repeat(40), after: '3'.repeat(40), closes: [] }],
      tree: '5'.repeat(40),
      aliases: {},
    },
    message: 'Let the drift alert fire',
    checks: ['alerting'],
    rehearsal: [{ probe: 'alerting/fires/Drift', verdict: 'passed', evidence: ['6'.repeat(64)] }],
    watch: [],
    onFailure: 'ask',
    policy: policyDigest(policy),
    ...changed,
  };
}

let counter = 0;

export function claimsOf(person: string, plan: Plan | string, changed: Partial<DecisionClaims> = {}): DecisionClaims {
  counter += 1;
  return {
    iss: 'test',
    aud: IDENTITY.audience,
    task: IDENTITY.task,
    run: IDENTITY.run,
    sub: person,
    via: 'own-key',
    iat: NOW,
    exp: NOW + 3600,
    jti: `decision-${String(counter).padStart(6, '0')}`,
    plan: typeof plan === 'string' ? plan : planDigest(plan),
    verdict: 'approve',
    comment: '',
    ...changed,
  };
}

export function decide(person: PersonId, plan: Plan | string, changed: Partial<DecisionClaims> = {}): Promise<string> {
  return signDecision(KEYS[person], claimsOf(person, plan, changed));
}

/** A decision as the gate hands it on, without its signature. */
export function accepted(
  person: string,
  verdict: AcceptedDecision['verdict'] = 'approve',
  exp = NOW + 3600,
): AcceptedDecision {
  const jti = `${person}-${verdict}`;
  return { token: jti, jti, person, kid: 'k', verdict, plan: 'p', comment: '', iat: NOW, exp };
}
