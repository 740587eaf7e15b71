import { activities } from '../activityProxies.js';
import { record } from '../recording.js';
import type { TaskState } from '../taskState.js';
import { changeInputs, runStage } from './stage.js';

/** Looks for the reliability risks of the mapped repository. */
export async function assess(state: TaskState): Promise<void> {
  await runStage(state, 'assess', async () => {
    const assessed = await activities.assessRisk(changeInputs(state));
    state.risks = assessed.risks;
    const { total, fixable, primary } = assessed;
    state.status.risks = { total, fixable, artifact: assessed.risks.$artifact, ...(primary ? { primary } : {}) };
    record(state, 'assessed', assessed);
  });
}
