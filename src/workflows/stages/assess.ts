import { activities } from '../activityProxies.js';
import { record } from '../recording.js';
import type { TaskState } from '../taskState.js';
import { changeInputs, runStage } from './stage.js';

/** Looks for the reliability risks of the mapped repository. */
export async function assess(state: TaskState): Promise<void> {
  await runStage(state, 'assess', async () => {
    const assessed = await activities.assessRisk(changeInputs(state));
    state.risks = assessed.risks;
    state.status.risks = { total: assessed.total, fixable: assessed.fixable, artifact: assessed.risks.$artifact };
    record(state, 'assessed', assessed);
  });
}
