import { activities } from '../activityProxies.js';
import { type InboxMode, judgeInbox } from '../inbox.js';
import { note, record, saveRecord } from '../recording.js';
import type { TaskEnd } from '../taskEnd.js';
import type { TaskState } from '../taskState.js';
import { show } from '../visibility.js';
import { closeQuestion } from './approve.js';
import { enterStage } from './stage.js';

/** Writes the report, closes the record and removes what was scratch. */
export async function report(state: TaskState, end: TaskEnd): Promise<void> {
  const { status } = state;
  closeQuestion(state);
  await judgeInbox(state, lastMode(state));
  for (const stage of ['map', 'assess', 'plan', 'rehearse', 'approve', 'apply', 'validate'] as const) {
    if (status.stages[stage] === 'running') status.stages[stage] = end.outcome === 'failed' ? 'failed' : 'skipped';
    if (status.stages[stage] === 'waiting') status.stages[stage] = 'skipped';
  }
  enterStage(state, 'report');
  const optional = <K extends string, V>(key: K, value: V | undefined) =>
    value === undefined ? {} : ({ [key]: value } as Record<K, V>);
  status.report = await activities.composeReport({
    identity: state.identity,
    request: state.request,
    outcome: end.outcome,
    sentence: end.message,
    reasons: end.reasons,
    decisions: state.decisions,
    ...optional('resolved', state.resolved),
    ...optional('map', state.map),
    ...optional('risks', state.risks),
    ...optional('draft', state.draft),
    ...optional('proposal', state.carried?.proposal ?? state.proposal?.artifact),
    ...optional('validations', state.validations),
    ...optional('frozen', state.frozen),
    ...optional('commit', status.commit),
    ...optional('undoCommit', state.undoCommit),
    ...optional('carriedFrom', state.carried ? state.proposal?.digest : undefined),
  });
  status.stages.report = 'done';
  status.outcome = end.outcome;
  status.sentence = end.message;
  note(state, `ended: ${end.outcome}`);
  record(state, 'ended', {
    outcome: end.outcome,
    sentence: end.message,
    report: { $artifact: status.report.json },
    markdown: { $artifact: status.report.markdown },
  });
  show(state);
  await saveRecord(state);
}

/** How messages are answered once the outcome is known. */
export function lastMode(state: TaskState): InboxMode {
  return state.status.commit ? 'writing' : 'ended';
}
