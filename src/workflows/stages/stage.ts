import type { TaskStage } from '../../contract/stage.js';
import { judgeInbox } from '../inbox.js';
import { saveRecord } from '../recording.js';
import type { TaskState } from '../taskState.js';
import { show } from '../visibility.js';

/**
 * Runs one stage: marks it, shows it, keeps the record, and before it judges what arrived
 * meanwhile, so that a withdrawal ends the task at the next step.
 */
export async function runStage(state: TaskState, stage: TaskStage, work: () => Promise<void>): Promise<void> {
  await judgeInbox(state, 'closed');
  enterStage(state, stage);
  await work();
  state.status.stages[stage] = 'done';
  await saveRecord(state);
}

export function enterStage(state: TaskState, stage: TaskStage): void {
  state.status.stage = stage;
  state.status.stages[stage] = 'running';
  show(state);
}

/** What every activity of a resolved task gets. */
export function changeInputs(state: TaskState) {
  if (!state.resolved) throw new Error('the target is not resolved yet');
  return { identity: state.identity, request: state.request, resolved: state.resolved };
}
