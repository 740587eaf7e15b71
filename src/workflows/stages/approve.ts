import { condition, workflowInfo } from '@temporalio/workflow';
import { type Tally, tally } from '../../approval/quorum.js';
import { durationMs } from '../../contract/policy.js';
import { judgeInbox } from '../inbox.js';
import { note, record, saveRecord } from '../recording.js';
import { TaskEnd } from '../taskEnd.js';
import type { TaskState } from '../taskState.js';
import { show } from '../visibility.js';
import { enterStage } from './stage.js';

export type Answer = 'approved' | 'revise' | 'continue-as-new';

/**
 * Asks, and waits without polling: one timer a rung of the ladder remind → escalate → expire.
 *
 * @throws TaskEnd `rejected`, `expired` or `withdrawn`.
 */
export async function approve(state: TaskState, because?: string): Promise<Answer> {
  if (!state.status.question) await openQuestion(state, because);
  for (;;) {
    await judgeInbox(state, 'asking');
    const counted = count(state);
    updateQuestion(state, counted);
    if (counted.state === 'rejected') throw rejected(state);
    if (counted.state === 'revise') {
      closeQuestion(state);
      return 'revise';
    }
    if (counted.state === 'approved') return 'approved';
    if (workflowInfo().continueAsNewSuggested) return 'continue-as-new';

    const now = Date.now();
    const deadline = questionOf(state).deadline;
    if (now >= Date.parse(deadline)) {
      await expire(state);
      continue;
    }
    const rungs = ladder(state);
    const due = rungs.filter((rung) => rung.at <= now);
    // After a pause of the worker several rungs may be due at once; people get the last one, not all of them.
    const last = due.at(-1);
    if (last && due.length > state.rungsPassed) note(state, last.text);
    state.rungsPassed = Math.max(state.rungsPassed, due.length);
    const nextAt = Math.min(Date.parse(deadline), ...rungs.slice(state.rungsPassed).map((rung) => rung.at));
    await condition(() => state.inbox.length > 0, Math.max(nextAt - now, 1));
  }
}

/** How the accepted decisions on the open question count. */
export function count(state: TaskState): Tally {
  const { resolved, proposal } = state;
  if (!resolved || !proposal) throw new Error('no question is open');
  return tally({
    decisions: state.decisions.filter((decision) => decision.plan === proposal.digest),
    approvers: state.approvers,
    required: proposal.required,
    separationOfDuties: resolved.approval.separationOfDuties,
    requester: resolved.requester,
    proposers: state.proposers,
    at: Math.floor(Date.now() / 1000),
  });
}

/** @returns the end that a veto brings. */
export function rejected(state: TaskState): TaskEnd {
  state.status.stages.approve = 'done';
  const veto = state.decisions.find((decision) => decision.verdict === 'reject');
  const who = veto?.person ?? 'a person';
  return new TaskEnd('rejected', `${who} rejected the plan; nothing was changed.`, veto?.comment ? [veto.comment] : []);
}

export function closeQuestion(state: TaskState): void {
  delete state.status.question;
}

async function openQuestion(state: TaskState, because?: string): Promise<void> {
  const { resolved, proposal } = state;
  if (!resolved || !proposal) throw new Error('there is no proposal to ask about');
  enterStage(state, 'approve');
  state.decisions = [];
  state.extensions = 0;
  state.rungsPassed = 0;
  const askedAt = new Date();
  state.status.question = {
    plan: proposal.digest,
    base: resolved.base,
    summary: proposal.summary,
    askedAt: askedAt.toISOString(),
    deadline: new Date(askedAt.getTime() + durationMs(resolved.approval.expiresAfter)).toISOString(),
    required: count(state).need,
    approvedBy: [],
    whoMay: state.approvers,
    ...(because ? { askedAgainBecause: because } : {}),
  };
  state.status.sentence = 'Waits for a decision.';
  record(state, 'asked', {
    plan: proposal.digest,
    deadline: questionOf(state).deadline,
    required: questionOf(state).required,
    because: because ?? null,
  });
  note(state, because ? `asked again: ${because}` : 'asked for a decision');
  show(state);
  await saveRecord(state);
}

function updateQuestion(state: TaskState, counted: Tally): void {
  const question = questionOf(state);
  const before = question.approvedBy.length;
  question.required = counted.need;
  question.approvedBy = counted.have;
  question.whoMay = state.approvers;
  if (counted.have.length !== before) show(state);
}

/** Silence expires. A decision that was handled too late brings the question once more while the incident fires. */
async function expire(state: TaskState): Promise<void> {
  const { deadline } = questionOf(state);
  closeQuestion(state);
  if (state.lateDecisions > 0 && state.incidentFiring && !state.askedAfterExpiry) {
    state.askedAfterExpiry = true;
    state.lateDecisions = 0;
    await openQuestion(state, `a decision was handled after the deadline of ${deadline}, and the incident still fires`);
    return;
  }
  throw new TaskEnd('expired', `Nobody decided by ${deadline}; nothing was changed.`);
}

function ladder(state: TaskState): { at: number; text: string }[] {
  const approval = state.resolved?.approval;
  const asked = Date.parse(questionOf(state).askedAt);
  const rungs = [];
  if (approval?.remindAfter)
    rungs.push({ at: asked + durationMs(approval.remindAfter), text: 'reminded the approvers' });
  if (approval?.escalateAfter) {
    const to = approval.escalateTo.length > 0 ? ` to ${approval.escalateTo.join(', ')}` : '';
    rungs.push({ at: asked + durationMs(approval.escalateAfter), text: `escalated${to}` });
  }
  return rungs.sort((a, b) => a.at - b.at);
}

function questionOf(state: TaskState) {
  if (!state.status.question) throw new Error('no question is open');
  return state.status.question;
}
