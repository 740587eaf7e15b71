import { base64urlnopad } from '@scure/base';
import { digestOf } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import { durationMs, type Policy, policySchema } from '../contract/policy.js';
import { approversOf } from './approvers.js';
import { readBoundedYaml } from './boundedYaml.js';
import { hasSmallOrder } from './smallOrder.js';

interface PolicyProblem {
  path: PropertyKey[];
  message: string;
}

/**
 * Reads a policy from the text of `mlops.yaml` (JSON is YAML too, so the canonical JSON of a policy
 * reads back as itself). `where` names the file in messages.
 *
 * @throws MlopsError MLOPS-POL-002 that lists every error with its line and key: what the schema
 * refuses; people, key ids or public keys that stand twice; people or groups that don't exist; more
 * approvals than there are approvers; paths that can never match or would match too much.
 */
export function parsePolicy(text: string, where: string): Policy {
  const yaml = readBoundedYaml(text);
  if (!yaml.ok)
    throw invalid(
      where,
      yaml.problems.map(({ line, message }) => `line ${line}: ${message}`),
    );
  const parsed = policySchema.safeParse(yaml.value);
  const problems: PolicyProblem[] = parsed.success
    ? findContradictions(parsed.data)
    : parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such key' }))
          : [{ path: issue.path, message: issue.message }],
      );
  if (!parsed.success || problems.length > 0) {
    const listed = problems.map(({ path, message }) => ({ line: yaml.lineOf(path), key: keyPath(path), message }));
    listed.sort((one, other) => one.line - other.line);
    throw invalid(
      where,
      listed.map(({ line, key, message }) => `line ${line}: ${key}: ${message}`),
    );
  }
  return parsed.data;
}

/** SHA-256 over the canonical JSON of a policy with its defaults filled in, before a floor is laid under it. */
export function policyDigest(policy: Policy): string {
  return digestOf(policy);
}

function invalid(where: string, problems: string[]): MlopsError {
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
  return new MlopsError('MLOPS-POL-002', `the policy has ${count}:\n  ${problems.join('\n  ')}`, { where });
}

function keyPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the file)';
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at ? '.' : ''}${String(step)}`)).join('');
}

/** What a schema can't see: entries that contradict each other. */
function findContradictions(policy: Policy): PolicyProblem[] {
  return [...peopleProblems(policy), ...approvalProblems(policy), ...pathProblems(policy)];
}

function peopleProblems(policy: Policy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const seen = { id: new Map<string, string>(), kid: new Map<string, string>(), publicKey: new Map<string, string>() };
  const once = (what: keyof typeof seen, value: string, person: string, path: PropertyKey[], word: string) => {
    const first = seen[what].get(value);
    if (first === undefined) seen[what].set(value, person);
    else problems.push({ path, message: `${word} stands here a second time; ${first} has it already` });
  };
  policy.people.forEach((person, p) => {
    once('id', person.id, person.id, ['people', p, 'id'], 'this id');
    person.keys.forEach((key, k) => {
      const path = ['people', p, 'keys', k];
      once('kid', key.kid, person.id, [...path, 'kid'], 'this key id');
      once('publicKey', key.publicKey, person.id, [...path, 'publicKey'], 'this public key');
      const problem = publicKeyProblem(key.publicKey);
      if (problem !== undefined) problems.push({ path: [...path, 'publicKey'], message: problem });
    });
  });
  return problems;
}

function publicKeyProblem(publicKey: string): string | undefined {
  try {
    return hasSmallOrder(base64urlnopad.decode(publicKey))
      ? 'this is no usable Ed25519 key: anybody could sign for it'
      : undefined;
  } catch {
    // 43 characters hold 258 bits; the last two must be zero, or one key would have four spellings.
    return 'this is no canonical base64url of 32 bytes';
  }
}

function approvalProblems(policy: Policy): PolicyProblem[] {
  const { approval } = policy;
  const people = new Set(policy.people.map((person) => person.id));
  const problems: PolicyProblem[] = [];
  for (const [group, members] of Object.entries(approval.groups)) {
    const path = ['approval', 'groups', group];
    if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(group)) {
      problems.push({ path, message: 'a group is named by lower-case letters, digits, dot, dash and underscore' });
    }
    members.forEach((member, m) => {
      if (!people.has(member)) problems.push({ path: [...path, m], message: `${member} is not among people` });
    });
  }
  for (const list of ['approvers', 'escalateTo'] as const) {
    approval[list].forEach((name, n) => {
      const known = name.startsWith('@') ? Object.hasOwn(approval.groups, name.slice(1)) : people.has(name);
      const kind = name.startsWith('@') ? 'groups' : 'people';
      if (!known) problems.push({ path: ['approval', list, n], message: `${name} is not among ${kind}` });
    });
  }
  const approvers = approversOf(policy).length;
  const tooMany = (count: number) => `${count} approvals are needed, but ${approvers} may approve`;
  if (approval.required > approvers) {
    problems.push({ path: ['approval', 'required'], message: tooMany(approval.required) });
  }
  for (const [severity, count] of Object.entries(approval.bySeverity)) {
    if (count > approvers) problems.push({ path: ['approval', 'bySeverity', severity], message: tooMany(count) });
  }
  for (const rung of ['remindAfter', 'escalateAfter'] as const) {
    const after = approval[rung];
    if (after !== undefined && durationMs(after) >= durationMs(approval.expiresAfter)) {
      problems.push({
        path: ['approval', rung],
        message: `must be shorter than expiresAfter (${approval.expiresAfter})`,
      });
    }
  }
  return problems;
}

function pathProblems(policy: Policy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const list of ['allowedPaths', 'executablePaths'] as const) {
    policy.change[list].forEach((path, p) => {
      const at = ['change', list, p];
      if (path.startsWith('!'))
        problems.push({ path: at, message: 'a pattern cannot be negated; name what is allowed' });
      if (path.startsWith('/')) problems.push({ path: at, message: 'paths start at the root without a slash' });
      if (path.split('/').includes('..')) problems.push({ path: at, message: 'a path cannot lead upwards' });
    });
  }
  return problems;
}
