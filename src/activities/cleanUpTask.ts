import type { ChangeActivities } from '../contract/activities.js';
import type { ActivityDependencies } from './dependencies.js';
import { openClone } from './repositoryAccess.js';

export function cleanUpTask(deps: ActivityDependencies): ChangeActivities['cleanUpTask'] {
  return async ({ identity, target }) => {
    // A task that failed because its target isn't configured has nothing to remove.
    if (!Object.hasOwn(deps.config.targets, target)) return;
    await (await openClone(deps, target)).dropTask(identity.task);
  };
}
