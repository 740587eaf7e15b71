import type { ChangeActivities } from '../contract/activities.js';
import { assess } from '../risks/catalogue.js';
import { storeJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { openClone } from './repositoryAccess.js';
import { viewCommit } from './repositoryView.js';

export function assessRisk(deps: ActivityDependencies): ChangeActivities['assessRisk'] {
  return ({ request, resolved }) =>
    whileBeating(async (signal) => {
      const clone = await openClone(deps, request.target, signal);
      const risks = assess(await viewCommit(clone, resolved.base));
      return {
        risks: await storeJson(deps.store, risks),
        total: risks.length,
        fixable: risks.filter((risk) => risk.fixable).length,
      };
    });
}
