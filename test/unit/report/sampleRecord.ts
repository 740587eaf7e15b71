import { createKey, type SigningKey } from '../../../src/approval/keys.js';
import { policyDigest } from '../../../src/approval/loadPolicy.js';
import { canonicalJson } from '../../../src/contract/canonicalJson.js';
import { sha256Hex } from '../../../src/contract/digest.js';
import { type Plan, planDigest } from '../../../src/contract/plan.js';
import type { Policy } from '../../../src/contract/policy.js';
import { nextEntry, type RecordEntry, type RecordKind } from '../../../src/contract/record.js';
import { sealRecord } from '../../../src/report/recordFile.js';
import { decide, IDENTITY, NOW, type PersonId, samplePlan, samplePolicy } from '../approval/sample.js';

export const RECORD_KEY = createKey();

/** Builds a record entry by entry, as the workflow does. */
export class SampleRecord {
  readonly entries: RecordEntry[] = [];
  readonly artifacts: Record<string, string> = {};
  readonly policy: Policy;
  readonly plan: Plan;

  constructor(policy: Policy = samplePolicy(['required: 2']), plan: Plan = samplePlan(policy)) {
    this.policy = policy;
    this.plan = plan;
  }

  get digest(): string {
    return planDigest(this.plan);
  }

  put(value: unknown): { $artifact: string } {
    const text = typeof value === 'string' ? value : canonicalJson(value);
    const $artifact = sha256Hex(text);
    this.artifacts[$artifact] = text;
    return { $artifact };
  }

  add(kind: RecordKind, data: unknown): RecordEntry {
    const at = new Date((NOW + this.entries.length) * 1000).toISOString();
    const entry = nextEntry(this.entries.at(-1), at, kind, data);
    this.entries.push(entry);
    return entry;
  }

  open(requester: string | null = null): this {
    const { task, run } = IDENTITY;
    this.add('opened', {
      request: { severity: 'low', trigger: { kind: 'request', text: 'x' } },
      identity: { task, run },
    });
    this.add('resolved', { policy: this.put(this.policy), policyDigest: policyDigest(this.policy), requester });
    return this;
  }

  propose(plan: Plan = this.plan, extra: object = {}): this {
    const digest = planDigest(plan);
    this.add('planned', {
      digest,
      proposal: this.put({ plan, digest, primaryRisk: 'MON-001:aaaaaaaaaaaa' }),
      ...extra,
    });
    return this;
  }

  async decided(person: PersonId, verdict: 'approve' | 'reject' | 'revise' = 'approve', comment = ''): Promise<string> {
    const token = await decide(person, this.plan, { verdict, comment });
    this.add('decision', { accepted: true, token, person, verdict, comment, plan: this.digest });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string };
    return claims.jti;
  }

  quorum(decisions: string[], people: string[], extra: object = {}): RecordEntry {
    const frozenAt = NOW + this.entries.length;
    return this.add('quorum', {
      plan: this.digest,
      decisions,
      people,
      frozenAt,
      policy: this.put(this.policy),
      ...extra,
    });
  }

  applied(quorum: RecordEntry, extra: object = {}): this {
    const { tree, target } = this.plan;
    const commit = 'c'.repeat(40);
    this.add('applied', {
      commit,
      tree,
      branch: target.branch,
      digest: this.digest,
      recordHead: quorum.hash,
      ...extra,
    });
    return this;
  }

  ended(outcome: string): this {
    const report = this.put({ format: 'temporal-mlops/report/1', task: IDENTITY.task, outcome });
    this.add('ended', { outcome, sentence: 'x', report });
    return this;
  }

  seal(key: SigningKey = RECORD_KEY): Promise<string> {
    return sealRecord(key, { ...IDENTITY, entries: this.entries, artifacts: this.artifacts });
  }
}

/** A task that was approved by two, applied and verified. */
export async function verifiedRecord(): Promise<{ record: SampleRecord; quorum: RecordEntry }> {
  const record = new SampleRecord().open().propose();
  const decisions = [await record.decided('alice', 'approve', 'gut ✓'), await record.decided('bob')];
  const quorum = record.quorum(decisions, ['alice', 'bob']);
  record.applied(quorum);
  record.add('validated', { verdicts: [{ path: 'alerting', verdict: 'proved', reason: '' }], allProved: true });
  record.ended('verified');
  return { record, quorum };
}
