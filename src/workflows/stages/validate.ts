import { activities } from '../activityProxies.js';
import { note, record, saveRecord } from '../recording.js';
import { TaskEnd } from '../taskEnd.js';
import type { TaskState } from '../taskState.js';
import { applyInputs } from './apply.js';
import { changeInputs, enterStage } from './stage.js';

/**
 * Proves what landed, path by path; always ends the task: `verified`, `applied_unverified`, or
 * `rolled_back` where the approved plan says that a path which was proved in the rehearsal and now
 * isn't brings the inverse.
 */
export async function validate(state: TaskState): Promise<TaskEnd> {
  const { proposal } = state;
  const commit = state.status.commit;
  if (!proposal || !commit) throw new Error('nothing is applied');
  enterStage(state, 'validate');
  const inputs = { ...changeInputs(state), proposal: state.carried?.proposal ?? proposal.artifact, commit };
  const validated = await activities.validateChange(inputs);
  state.validations = validated.validations;
  state.status.stages.validate = 'done';
  record(state, 'validated', validated);
  await saveRecord(state);
  if (validated.allProved) return new TaskEnd('verified', 'The approved change is applied, and all paths were proved.');

  const unproved = validated.verdicts.filter((path) => path.verdict !== 'proved');
  const reasons = unproved.map((path) => `${path.path}: ${path.reason}`);
  const regressed = unproved.filter((path) =>
    proposal.verdicts.some((before) => before.path === path.path && before.verdict === 'proved'),
  );
  if (regressed.length > 0 && validated.onFailure === 'rollback') {
    const reason = `${regressed.map((path) => path.path).join(', ')} proved in the rehearsal and not after the change`;
    const undone = await activities.undoChange({ ...applyInputs(state), commit, reason });
    record(state, 'undone', undone);
    if (undone.undone) {
      state.undoCommit = undone.commit;
      note(state, `undone by ${undone.commit.slice(0, 12)}`);
      return new TaskEnd(
        'rolled_back',
        `A path that the rehearsal had proved failed after the change, and commit ${undone.commit.slice(0, 12)} undid it.`,
        reasons,
      );
    }
    reasons.push(`It could not be undone automatically: ${undone.why}`);
  }
  const paths = unproved.map((path) => path.path).join(', ');
  return new TaskEnd('applied_unverified', `The approved change is applied, but not proved: ${paths}.`, reasons);
}
