import { activities } from '../activityProxies.js';
import { record } from '../recording.js';
import { TaskEnd } from '../taskEnd.js';
import type { TaskState } from '../taskState.js';
import { changeInputs, runStage } from './stage.js';

/**
 * Proves the plan on a scratch copy and fixes its digest.
 * @throws TaskEnd `no_safe_change` when the rehearsal refutes the plan.
 */
export async function rehearse(state: TaskState): Promise<void> {
  await runStage(state, 'rehearse', async () => {
    if (!state.draft) throw new Error('there is no draft to rehearse');
    state.rounds += 1;
    const rehearsed = await activities.rehearseChange({
      ...changeInputs(state),
      draft: state.draft,
      round: state.rounds,
    });
    if (rehearsed.kind === 'refused') {
      record(state, 'planned', { outcome: 'no_safe_change', reasons: rehearsed.reasons, details: rehearsed.details });
      throw new TaskEnd('no_safe_change', rehearsed.reasons[0] ?? 'The rehearsal refuted the plan.', rehearsed.reasons);
    }
    state.proposal = {
      artifact: rehearsed.proposal,
      digest: rehearsed.digest,
      summary: rehearsed.summary,
      severity: rehearsed.severity,
      required: rehearsed.required,
      verdicts: rehearsed.verdicts,
    };
    // They were about the proposal before; a report must not show them as given to this one.
    state.decisions = [];
    delete state.frozen;
    delete state.prepared;
    delete state.carried;
    state.status.proposal = { digest: rehearsed.digest, artifact: rehearsed.proposal.$artifact };
    record(state, 'planned', { digest: rehearsed.digest, proposal: rehearsed.proposal, verdicts: rehearsed.verdicts });
  });
}
