import type { AcceptedDecision, Judgement } from './decision.js';
import type { Outcome } from './outcome.js';
import type { ApprovalPolicy } from './policy.js';
import type { ArtifactRef, RecordEntry } from './record.js';
import type { ChangeRequest } from './request.js';
import type { Severity } from './severity.js';
import type { LifecycleStage, ValidationPath } from './stage.js';
import type { TaskStatus } from './status.js';
import type { ResolvedTarget } from './target.js';

/** Which task is at work; the audience is what a decision's token must name. */
export interface TaskIdentity {
  task: string;
  /** Run id of the first execution. */
  run: string;
  audience: string;
}

/** A target with its base commit and the policy that holds for it now. */
export interface ResolvedTask {
  target: ResolvedTarget;
  base: string;
  baseTree: string;
  audience: string;
  /** The policy, canonical JSON in the artifact store. */
  policy: ArtifactRef;
  policyDigest: string;
  approval: ApprovalPolicy;
  /** Ids of the people who may approve, groups resolved. */
  approvers: string[];
  /** Person whose request token was verified. */
  requester?: string;
}

export interface ChangeInputs {
  identity: TaskIdentity;
  request: ChangeRequest;
  resolved: ResolvedTask;
}

export interface MappedLifecycle {
  map: ArtifactRef;
  components: Record<LifecycleStage, number>;
  unreadable: number;
}

export interface AssessedRisks {
  risks: ArtifactRef;
  total: number;
  fixable: number;
  /** Id of the risk that concerns the trigger most; unset when none does. */
  primary?: string;
}

export interface PlanInputs extends ChangeInputs {
  /** Reviewers' comments of earlier revisions, oldest first. */
  objections: string[];
}

export type PlannedChange =
  | {
      kind: 'draft';
      draft: ArtifactRef;
      summary: string;
      /** Objections, as they were given, on which the planner could not act. */
      unanswered: string[];
    }
  | { kind: 'none'; outcome: 'no_change_needed' | 'no_safe_change'; reasons: string[]; details: ArtifactRef };

export interface RehearseInputs extends ChangeInputs {
  draft: ArtifactRef;
  /** Counts the plans of the task, from 1. */
  round: number;
}

export type RehearsedChange =
  | {
      kind: 'proposal';
      proposal: ArtifactRef;
      digest: string;
      summary: string;
      severity: Severity;
      required: number;
      verdicts: { path: ValidationPath; verdict: 'proved' | 'not-proved' | 'not-applicable' }[];
    }
  | { kind: 'refused'; reasons: string[]; details: ArtifactRef };

export type MessageKind = 'decision' | 'withdraw' | 'extend';

export interface JudgeInputs {
  kind: MessageKind;
  token: string;
  identity: TaskIdentity;
  resolved: ResolvedTask;
  /** Digest of the open question's plan, where one is open. */
  plan?: string;
  /** The workflow's time, in seconds since 1970: what a token's times are compared with. */
  now: number;
}

/** The judgement, and who may approve by the policy's head at this moment. */
export interface Judged {
  judgement:
    | Judgement
    | { accepted: true; withdraw: { person: string; comment: string; jti: string } }
    | { accepted: true; extend: { person: string; seconds: number; jti: string } };
  approvers: string[];
  approval: ApprovalPolicy;
  /** The policy by which it was judged, so that the record can be verified offline. */
  policy: ArtifactRef;
}

/** What was frozen when quorum was reached; with the plan it determines the commit id. */
export interface Frozen {
  /** Seconds since 1970; also the commit's date. */
  at: number;
  decisions: AcceptedDecision[];
  /** Hash of the record's entry `quorum`, which stands in the commit as trailer `Mlops-Record`. */
  recordHead: string;
}

export interface ApplyInputs extends ChangeInputs {
  /** The proposal that was approved. */
  proposal: ArtifactRef;
  digest: string;
  /** With `carry: disjoint`, the same operations rehearsed again on the moved branch. */
  carried?: { proposal: ArtifactRef; digest: string };
  frozen: Frozen;
  /** People who sent `revise` and so are co-proposers. */
  proposers: string[];
}

export interface PreparedCommit {
  commit: string;
  tree: string;
  /** Alias tags that go with the commit: name → object id. */
  tags: { name: string; oid: string }[];
}

export type AppliedChange =
  | { result: 'applied'; commit: string; tree: string; branch: string; alreadyThere: boolean; aliases: string[] }
  | {
      result: 'moved';
      head: string;
      detail: string;
      /** The commit had landed and somebody took it off the branch again: no approval covers pushing it once more. */
      takenBack: boolean;
    };

export type CarriedChange =
  | { carried: true; proposal: ArtifactRef; digest: string; resolved: ResolvedTask }
  | { carried: false; why: string };

export interface ValidateInputs extends ChangeInputs {
  proposal: ArtifactRef;
  commit: string;
}

export interface ValidatedChange {
  validations: ArtifactRef;
  verdicts: { path: ValidationPath; verdict: 'proved' | 'not-proved' | 'not-applicable'; reason: string }[];
  allProved: boolean;
  /** As the approved plan says. */
  onFailure: 'rollback' | 'ask';
}

export interface UndoInputs extends ApplyInputs {
  commit: string;
  reason: string;
}

export type UndoneChange = { undone: true; commit: string } | { undone: false; why: string };

export interface ReportInputs {
  identity: TaskIdentity;
  request: ChangeRequest;
  resolved?: ResolvedTask;
  outcome: Outcome;
  sentence: string;
  reasons: string[];
  map?: ArtifactRef;
  risks?: ArtifactRef;
  /** The draft, or why there was none. */
  draft?: ArtifactRef;
  proposal?: ArtifactRef;
  validations?: ArtifactRef;
  decisions: AcceptedDecision[];
  frozen?: Frozen;
  commit?: string;
  undoCommit?: string;
  carriedFrom?: string;
}

export interface RecordInputs {
  identity: TaskIdentity;
  entries: RecordEntry[];
  status: TaskStatus;
}

/**
 * The activities of a change task, one per step. Each is idempotent: a retry after a kill at any
 * line has the effect of one run. They fail with the codes of the error table.
 */
export interface ChangeActivities {
  /** Fetches the branch and the policy of the target that the request names. */
  resolveTarget(input: { identity: Omit<TaskIdentity, 'audience'>; request: ChangeRequest }): Promise<ResolvedTask>;
  mapLifecycle(input: ChangeInputs): Promise<MappedLifecycle>;
  assessRisk(input: ChangeInputs): Promise<AssessedRisks>;
  planChange(input: PlanInputs): Promise<PlannedChange>;
  /** Proves on a scratch copy what can be proved before approval, and fixes the plan's digest. */
  rehearseChange(input: RehearseInputs): Promise<RehearsedChange>;
  /** Local activity: signature, person and time of a message, by the policy's head at this moment. */
  judgeMessage(input: JudgeInputs): Promise<Judged>;
  /** Makes the commit and tag objects in the scratch clone, so that their ids are known before the first push. */
  prepareCommit(input: ApplyInputs): Promise<PreparedCommit>;
  /** Writes. Judges plan and decisions itself at the moment of writing. */
  applyChange(input: ApplyInputs & { prepared: PreparedCommit }): Promise<AppliedChange>;
  /** Rehearses an approved plan again on the moved branch, where the policy says `carry: disjoint`. */
  carryChange(input: ApplyInputs): Promise<CarriedChange>;
  validateChange(input: ValidateInputs): Promise<ValidatedChange>;
  /** Writes the inverse, where the approved plan says that a failed check is undone. */
  undoChange(input: UndoInputs): Promise<UndoneChange>;
  composeReport(input: ReportInputs): Promise<{ json: string; markdown: string }>;
  /** Local activity: the record so far goes to the artifact store, with an index. */
  writeRecord(input: RecordInputs): Promise<void>;
  /** Removes the task's scratch refs. */
  cleanUpTask(input: { identity: Omit<TaskIdentity, 'audience'>; target: string }): Promise<void>;
}
