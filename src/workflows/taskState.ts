import type { Frozen, PreparedCommit, ResolvedTask, TaskIdentity, ValidatedChange } from '../contract/activities.js';
import type { AcceptedDecision } from '../contract/decision.js';
import type { DecideAnswer } from '../contract/messages.js';
import type { ArtifactRef, RecordEntry } from '../contract/record.js';
import type { ChangeRequest } from '../contract/request.js';
import type { Severity } from '../contract/severity.js';
import { TASK_STAGES, type TaskStage } from '../contract/stage.js';
import type { StageState, TaskStatus } from '../contract/status.js';

export type InboxKind = 'decision' | 'withdraw' | 'extend' | 'incident';

/** A message as it arrived. Handlers only append; one loop judges the entries in order of arrival. */
export interface InboxItem {
  kind: InboxKind;
  payload: unknown;
  /** Set once it is judged; an update's handler waits for it. */
  answer?: DecideAnswer;
}

/** The proposal that the open or last question is about. */
export interface OpenProposal {
  artifact: ArtifactRef;
  digest: string;
  summary: string;
  severity: Severity;
  required: number;
  verdicts: { path: string; verdict: string }[];
}

/**
 * Everything that a task knows. Plain data, so that it can be handed over when the workflow
 * continues as new.
 */
export interface TaskState {
  request: ChangeRequest;
  identity: TaskIdentity;
  status: TaskStatus;
  entries: RecordEntry[];
  inbox: InboxItem[];
  resolved?: ResolvedTask;
  map?: ArtifactRef;
  risks?: ArtifactRef;
  draft?: ArtifactRef;
  proposal?: OpenProposal;
  /** Accepted decisions on the open question, in order of arrival. */
  decisions: AcceptedDecision[];
  /** Accepted tokens of the whole task: `jti` → token and the answer that was given. */
  used: Record<string, { token: string; answer: DecideAnswer }>;
  approvers: string[];
  /** Policy by which the last message was judged. */
  judgedBy?: ArtifactRef;
  objections: string[];
  /** Objections on which the planner could not act. */
  unanswered: string[];
  proposers: string[];
  moves: number;
  /** Plans that were rehearsed so far. */
  rounds: number;
  extensions: number;
  /** Rungs of the expiry ladder that the open question has passed. */
  rungsPassed: number;
  /** The question was put once more because a decision came after the deadline. */
  askedAfterExpiry: boolean;
  lateDecisions: number;
  incidentFiring: boolean;
  frozen?: Frozen;
  prepared?: PreparedCommit;
  carried?: { proposal: ArtifactRef; digest: string };
  validated?: ValidatedChange;
  validations?: ArtifactRef;
  undoCommit?: string;
}

export function openTask(request: ChangeRequest, task: string, run: string): TaskState {
  const stages = Object.fromEntries(TASK_STAGES.map((stage) => [stage, 'waiting'])) as Record<TaskStage, StageState>;
  const incident = request.trigger.kind === 'incident' ? request.trigger.incident : undefined;
  return {
    request,
    identity: { task, run, audience: '' },
    status: {
      task,
      run,
      audience: '',
      target: request.target,
      goal: request.goal,
      stage: 'map',
      stages,
      sentence: 'The task has started.',
      ...(incident ? { incident } : {}),
      timeline: [],
      refusedBeyond: 0,
    },
    entries: [],
    inbox: [],
    decisions: [],
    used: {},
    approvers: [],
    objections: [],
    unanswered: [],
    proposers: [],
    moves: 0,
    rounds: 0,
    extensions: 0,
    rungsPassed: 0,
    askedAfterExpiry: false,
    lateDecisions: 0,
    incidentFiring: incident?.status === 'firing',
  };
}
