import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities({ startToCloseTimeout: '1 minute' });
const { nothing: nothingLocal } = proxyLocalActivities({ startToCloseTimeout: '1 minute' });

/** What a whole task is compared with: as many activities, one after the other, that do nothing. */
export async function bare({ activities, localActivities }) {
  for (let done = 0; done < activities; done += 1) await nothing();
  for (let done = 0; done < localActivities; done += 1) await nothingLocal();
}
