import type { ChangeActivities } from '../contract/activities.js';
import { applyChange } from './applyChange.js';
import { assessRisk } from './assessRisk.js';
import { carryChange } from './carryChange.js';
import { cleanUpTask } from './cleanUpTask.js';
import { composeReport } from './composeReport.js';
import type { ActivityDependencies } from './dependencies.js';
import { withTypedFailures } from './failure.js';
import { judgeMessage } from './judgeMessage.js';
import { mapLifecycle } from './mapLifecycle.js';
import { planChange } from './planChange.js';
import { prepareCommit } from './prepareCommit.js';
import { rehearseChange } from './rehearseChange.js';
import { resolveTarget } from './resolveTarget.js';
import { undoChange } from './undoChange.js';
import { validateChange } from './validateChange.js';
import { writeRecord } from './writeRecord.js';

/** All activities of a change task, each failing with the codes of the error table. */
export function createActivities(deps: ActivityDependencies): ChangeActivities {
  const activities: ChangeActivities = {
    resolveTarget: resolveTarget(deps),
    mapLifecycle: mapLifecycle(deps),
    assessRisk: assessRisk(deps),
    planChange: planChange(deps),
    rehearseChange: rehearseChange(deps),
    judgeMessage: judgeMessage(deps),
    prepareCommit: prepareCommit(deps),
    applyChange: applyChange(deps),
    carryChange: carryChange(deps),
    validateChange: validateChange(deps),
    undoChange: undoChange(deps),
    composeReport: composeReport(deps),
    writeRecord: writeRecord(deps),
    cleanUpTask: cleanUpTask(deps),
  };
  const typed = Object.entries(activities).map(([name, run]) => {
    const work = run as (input: unknown) => Promise<unknown>;
    return [name, (input: unknown) => withTypedFailures(() => work(input))];
  });
  return Object.fromEntries(typed) as ChangeActivities;
}
