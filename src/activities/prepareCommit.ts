import type { ChangeActivities } from '../contract/activities.js';
import { buildCommit, readProposal } from './buildCommit.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { openClone } from './repositoryAccess.js';

export function prepareCommit(deps: ActivityDependencies): ChangeActivities['prepareCommit'] {
  return (input) =>
    whileBeating(async (signal) => {
      const clone = await openClone(deps, input.request.target, signal);
      const { artifact, digest } = appliedProposal(input);
      return buildCommit(deps, clone, await readProposal(deps, artifact, digest), input);
    });
}

/** The proposal that is written: the carried one where the approval was carried, else the approved one. */
export function appliedProposal(input: Parameters<ChangeActivities['prepareCommit']>[0]) {
  return input.carried
    ? { artifact: input.carried.proposal, digest: input.carried.digest }
    : { artifact: input.proposal, digest: input.digest };
}
