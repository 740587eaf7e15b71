import type { ChangeActivities } from '../contract/activities.js';
import { LIFECYCLE_STAGES } from '../contract/stage.js';
import { storeJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { openClone } from './repositoryAccess.js';
import { viewCommit } from './repositoryView.js';

export function mapLifecycle(deps: ActivityDependencies): ChangeActivities['mapLifecycle'] {
  return ({ request, resolved }) =>
    whileBeating(async (signal) => {
      const clone = await openClone(deps, request.target, signal);
      const { map } = await viewCommit(clone, resolved.base);
      const counted = LIFECYCLE_STAGES.map((stage) => [
        stage,
        map.components.filter((component) => component.stage === stage).length,
      ]);
      return {
        map: await storeJson(deps.store, map),
        components: Object.fromEntries(counted),
        unreadable: map.unreadable.length,
      };
    });
}
