import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import { ERRORS, type ErrorCode } from '../contract/errors.js';
import type { Outcome } from '../contract/outcome.js';
import type { ChangeRequest } from '../contract/request.js';
import { activities } from './activityProxies.js';
import { registerHandlers } from './handlers.js';
import { judgeInbox } from './inbox.js';
import { record } from './recording.js';
import { apply, countMove } from './stages/apply.js';
import { approve } from './stages/approve.js';
import { assess } from './stages/assess.js';
import { map } from './stages/map.js';
import { plan } from './stages/plan.js';
import { rehearse } from './stages/rehearse.js';
import { lastMode, report } from './stages/report.js';
import { validate } from './stages/validate.js';
import { TaskEnd } from './taskEnd.js';
import { openTask, type TaskState } from './taskState.js';
import { show } from './visibility.js';

/** What the workflow returns; the report and the record have the rest. */
export interface ChangeResult {
  outcome: Outcome;
  sentence: string;
  task: string;
  run: string;
  commit?: string;
  /** SHA-256 of the report in the artifact store. */
  report?: { json: string; markdown: string };
}

/**
 * A change task: map → assess → plan → rehearse → approve → apply → validate → report. It completes
 * with one of the ten outcomes; also a task that failed or was cancelled ends with a report.
 *
 * @param resumed state handed over when the workflow continued as new; never given by a caller.
 */
export async function mlopsChange(request: ChangeRequest, resumed?: TaskState): Promise<ChangeResult> {
  const info = workflowInfo();
  const state = resumed ?? openTask(request, info.workflowId, info.firstExecutionRunId);
  registerHandlers(state);
  // Current details belong to one run; those of the run before are gone.
  if (resumed) show(state);
  else record(state, 'opened', { request, identity: { task: state.identity.task, run: state.identity.run } });

  const end = await run(state);
  return CancellationScope.nonCancellable(async () => {
    await report(state, end);
    const { task, run: runId } = state.identity;
    await activities.cleanUpTask({ identity: { task, run: runId }, target: request.target }).catch((error) => {
      // What is left is scratch in the worker's own clone; the sweep removes it.
      log.warn('scratch refs could not be removed', { error });
    });
    await judgeInbox(state, lastMode(state));
    await condition(allHandlersFinished);
    return {
      outcome: end.outcome,
      sentence: end.message,
      task,
      run: runId,
      ...(state.status.commit ? { commit: state.status.commit } : {}),
      ...(state.status.report ? { report: state.status.report } : {}),
    };
  });
}

async function run(state: TaskState): Promise<TaskEnd> {
  try {
    let because: string | undefined;
    for (;;) {
      if (!state.status.question) {
        await map(state);
        await assess(state);
        await plan(state);
        await rehearse(state);
      }
      const answer = await approve(state, because === undefined ? undefined : because + unanswered(state));
      if (answer === 'continue-as-new') {
        await condition(allHandlersFinished);
        await continueAsNew<typeof mlopsChange>(state.request, state);
      }
      const applied = answer === 'revise' ? { result: 'revise' as const } : await apply(state);
      if (applied.result === 'applied') return await CancellationScope.nonCancellable(() => validate(state));
      if (applied.result === 'revise') because = revise(state);
      else {
        countMove(state, applied.because);
        because = applied.because;
      }
    }
  } catch (error) {
    return endOf(state, error);
  }
}

/** Takes the reviewer's comment back to planning; whoever revises is co-proposer of the next plan. */
function revise(state: TaskState): string {
  const revision = state.decisions.find((decision) => decision.verdict === 'revise');
  if (!revision) throw new Error('nobody asked for a revision');
  state.objections.push(revision.comment);
  if (!state.proposers.includes(revision.person)) state.proposers.push(revision.person);
  state.decisions = [];
  return `${revision.person} asked for a revision`;
}

/** Never the comment itself: what is shown with a question holds no text from elsewhere. */
function unanswered(state: TaskState): string {
  const last = state.objections.at(-1);
  return last !== undefined && state.unanswered.includes(last)
    ? ', on which the planner could not act: it understands the names of files, rules and alerts of the plan'
    : '';
}

function endOf(state: TaskState, error: unknown): TaskEnd {
  if (error instanceof TaskEnd) return error;
  if (isCancellation(error)) {
    const sentence = state.status.commit
      ? 'The task was cancelled after the change was applied.'
      : 'The task was cancelled before anything was changed.';
    return new TaskEnd(state.status.commit ? 'applied_unverified' : 'withdrawn', sentence);
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const code = cause.type && cause.type in ERRORS ? (cause.type as ErrorCode) : 'MLOPS-INT-001';
    const where = (cause.details?.[0] as { where?: string } | undefined)?.where;
    const mend = (cause.details?.[0] as { mend?: string } | undefined)?.mend ?? ERRORS[code].mend;
    state.status.error = { code, message: cause.message, mend, stage: state.status.stage, ...(where ? { where } : {}) };
    const sentence = `The task failed at ${state.status.stage}: ${cause.message}`;
    if (state.status.commit) {
      const applied =
        code === 'MLOPS-GIT-009'
          ? 'The change was applied, and somebody took it off the branch before it was checked'
          : 'The change is applied, but could not be checked';
      return new TaskEnd('applied_unverified', `${applied}: ${cause.message}`, [code, mend]);
    }
    return new TaskEnd('failed', sentence, [code, ...(where ? [where] : []), mend]);
  }
  if (error instanceof ActivityFailure) {
    state.status.error = {
      code: 'MLOPS-INT-001',
      message: error.message,
      mend: ERRORS['MLOPS-INT-001'].mend,
      stage: state.status.stage,
    };
    return new TaskEnd(
      'failed',
      `The task failed at ${state.status.stage}: ${cause instanceof Error ? cause.message : error.message}`,
      ['MLOPS-INT-001'],
    );
  }
  // A defect in workflow code: fail the workflow task, so that a mended worker can go on from here.
  throw error;
}
