import { type ActivityOptions, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ChangeActivities } from '../contract/activities.js';

/**
 * Reading and computing: tried for about half a minute, so that a short outage passes unnoticed and
 * a wrong address is said soon. `WAIT_CANCELLATION_COMPLETED` is stated since the default differs.
 */
const STEP: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds', maximumAttempts: 6 },
};

/** Writing: tried until the activity itself says that the approval is too old (`applyWithin`). */
const WRITE: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
};

function step<K extends keyof ChangeActivities>(
  name: K,
  summary: string,
  options: ActivityOptions = STEP,
): ChangeActivities[K] {
  return proxyActivities<ChangeActivities>({ ...options, summary })[name] as unknown as ChangeActivities[K];
}

/** The task's activities, each with the line that the Temporal web UI shows for it. */
export const activities: Omit<ChangeActivities, 'judgeMessage' | 'writeRecord'> = {
  resolveTarget: step('resolveTarget', 'fetch the branch and the policy'),
  mapLifecycle: step('mapLifecycle', 'map training, registration, deployment, monitoring'),
  assessRisk: step('assessRisk', 'look for reliability risks'),
  planChange: step('planChange', 'plan the smallest change'),
  rehearseChange: step('rehearseChange', 'prove it on a scratch copy'),
  prepareCommit: step('prepareCommit', 'make the commit object; nothing is pushed'),
  applyChange: step('applyChange', 'judge the approval again, then push', WRITE),
  carryChange: step('carryChange', 'rehearse again on the moved branch'),
  validateChange: step('validateChange', 'prove what landed'),
  undoChange: step('undoChange', 'push the inverse', WRITE),
  composeReport: step('composeReport', 'write the report'),
  cleanUpTask: step('cleanUpTask', 'remove scratch refs'),
};

export const { judgeMessage, writeRecord } = proxyLocalActivities<ChangeActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 10 },
});
