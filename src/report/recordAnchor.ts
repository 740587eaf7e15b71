import { base64urlnopad } from '@scure/base';
import { z } from 'zod';
import { parsePolicy, policyDigest } from '../approval/loadPolicy.js';
import { MlopsError } from '../contract/errors.js';
import type { Plan } from '../contract/plan.js';
import type { RecordFile } from '../contract/record.js';

/** One thing that was looked at, as a sentence. */
export interface Statement {
  ok: boolean;
  text: string;
}

/** Public keys from outside the record. A key with `sub` is that person's; one without signs records. */
export interface TrustedKeys {
  keys: { kty: 'OKP'; crv: 'Ed25519'; x: string; kid?: string | undefined; sub?: string | undefined }[];
}

const trustSchema = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
        kid: z.string().optional(),
        sub: z.string().optional(),
      }),
    )
    .min(1),
});

/**
 * Reads trusted keys from a JWKS (RFC 7517) of Ed25519 keys; people's keys carry the member `sub`.
 * @throws MlopsError MLOPS-INPUT-001 when it is none.
 */
export function parseTrust(text: string, where: string): TrustedKeys {
  try {
    return trustSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-001', 'the file is no JWKS of Ed25519 keys', {
      where,
      mend: 'It looks so: {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "…"}]}; a person’s key has "sub" too.',
      cause,
    });
  }
}

/** A commit as the repository holds it. */
export interface CommitContent {
  message: string;
  tree: string;
  parents: string[];
}

/** A decision that the record says was counted, with the public key that its signature was checked with. */
export interface CountedApproval {
  person: string;
  publicKey: string;
}

/** Checks the record key and the approvers' keys against keys that the verifier brought along. */
export function trustStatements(
  file: RecordFile,
  approvals: readonly CountedApproval[],
  trust: TrustedKeys,
): Statement[] {
  const recordKeys = trust.keys.filter((key) => key.sub === undefined);
  const statements = [
    recordKeys.some((key) => sameKey(key.x, file.recordKey.x))
      ? { ok: true, text: 'the record key is among the trusted keys' }
      : { ok: false, text: 'the record key is not among the trusted keys' },
  ];
  for (const { person, publicKey } of approvals) {
    const trusted = trust.keys.some((key) => key.sub === person && sameKey(key.x, publicKey));
    statements.push({
      ok: trusted,
      text: `the key of ${person} ${trusted ? 'is' : 'is not'} among the trusted keys`,
    });
  }
  return statements;
}

function sameKey(one: string, other: string): boolean {
  try {
    return base64urlnopad.encode(base64urlnopad.decode(one)) === other;
  } catch {
    return false;
  }
}

export interface AppliedInRecord {
  commit: string;
  /** Plan that was applied: the approved one, or the one that the approval was carried to. */
  plan: Plan;
  digests: readonly string[];
  recordHead: string;
  approvedBy: readonly string[];
}

/** Checks the applied commit as the repository holds it: tree, parent, message and the four trailers. */
export function commitStatements(
  task: string,
  applied: AppliedInRecord,
  commit: CommitContent | undefined,
): Statement[] {
  const name = applied.commit.slice(0, 12);
  if (commit === undefined) return [{ ok: false, text: `the repository has no commit ${name}` }];
  const { trailers, text } = splitTrailers(commit.message);
  const approvers = trailers.get('Approved-by') ?? [];
  const only = (key: string, allowed: readonly string[]) => {
    const values = trailers.get(key) ?? [];
    return values.length === 1 && allowed.includes(values[0] ?? '');
  };
  const checks: [boolean, string][] = [
    [commit.tree === applied.plan.tree, 'has the approved tree'],
    [
      commit.parents.length === 1 && commit.parents[0] === applied.plan.base,
      'has the base of the plan as its only parent',
    ],
    [text === applied.plan.message.trim(), 'has the approved message'],
    [only('Mlops-Task', [task]), 'names the task (Mlops-Task)'],
    [only('Mlops-Plan', applied.digests), 'names the plan (Mlops-Plan)'],
    [only('Mlops-Record', [applied.recordHead]), 'names the record’s head at quorum (Mlops-Record)'],
    [namesExactly(approvers, applied.approvedBy), 'names those who approved (Approved-by)'],
  ];
  return checks.map(([ok, what]) => ({ ok, text: ok ? `commit ${name} ${what}` : `not so: commit ${name} ${what}` }));
}

/** Each approver once: the bare id, or a name with the id in `<…>` or `(…)` behind it. */
function namesExactly(values: readonly string[], people: readonly string[]): boolean {
  const ids = values.map((value) => /(?:<([^<>]+)>|\(([^()]+)\))$/.exec(value)?.slice(1).find(Boolean) ?? value);
  return ids.length === people.length && people.every((person) => ids.includes(person));
}

/** The last paragraph's `Key: value` lines, and the message without them. */
function splitTrailers(message: string): { trailers: Map<string, string[]>; text: string } {
  const paragraphs = message.trimEnd().split(/\n{2,}/);
  const last = paragraphs.at(-1)?.split('\n') ?? [];
  const trailers = new Map<string, string[]>();
  for (const line of last) {
    const match = /^([A-Za-z0-9-]+): (.*)$/.exec(line);
    if (match === null) return { trailers: new Map(), text: message.trim() };
    const [, key = '', value = ''] = match;
    trailers.set(key, [...(trailers.get(key) ?? []), value]);
  }
  return { trailers, text: paragraphs.slice(0, -1).join('\n\n').trim() };
}

/** Checks that the policy in the repository is the one that judged the plan, and lists the approvers' keys. */
export function policyStatements(
  plan: Plan,
  approvals: readonly CountedApproval[],
  text: string | undefined,
): Statement[] {
  if (text === undefined) return [{ ok: false, text: 'the repository has no policy file for this plan' }];
  let policy: ReturnType<typeof parsePolicy>;
  try {
    policy = parsePolicy(text, plan.target.policyPath);
  } catch {
    return [{ ok: false, text: 'the policy file in the repository cannot be read' }];
  }
  const same = policyDigest(policy) === plan.policy;
  const statements = [
    {
      ok: same,
      text: `the plan was judged by ${same ? 'the policy' : 'another policy than the one'} in the repository`,
    },
  ];
  for (const { person, publicKey } of approvals) {
    const listed = policy.people.some(
      ({ id, keys }) => id === person && keys.some((key) => key.publicKey === publicKey),
    );
    statements.push({
      ok: listed,
      text: `the policy in the repository ${listed ? 'lists' : 'does not list'} the key of ${person}`,
    });
  }
  return statements;
}
