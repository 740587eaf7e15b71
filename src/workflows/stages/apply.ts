import { ActivityFailure, ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { activities } from '../activityProxies.js';
import { judgeInbox } from '../inbox.js';
import { note, record, saveRecord } from '../recording.js';
import { TaskEnd } from '../taskEnd.js';
import type { TaskState } from '../taskState.js';
import { closeQuestion, count, rejected } from './approve.js';
import { changeInputs, enterStage } from './stage.js';

/** `applied`: it is on the branch; `again`: plan and ask again, because of the given reason. */
export type ApplyResult = { result: 'applied' } | { result: 'again'; because: string } | { result: 'revise' };

/** Refusals of the writing activity that a new question can mend. */
const ASK_AGAIN = new Set([
  'MLOPS-APR-012',
  'MLOPS-APR-016',
  'MLOPS-APR-003',
  'MLOPS-APR-008',
  'MLOPS-APR-006',
  'MLOPS-POL-003',
]);

/**
 * Freezes the decisions, makes the commit object so that its id stands in the record, judges what
 * arrived meanwhile (a veto still wins), and only then writes.
 */
export async function apply(state: TaskState): Promise<ApplyResult> {
  const { proposal } = state;
  if (!proposal) throw new Error('there is no approved proposal');
  const decisions = state.decisions.filter(
    (decision) => decision.verdict === 'approve' && decision.plan === proposal.digest,
  );
  const at = Math.floor(Date.now() / 1000);
  const quorum = record(state, 'quorum', {
    plan: proposal.digest,
    decisions: decisions.map((decision) => decision.jti),
    people: count(state).have,
    frozenAt: at,
    policy: state.judgedBy ?? state.resolved?.policy,
    severity: proposal.severity,
  });
  state.frozen = { at, decisions, recordHead: quorum.hash };
  note(state, `quorum: ${count(state).have.join(', ')}`);
  delete state.carried;
  state.prepared = await activities.prepareCommit(applyInputs(state));
  state.status.sentence = `Approved; commit ${state.prepared.commit.slice(0, 12)} is prepared.`;
  await saveRecord(state);

  await judgeInbox(state, 'frozen');
  const counted = count(state);
  if (counted.state === 'rejected') throw rejected(state);
  if (counted.state === 'revise') {
    closeQuestion(state);
    return { result: 'revise' };
  }
  closeQuestion(state);
  state.status.stages.approve = 'done';
  enterStage(state, 'apply');
  // From here on the outcome of the write must be known, so a cancellation waits until it is.
  return CancellationScope.nonCancellable(() => write(state));
}

async function write(state: TaskState): Promise<ApplyResult> {
  for (;;) {
    if (!state.prepared) throw new Error('no commit is prepared');
    const applied = await attempt(state);
    if ('refused' in applied) {
      record(state, 'write-refused', applied.refused);
      note(state, `the write was refused: ${applied.refused.code}`);
      return { result: 'again', because: applied.refused.message };
    }
    if (applied.result === 'applied') {
      state.status.commit = applied.commit;
      state.status.stages.apply = 'done';
      record(state, 'applied', {
        commit: applied.commit,
        tree: applied.tree,
        branch: applied.branch,
        aliases: applied.aliases,
        digest: state.carried?.digest ?? state.proposal?.digest,
        approvedDigest: state.proposal?.digest,
        recordHead: state.frozen?.recordHead,
      });
      note(state, `applied as ${applied.commit.slice(0, 12)} on ${applied.branch}`);
      await saveRecord(state);
      return { result: 'applied' };
    }
    record(state, 'moved', { head: applied.head, detail: applied.detail });
    note(state, `the branch moved to ${applied.head.slice(0, 12)}`);
    const carried =
      !applied.takenBack &&
      state.resolved?.approval.carry === 'disjoint' &&
      state.moves < state.resolved.approval.maxMoves;
    if (!carried) return { result: 'again', because: applied.detail };
    state.moves += 1;
    const rehearsed = await activities.carryChange(applyInputs(state));
    if (!rehearsed.carried)
      return { result: 'again', because: `${applied.detail} The approval could not be carried: ${rehearsed.why}` };
    state.resolved = rehearsed.resolved;
    state.carried = { proposal: rehearsed.proposal, digest: rehearsed.digest };
    record(state, 'planned', {
      digest: rehearsed.digest,
      proposal: rehearsed.proposal,
      carriedFrom: state.proposal?.digest,
    });
    note(
      state,
      `the approval was carried to ${rehearsed.digest.slice(0, 12)}: same edits, same results on the moved branch`,
    );
    state.prepared = await activities.prepareCommit(applyInputs(state));
  }
}

async function attempt(state: TaskState) {
  try {
    if (!state.prepared) throw new Error('no commit is prepared');
    return await activities.applyChange({ ...applyInputs(state), prepared: state.prepared });
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type && ASK_AGAIN.has(cause.type)) {
      return { refused: { code: cause.type, message: cause.message } };
    }
    throw error;
  }
}

export function applyInputs(state: TaskState) {
  const { proposal, frozen } = state;
  if (!proposal || !frozen) throw new Error('the decisions are not frozen yet');
  return {
    ...changeInputs(state),
    proposal: proposal.artifact,
    digest: proposal.digest,
    frozen,
    proposers: state.proposers,
    ...(state.carried ? { carried: state.carried } : {}),
  };
}

/** Counts a return to planning; the policy bounds how often. */
export function countMove(state: TaskState, because: string): void {
  state.moves += 1;
  const allowed = state.resolved?.approval.maxMoves ?? 0;
  if (state.moves > allowed) {
    throw new TaskEnd(
      'superseded',
      `The question would be put again for the ${state.moves}. time; the policy allows ${allowed}.`,
      [because],
    );
  }
}
