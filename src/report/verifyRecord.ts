import { approversOf } from '../approval/approvers.js';
import { severityOfOperations } from '../approval/boundary.js';
import { stricter } from '../approval/floor.js';
import { parsePolicy, policyDigest } from '../approval/loadPolicy.js';
import { requiredApprovals, tally } from '../approval/quorum.js';
import { readUnverified } from '../approval/readToken.js';
import {
  findHeaderProblem,
  hasValidSignature,
  judgeDecision,
  RECORD_TOKEN_TYPE,
  verifyToken,
} from '../approval/tokens.js';
import { canonicalJson } from '../contract/canonicalJson.js';
import type { AcceptedDecision } from '../contract/decision.js';
import { MlopsError } from '../contract/errors.js';
import { type Plan, planDigest, planSchema } from '../contract/plan.js';
import type { Policy } from '../contract/policy.js';
import { entryHash, RECORD_GENESIS, type RecordEntry, type RecordFile, type RecordKind } from '../contract/record.js';
import { mostSevere, SEVERITIES, type Severity } from '../contract/severity.js';
import {
  type AppliedInRecord,
  type CommitContent,
  type CountedApproval,
  commitStatements,
  policyStatements,
  type Statement,
  type TrustedKeys,
  trustStatements,
} from './recordAnchor.js';
import { artifactOf, artifactProblems, readRecordFile } from './recordFile.js';

export interface VerifyOptions {
  /** A commit of the repository, `undefined` when its branches don't hold it. Look only at what a branch reaches. */
  repo?: ((commit: string) => Promise<CommitContent | undefined>) | undefined;
  /** Text of the policy file as that repository holds it for this plan. */
  repoPolicy?: ((plan: Plan) => Promise<string | undefined>) | undefined;
  trust?: TrustedKeys | undefined;
}

export interface Verification {
  /** Everything that was looked at holds, the anchor included where one was given. */
  consistent: boolean;
  /** An anchor from outside the record proves its origin. Without one a record proves only that it fits together. */
  anchored: boolean;
  statements: Statement[];
}

/**
 * Recomputes everything in an exported record, offline: canonical form, hash chain, artifacts, plan
 * digests, every accepted token's signature by the embedded policy, quorum, what was applied, how it
 * ended, and the record key's signature over the head. With an anchor also where it comes from.
 * Never throws for a bad record; what `repo` and `repoPolicy` throw passes through.
 */
export async function verifyRecord(content: string | Uint8Array, options: VerifyOptions = {}): Promise<Verification> {
  let file: RecordFile;
  try {
    file = readRecordFile(content);
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    const text = error.where === undefined ? error.message : `${error.message} (${error.where})`;
    return { consistent: false, anchored: false, statements: [{ ok: false, text }] };
  }
  const check = new RecordCheck(file);
  check.chain();
  check.artifacts();
  await check.signature();
  // What hangs on broken links is not worth reading.
  if (check.statements.every((statement) => statement.ok)) await check.history();
  const anchored = check.statements.every((statement) => statement.ok) && (await check.anchor(options));
  const consistent = check.statements.every((statement) => statement.ok);
  return { consistent, anchored: consistent && anchored, statements: check.statements };
}

interface PlannedInRecord {
  plan: Plan;
  /** Digest of the plan whose approval was carried to this one. */
  carriedFrom: unknown;
  primaryRisk: unknown;
}

type Data = Record<string, unknown>;

/** One reading of a record from its first entry to its last. */
class RecordCheck {
  readonly statements: Statement[] = [];
  readonly #file: RecordFile;
  readonly #planned = new Map<string, PlannedInRecord>();
  readonly #policies = new Map<string, Policy>();
  readonly #decisions: { decision: AcceptedDecision; seq: number; publicKey: string }[] = [];
  readonly #usedIds = new Set<string>();
  readonly #proposers: string[] = [];
  #policy: Policy | undefined;
  #requester: string | undefined;
  #severity: Severity = 'low';
  #quorum: { entry: RecordEntry; plan: string; approvals: CountedApproval[] } | undefined;
  #applied: AppliedInRecord | undefined;
  #verdicts: unknown[] | undefined;

  constructor(file: RecordFile) {
    this.#file = file;
  }

  chain(): void {
    const broken = this.#file.entries.find((entry, index) => {
      const prev = this.#file.entries[index - 1]?.hash ?? RECORD_GENESIS;
      return entry.seq !== index || entry.prev !== prev || entryHash(entry) !== entry.hash;
    });
    if (broken) this.#say(false, `the chain is broken at entry ${broken.seq} (${broken.kind})`);
    else this.#say(true, `the chain of ${this.#file.entries.length} entries is whole`);
  }

  artifacts(): void {
    const problems = artifactProblems(this.#file);
    for (const problem of problems) this.#say(false, problem);
    const count = Object.keys(this.#file.artifacts).length;
    if (problems.length === 0) this.#say(true, `${count} artifacts have the hashes by which the entries name them`);
  }

  async signature(): Promise<void> {
    const { signature, recordKey, task, run, audience, entries } = this.#file;
    const read = readUnverified(signature);
    const expected = canonicalJson({ task, run, audience, head: entries.at(-1)?.hash, entries: entries.length });
    const fits =
      !('problem' in read) &&
      findHeaderProblem(read.header, RECORD_TOKEN_TYPE) === undefined &&
      read.header.kid === recordKey.kid &&
      canonicalJson(read.claims) === expected &&
      (await hasValidSignature(signature, recordKey.x));
    this.#say(fits, fits ? 'the record key signed the head' : 'the signature over the head is not by the record key');
  }

  /** What the entries say, in order. */
  async history(): Promise<void> {
    const readers: Partial<Record<RecordKind, (entry: RecordEntry, data: Data) => void | Promise<void>>> = {
      opened: (_entry, data) => this.#readOpened(data),
      planned: (_entry, data) => this.#readPlanned(data),
      // A question begins without approvals, also when it is put again about the same plan.
      asked: () => {
        this.#decisions.length = 0;
      },
      decision: (entry, data) => this.#readDecision(entry, data),
      quorum: (entry, data) => this.#readQuorum(entry, data),
      applied: (_entry, data) => this.#readApplied(data),
      validated: (_entry, data) => {
        this.#verdicts = Array.isArray(data.verdicts) ? data.verdicts : [];
      },
      ended: (entry, data) => this.#readEnded(entry, data),
    };
    const [first] = this.#file.entries;
    if (first?.kind !== 'opened') this.#say(false, 'the record does not begin with the entry `opened`');
    for (const entry of this.#file.entries) {
      const data = isObject(entry.data) ? entry.data : {};
      this.#readPolicy(data);
      await readers[entry.kind]?.(entry, data);
    }
    const refused = this.#file.entries.filter(
      ({ kind, data }) => kind === 'decision' && isObject(data) && data.accepted !== true,
    );
    if (refused.length > 0) this.#say(true, `${refused.length} messages were refused; their reasons are in the record`);
    if (this.#file.entries.at(-1)?.kind !== 'ended')
      this.#say(true, 'the task had not ended when the record was exported');
  }

  async anchor({ repo, repoPolicy, trust }: VerifyOptions): Promise<boolean> {
    const approvals = this.#quorum?.approvals ?? [];
    const anchors: Statement[][] = [];
    if (trust) anchors.push(trustStatements(this.#file, approvals, trust));
    if (repo && this.#applied) {
      const found = commitStatements(this.#file.task, this.#applied, await repo(this.#applied.commit));
      if (repoPolicy)
        found.push(...policyStatements(this.#applied.plan, approvals, await repoPolicy(this.#applied.plan)));
      anchors.push(found);
    }
    for (const { ok, text } of anchors.flat()) this.#say(ok, text);
    if (repo && !this.#applied) this.#say(true, 'nothing was applied, so the repository says nothing about the record');
    if (repo && this.#applied && !trust && anchors.flat().every(({ ok }) => ok)) {
      this.#say(true, 'the commit anchors the record up to the quorum; what follows rests on the record key alone');
    }
    const anchored = anchors.some((statements) => statements.every((statement) => statement.ok));
    if (anchors.length === 0) this.#say(true, 'consistent, origin not proved: give --repo PATH or --trust KEYS');
    return anchored;
  }

  #say(ok: boolean, text: string): void {
    this.statements.push({ ok, text });
  }

  #artifactText(value: unknown): string | undefined {
    const reference = artifactOf(value);
    return reference === undefined ? undefined : this.#file.artifacts[reference];
  }

  #artifactObject(value: unknown): Data | undefined {
    try {
      const parsed: unknown = JSON.parse(this.#artifactText(value) ?? '');
      return isObject(parsed) ? parsed : undefined;
    } catch {
      return undefined;
    }
  }

  #readPolicy(data: Data): void {
    if (data.policy === undefined) return;
    const text = this.#artifactText(data.policy);
    if (text === undefined) return;
    try {
      const policy = parsePolicy(text, 'the record’s policy');
      this.#policy = policy;
      this.#policies.set(policyDigest(policy), policy);
    } catch (error) {
      this.#say(false, error instanceof Error ? error.message : 'the embedded policy cannot be read');
    }
    if (typeof data.policyDigest === 'string' && !this.#policies.has(data.policyDigest)) {
      this.#say(false, 'the embedded policy does not have the digest that the record gives');
    }
    if (typeof data.requester === 'string') this.#requester = data.requester;
  }

  #readOpened(data: Data): void {
    const identity = isObject(data.identity) ? data.identity : {};
    const fits = identity.task === this.#file.task && identity.run === this.#file.run;
    if (!fits) this.#say(false, 'the first entry names another task or run');
    const request = isObject(data.request) ? data.request : {};
    const trigger = isObject(request.trigger) ? request.trigger : {};
    const incident = isObject(trigger.incident) ? trigger.incident : {};
    this.#raise(request.severity);
    this.#raise(incident.severity);
  }

  #raise(severity: unknown): void {
    const known = SEVERITIES.find((candidate) => candidate === severity);
    if (known) this.#severity = mostSevere(this.#severity, known);
  }

  #readPlanned(data: Data): void {
    if (data.digest === undefined) return;
    const proposal = this.#artifactObject(data.proposal);
    const plan = planSchema.safeParse(proposal?.plan);
    if (!proposal || !plan.success) {
      this.#say(false, 'a planned entry has no readable proposal');
      return;
    }
    const digest = planDigest(plan.data);
    const name = digest.slice(0, 12);
    if (digest !== data.digest || digest !== proposal.digest) {
      this.#say(false, `the plan recomputes to ${name}, which is not the digest that was shown`);
    } else if (plan.data.task !== this.#file.task) {
      this.#say(false, `plan ${name} is another task’s`);
    } else {
      this.#planned.set(digest, { plan: plan.data, carriedFrom: data.carriedFrom, primaryRisk: proposal.primaryRisk });
      this.#say(true, `plan ${name} recomputes to its digest`);
    }
  }

  async #readDecision(entry: RecordEntry, data: Data): Promise<void> {
    if (data.accepted !== true) return;
    const policy = this.#policy;
    const verdict = String(data.verdict);
    const what = `entry ${entry.seq}: ${verdict}`;
    if (policy === undefined) {
      this.#say(false, `${what}: the record embeds no policy by which to check it`);
      return;
    }
    const { task, run, audience } = this.#file;
    const now = Math.floor(Date.parse(entry.at) / 1000);
    const plan = [...this.#planned.keys()].at(-1);
    const expected = { task, run, audience, plan, now };
    if (verdict === 'withdraw' || verdict === 'extend') {
      const verified = await verifyToken(verdict, data.token, policy, expected);
      const fits = verified.accepted && verified.person === data.person && this.#unused(verified.claims.jti);
      this.#say(fits, fits ? `${what}: signed by ${verified.person}` : `${what}: the token does not prove it`);
      return;
    }
    const judged = await judgeDecision(data.token, policy, expected);
    if (!judged.accepted) {
      this.#say(false, `${what}: ${judged.reason} (${judged.code})`);
      return;
    }
    const { decision } = judged;
    const same = decision.person === data.person && decision.verdict === verdict && decision.comment === data.comment;
    if (!same || !this.#unused(decision.jti)) {
      this.#say(false, `${what}: the token says something else, or was used before`);
      return;
    }
    if (verdict === 'revise') this.#proposers.push(decision.person);
    this.#decisions.push({ decision, seq: entry.seq, publicKey: publicKeyOf(policy, decision) });
    this.#say(true, `${what}: signed by ${decision.person} for plan ${decision.plan.slice(0, 12)}`);
  }

  #unused(jti: string): boolean {
    const fresh = !this.#usedIds.has(jti);
    this.#usedIds.add(jti);
    return fresh;
  }

  #readQuorum(entry: RecordEntry, data: Data): void {
    const planned = typeof data.plan === 'string' ? this.#planned.get(data.plan) : undefined;
    const policy = this.#policy;
    if (
      !planned ||
      !policy ||
      typeof data.frozenAt !== 'number' ||
      !Array.isArray(data.decisions) ||
      !Array.isArray(data.people)
    ) {
      this.#say(false, 'the quorum names no plan and policy of this record');
      return;
    }
    const digest = planDigest(planned.plan);
    // Vetoes count whether the quorum names them or not.
    const onPlan = this.#decisions.filter(({ decision }) => decision.plan === digest);
    const ids = data.decisions as unknown[];
    const named = onPlan.filter(({ decision }) => decision.verdict !== 'approve' || ids.includes(decision.jti));
    this.#raise(data.severity);
    for (const { severity } of this.#risksNamed(planned.primaryRisk)) this.#raise(severity);
    const base = this.#policies.get(planned.plan.policy);
    if (!base) this.#say(false, 'the policy by which the plan was made is not in the record');
    const both = base ? stricter(base, policy) : policy;
    const severity = mostSevere(this.#severity, severityOfOperations(planned.plan.operations, both));
    const count = tally({
      decisions: named.map(({ decision }) => decision),
      approvers: approversOf(policy),
      required: requiredApprovals(both, severity),
      separationOfDuties: both.approval.separationOfDuties,
      requester: this.#requester,
      proposers: this.#proposers,
      at: data.frozenAt,
    });
    const asked = this.#askedFor(digest);
    const known = ids.every((jti) => onPlan.some(({ decision }) => decision.jti === jti));
    const people = canonicalJson([...count.have].sort()) === canonicalJson([...(data.people as unknown[])].sort());
    const problems = [...count.reasons];
    if (count.have.length < asked) problems.push(`the question asked for ${asked} approvals`);
    if (!known || !people) problems.push('it names decisions or people that are not there');
    if (problems.length > 0) {
      this.#say(false, `the quorum does not hold: ${problems.join('; ')}`);
      return;
    }
    const approvals = named.map(({ decision, publicKey }) => ({ person: decision.person, publicKey }));
    this.#quorum = { entry, plan: digest, approvals };
    this.#say(true, `the quorum holds: ${count.have.join(', ')} for plan ${digest.slice(0, 12)}`);
  }

  /** Severities of the risks with this id in the record's assessment. */
  #risksNamed(id: unknown): { severity: unknown }[] {
    return this.#file.entries
      .filter((entry) => entry.kind === 'assessed')
      .flatMap((entry) => {
        const text = this.#artifactText(isObject(entry.data) ? entry.data.risks : undefined);
        try {
          const risks: unknown = JSON.parse(text ?? '[]');
          return Array.isArray(risks)
            ? risks.filter((risk): risk is { severity: unknown } => isObject(risk) && risk.id === id)
            : [];
        } catch {
          return [];
        }
      });
  }

  /** Approvals that the last question about a plan asked for. */
  #askedFor(digest: string): number {
    const asked = this.#file.entries.findLast(
      ({ kind, data }) => kind === 'asked' && isObject(data) && data.plan === digest,
    );
    const required = isObject(asked?.data) ? asked.data.required : undefined;
    return typeof required === 'number' ? required : 1;
  }

  #readApplied(data: Data): void {
    const planned = typeof data.digest === 'string' ? this.#planned.get(data.digest) : undefined;
    const quorum = this.#quorum;
    if (!quorum || !planned || typeof data.commit !== 'string') {
      this.#say(false, 'a change was applied without a quorum that holds');
      return;
    }
    const digest = planDigest(planned.plan);
    const problems: string[] = [];
    if (data.recordHead !== quorum.entry.hash) problems.push('the head that it gives is not the quorum’s');
    if (data.tree !== planned.plan.tree) problems.push('its tree is not the plan’s');
    if (data.branch !== planned.plan.target.branch) problems.push('its branch is not the plan’s');
    if (digest !== quorum.plan) {
      const approved = this.#planned.get(quorum.plan)?.plan;
      const same = approved && planned.carriedFrom === quorum.plan && sameChange(approved, planned.plan);
      if (!same) problems.push('it is not the plan that was approved');
    }
    for (const problem of problems) this.#say(false, `what was applied does not fit: ${problem}`);
    if (problems.length > 0) return;
    this.#applied = {
      commit: data.commit,
      plan: planned.plan,
      digests: [digest, quorum.plan],
      recordHead: quorum.entry.hash,
      approvedBy: [...new Set(quorum.approvals.map(({ person }) => person))],
    };
    const carried = digest === quorum.plan ? '' : `, carried from ${quorum.plan.slice(0, 12)} with the same operations`;
    this.#say(true, `commit ${data.commit.slice(0, 12)} is the approved plan${carried}`);
  }

  #readEnded(entry: RecordEntry, data: Data): void {
    const outcome = String(data.outcome);
    const report = this.#artifactObject(data.report);
    const problems: string[] = [];
    if (entry.seq !== this.#file.entries.length - 1) problems.push('entries follow the end');
    if (report && (report.outcome !== outcome || report.task !== this.#file.task))
      problems.push('the report says something else');
    if (!report) problems.push('the report cannot be read');
    const applied = this.#applied !== undefined;
    if (APPLIED_OUTCOMES.has(outcome) && !applied) problems.push('nothing was applied');
    if (!APPLIED_OUTCOMES.has(outcome) && outcome !== 'failed' && applied) problems.push('something was applied');
    if (outcome === 'verified' && !provesAll(this.#verdicts)) problems.push('not every path was proved');
    if (outcome === 'rejected' && !this.#decisions.some(({ decision }) => decision.verdict === 'reject')) {
      problems.push('nobody rejected');
    }
    for (const problem of problems) this.#say(false, `the outcome ${outcome} does not fit: ${problem}`);
    if (problems.length === 0) this.#say(true, `the outcome ${outcome} fits what happened`);
  }
}

const APPLIED_OUTCOMES: ReadonlySet<string> = new Set(['verified', 'applied_unverified', 'rolled_back']);

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function publicKeyOf(policy: Policy, { person, kid }: AcceptedDecision): string {
  const keys = policy.people.find(({ id }) => id === person)?.keys ?? [];
  return keys.find((key) => key.kid === kid)?.publicKey ?? '';
}

/** Whether a carried plan does to the same blobs what the approved one does. */
function sameChange(approved: Plan, carried: Plan): boolean {
  const parts = ({ target, operations, inverse, message, checks, rehearsal, watch, onFailure }: Plan) =>
    canonicalJson({ target, operations, inverse: inverse.operations, message, checks, rehearsal, watch, onFailure });
  return parts(approved) === parts(carried);
}

function provesAll(verdicts: unknown[] | undefined): boolean {
  const words = (verdicts ?? []).map((verdict) => (isObject(verdict) ? verdict.verdict : undefined));
  return words.includes('proved') && words.every((word) => word === 'proved' || word === 'not-applicable');
}
