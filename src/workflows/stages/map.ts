import { activities } from '../activityProxies.js';
import { note, record } from '../recording.js';
import type { TaskState } from '../taskState.js';
import { changeInputs, runStage } from './stage.js';

/** Fetches branch and policy of the target, and maps the repository's ML lifecycle. */
export async function map(state: TaskState): Promise<void> {
  await runStage(state, 'map', async () => {
    const { task, run } = state.identity;
    const resolved = await activities.resolveTarget({ identity: { task, run }, request: state.request });
    state.resolved = resolved;
    state.identity.audience = resolved.audience;
    state.status.audience = resolved.audience;
    state.status.branch = resolved.target.branch;
    state.approvers = resolved.approvers;
    record(state, 'resolved', {
      target: resolved.target,
      base: resolved.base,
      tree: resolved.baseTree,
      policy: resolved.policy,
      policyDigest: resolved.policyDigest,
      requester: resolved.requester ?? null,
    });
    note(state, `fetched ${resolved.target.branch} at ${resolved.base.slice(0, 12)}`);
    const mapped = await activities.mapLifecycle(changeInputs(state));
    state.map = mapped.map;
    state.status.map = { components: mapped.components, artifact: mapped.map.$artifact };
    record(state, 'mapped', mapped);
  });
}
