import { activities } from '../activityProxies.js';
import { record } from '../recording.js';
import { TaskEnd } from '../taskEnd.js';
import type { TaskState } from '../taskState.js';
import { changeInputs, runStage } from './stage.js';

/**
 * Plans the smallest coherent change.
 * @throws TaskEnd `no_change_needed` or `no_safe_change`, with the reasons.
 */
export async function plan(state: TaskState): Promise<void> {
  await runStage(state, 'plan', async () => {
    const planned = await activities.planChange({ ...changeInputs(state), objections: state.objections });
    if (planned.kind === 'none') {
      state.draft = planned.details;
      record(state, 'planned', { outcome: planned.outcome, reasons: planned.reasons, details: planned.details });
      throw new TaskEnd(planned.outcome, planned.reasons[0] ?? 'There is nothing to change.', planned.reasons);
    }
    state.draft = planned.draft;
    state.unanswered = planned.unanswered;
  });
}
