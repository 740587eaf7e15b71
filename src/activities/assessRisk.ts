import type { ChangeActivities } from '../contract/activities.js';
import { mostPressingRisk } from '../planning/rankRisks.js';
import { assess } from '../risks/catalogue.js';
import { storeJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { allowedStages, judgePaths } from './planChange.js';
import { openClone, storedPolicy } from './repositoryAccess.js';
import { viewCommit } from './repositoryView.js';

export function assessRisk(deps: ActivityDependencies): ChangeActivities['assessRisk'] {
  return ({ request, resolved }) =>
    whileBeating(async (signal) => {
      const clone = await openClone(deps, request.target, signal);
      const policy = await storedPolicy(deps, resolved.policy.$artifact, resolved.policyDigest);
      const context = await viewCommit(clone, resolved.base);
      const risks = assess(context);
      const primary = mostPressingRisk({
        risks,
        map: context.map,
        models: policy.models.map((model) => model.name),
        trigger: request.trigger,
        goal: request.goal,
        stages: allowedStages({ request }, policy),
        judgePaths: (paths) => judgePaths(paths, policy, resolved.target.policyPath),
      });
      return {
        risks: await storeJson(deps.store, risks),
        total: risks.length,
        fixable: risks.filter((risk) => risk.fixable).length,
        ...(primary ? { primary: primary.id } : {}),
      };
    });
}
