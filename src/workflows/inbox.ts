import { readUnverified } from '../approval/readToken.js';
import type { AcceptedDecision, Judgement } from '../contract/decision.js';
import { MAX_EXTENSIONS, MAX_TOKEN_LENGTH } from '../contract/decision.js';
import { sha256Hex } from '../contract/digest.js';
import { ERRORS, type ErrorCode } from '../contract/errors.js';
import type { DecideAnswer, IncidentChange } from '../contract/messages.js';
import { isUndecodable } from '../contract/payloadConverter.js';
import { durationMs } from '../contract/policy.js';
import { judgeMessage } from './activityProxies.js';
import { note, record, refuse, saveRecord } from './recording.js';
import { TaskEnd } from './taskEnd.js';
import type { InboxItem, TaskState } from './taskState.js';

/**
 * What the task is doing while it judges: `closed`: no question is open; `asking`: one is;
 * `frozen`: quorum was reached and nothing is written yet, so that a veto still counts; `writing`:
 * the change is being or has been applied; `ended`: nothing will be written.
 */
export type InboxMode = 'closed' | 'asking' | 'frozen' | 'writing' | 'ended';

/**
 * Judges what has arrived, in order of arrival, until the inbox is empty.
 *
 * @throws TaskEnd when a message ends the task: a valid withdrawal, or a resolved incident where the
 * policy withdraws.
 */
export async function judgeInbox(state: TaskState, mode: InboxMode): Promise<void> {
  let judged = false;
  for (let item = state.inbox[0]; item !== undefined; item = state.inbox[0]) {
    // The item stays first until it has its answer: with two runs of this loop none would be judged twice.
    const end = await judge(state, item, mode);
    state.inbox.shift();
    judged = true;
    if (end) {
      await saveRecord(state);
      throw end;
    }
  }
  if (judged && mode !== 'closed') await saveRecord(state);
}

async function judge(state: TaskState, item: InboxItem, mode: InboxMode): Promise<TaskEnd | undefined> {
  if (item.kind === 'incident') return judgeIncident(state, item, mode);
  const { payload } = item;
  if (isUndecodable(payload)) {
    answerRefused(
      state,
      item,
      'MLOPS-APR-015',
      `the payload has encoding ${payload.encoding} and ${payload.bytes} bytes`,
    );
    return undefined;
  }
  if (typeof payload !== 'string' || payload.length > MAX_TOKEN_LENGTH) {
    answerRefused(
      state,
      item,
      'MLOPS-APR-001',
      typeof payload === 'string' ? 'the token is too long' : 'the message is no string',
    );
    return undefined;
  }
  const read = readUnverified(payload);
  if ('problem' in read) {
    // Without an activity: anybody can send any number of these.
    answerRefused(state, item, 'MLOPS-APR-001', read.problem, payload);
    return undefined;
  }
  const before = Object.values(state.used).find((used) => used.token === payload);
  if (before) {
    item.answer = before.answer;
    return undefined;
  }
  if (mode === 'writing' || mode === 'ended') {
    const code = mode === 'writing' ? 'MLOPS-APR-014' : 'MLOPS-TMP-005';
    answerRefused(state, item, code, ERRORS[code].meaning, payload);
    return undefined;
  }
  if (mode === 'closed' && item.kind !== 'withdraw') {
    answerRefused(state, item, 'MLOPS-APR-010', ERRORS['MLOPS-APR-010'].meaning, payload);
    return undefined;
  }
  const { resolved, status } = state;
  if (!resolved) {
    answerRefused(state, item, 'MLOPS-APR-010', 'the task has not read the policy yet', payload);
    return undefined;
  }
  // Taken before it is judged: what counts is when the message was handled.
  const missed =
    mode === 'asking' && item.kind !== 'withdraw' && Date.now() >= Date.parse(status.question?.deadline ?? '')
      ? status.question?.deadline
      : undefined;
  const result = await judgeMessage({
    kind: item.kind,
    token: payload,
    identity: state.identity,
    resolved,
    ...(status.question ? { plan: status.question.plan } : {}),
    now: Math.floor(Date.now() / 1000),
  });
  state.approvers = result.approvers;
  state.judgedBy = result.policy;
  const { judgement } = result;
  if (!judgement.accepted) {
    answerRefused(state, item, judgement.code, judgement.reason, payload, judgement);
    return undefined;
  }
  if (missed !== undefined) {
    state.lateDecisions += 1;
    answerRefused(state, item, 'MLOPS-APR-009', `handled after the deadline of ${missed}`, payload);
    return undefined;
  }
  if ('withdraw' in judgement) {
    const { person, comment, jti } = judgement.withdraw;
    if (reused(state, item, jti, payload)) return undefined;
    accept(state, item, jti, payload, 'The task is withdrawn; nothing was changed.');
    record(state, 'decision', {
      accepted: true,
      token: payload,
      person,
      verdict: 'withdraw',
      comment,
      policy: state.judgedBy,
    });
    note(state, `${person} withdrew the task`);
    return new TaskEnd(
      'withdrawn',
      `${person} withdrew the task before anything was changed.`,
      comment ? [comment] : [],
    );
  }
  if ('extend' in judgement) {
    extend(state, item, payload, judgement.extend);
    return undefined;
  }
  decide(state, item, payload, judgement.decision, mode);
  return undefined;
}

function decide(state: TaskState, item: InboxItem, token: string, decision: AcceptedDecision, mode: InboxMode): void {
  if (reused(state, item, decision.jti, token)) return;
  if (decision.verdict === 'revise' && state.objections.length >= (state.resolved?.approval.maxRevisions ?? 0)) {
    answerRefused(state, item, 'MLOPS-APR-017', 'the policy allows no more revisions', token, {
      person: decision.person,
      jti: decision.jti,
    });
    return;
  }
  const words = { approve: 'approved', reject: 'rejected', revise: 'asked to revise' }[decision.verdict];
  const message =
    mode === 'frozen' && decision.verdict === 'approve'
      ? 'Recorded; quorum was reached before.'
      : `Recorded: you ${words} the plan.`;
  accept(state, item, decision.jti, token, message);
  // `token` is what makes the record verifiable offline.
  record(state, 'decision', {
    accepted: true,
    token,
    person: decision.person,
    verdict: decision.verdict,
    comment: decision.comment,
    plan: decision.plan,
    policy: state.judgedBy,
  });
  note(state, `${decision.person} ${words} plan ${decision.plan.slice(0, 12)}`);
  state.decisions.push(decision);
}

function extend(
  state: TaskState,
  item: InboxItem,
  token: string,
  extension: { person: string; seconds: number; jti: string },
): void {
  if (reused(state, item, extension.jti, token)) return;
  const { question } = state.status;
  if (!question || state.extensions >= MAX_EXTENSIONS) {
    answerRefused(
      state,
      item,
      'MLOPS-APR-017',
      `at most ${MAX_EXTENSIONS} extensions of an open question`,
      token,
      extension,
    );
    return;
  }
  const latest =
    Date.parse(question.askedAt) + durationMs(state.resolved?.approval.expiresAfter ?? '24h') + 7 * 24 * 3600_000;
  question.deadline = new Date(
    Math.min(Date.parse(question.deadline) + extension.seconds * 1000, latest),
  ).toISOString();
  state.extensions += 1;
  accept(state, item, extension.jti, token, `The question is open until ${question.deadline}.`);
  record(state, 'decision', {
    accepted: true,
    token,
    person: extension.person,
    verdict: 'extend',
    comment: '',
    deadline: question.deadline,
    policy: state.judgedBy,
  });
  note(state, `${extension.person} moved the deadline to ${question.deadline}`);
}

function judgeIncident(state: TaskState, item: InboxItem, mode: InboxMode): TaskEnd | undefined {
  const change = item.payload as Partial<IncidentChange> | undefined;
  const known = change && !isUndecodable(change) && ['resolved', 'refired', 'escalated'].includes(String(change.state));
  if (!known) {
    answerRefused(state, item, 'MLOPS-APR-015', 'the incident change could not be read');
    return undefined;
  }
  const { state: changed } = change as IncidentChange;
  state.incidentFiring = changed !== 'resolved';
  if (state.status.incident) state.status.incident.status = changed === 'resolved' ? 'resolved' : 'firing';
  record(state, 'signal', { incidentChanged: changed });
  note(
    state,
    `the incident ${changed === 'resolved' ? 'is resolved' : changed === 'refired' ? 'fires again' : 'escalated'}`,
  );
  item.answer = { accepted: true, message: 'recorded' };
  if (
    changed === 'resolved' &&
    mode !== 'writing' &&
    mode !== 'ended' &&
    state.resolved?.approval.onResolved === 'withdraw'
  ) {
    return new TaskEnd(
      'withdrawn',
      'The incident is resolved, and the policy withdraws the task then; nothing was changed.',
    );
  }
  return undefined;
}

/** The same `jti` with other bytes is refused; with the same bytes the first answer was given already. */
function reused(state: TaskState, item: InboxItem, jti: string, token: string): boolean {
  if (!Object.hasOwn(state.used, jti)) return false;
  answerRefused(state, item, 'MLOPS-APR-007', ERRORS['MLOPS-APR-007'].meaning, token, { jti });
  return true;
}

function accept(state: TaskState, item: InboxItem, jti: string, token: string, message: string): void {
  const answer: DecideAnswer = { accepted: true, message };
  state.used[jti] = { token, answer };
  item.answer = answer;
}

function answerRefused(
  state: TaskState,
  item: InboxItem,
  code: string,
  reason: string,
  token?: string,
  who?: Pick<Extract<Judgement, { accepted: false }>, 'person' | 'jti'>,
): void {
  const mend = code in ERRORS ? ERRORS[code as ErrorCode].mend : '';
  item.answer = { accepted: false, code, message: `${reason} ${mend}`.trim() };
  const claimed = who?.person ? ` from ${who.person}` : '';
  refuse(
    state,
    `${item.kind}${claimed} refused`,
    { code, reason },
    {
      ...(who?.person ? { person: who.person } : {}),
      ...(who?.jti ? { jti: who.jti } : {}),
      ...(token === undefined ? {} : { tokenSha256: sha256Hex(token) }),
    },
  );
}
