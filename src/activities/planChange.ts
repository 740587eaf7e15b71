import { judgeBoundary } from '../approval/boundary.js';
import type { ChangeActivities, PlanInputs } from '../contract/activities.js';
import type { Policy } from '../contract/policy.js';
import type { LifecycleStage } from '../contract/stage.js';
import type { ChangeDraft } from '../planning/changeDraft.js';
import { planChange as plan } from '../planning/planChange.js';
import { exclusionsFrom } from '../planning/revision.js';
import { assess, fixFor } from '../risks/catalogue.js';
import { storeJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { openClone, storedPolicy } from './repositoryAccess.js';
import { contextOf, viewCommit } from './repositoryView.js';

/** A draft as the artifact store holds it: contents by reference, everything else as the planner gave it. */
export interface StoredDraft extends Omit<ChangeDraft, 'edits'> {
  edits: { path: string; before: string; after: string }[];
}

export function planChange(deps: ActivityDependencies): ChangeActivities['planChange'] {
  return (input) =>
    whileBeating(async (signal) => {
      const { request, resolved } = input;
      const clone = await openClone(deps, request.target, signal);
      const policy = await storedPolicy(deps, resolved.policy.$artifact, resolved.policyDigest);
      const context = await viewCommit(clone, resolved.base);
      const risks = assess(context);
      const draft = plan({
        context,
        risks,
        reassess: (snapshot) => assess(contextOf(snapshot)),
        fixFor,
        contextOf,
        trigger: request.trigger,
        goal: request.goal,
        policy: policy.change,
        models: policy.models.map((model) => model.name),
        stages: allowedStages(input, policy),
        judgePaths: (paths) => judgePaths(paths, policy, resolved.target.policyPath),
        objections: input.objections,
        excluded: exclusionsFrom(input.objections, risks),
      });
      if (draft.outcome !== 'change') {
        return {
          kind: 'none',
          outcome: draft.outcome,
          reasons: draft.reasons,
          details: await storeJson(deps.store, draft),
        };
      }
      const edits = await Promise.all(
        draft.edits.map(async ({ path, before, after }) => ({
          path,
          before: await deps.store.put(before),
          after: await deps.store.put(after),
        })),
      );
      const stored: StoredDraft = { ...draft, edits };
      return {
        kind: 'draft',
        draft: await storeJson(deps.store, stored),
        summary: draft.summary,
        unanswered: draft.unanswered,
      };
    });
}

/** Stages that the plan may touch: the policy's, and those by which a person's request widens them. */
export function allowedStages({ request }: Pick<PlanInputs, 'request'>, policy: Policy): LifecycleStage[] {
  return [...new Set([...policy.change.stages, ...widenedStages({ request })])];
}

/** Stages by which a person's request widens the boundary. */
export function widenedStages({ request }: Pick<PlanInputs, 'request'>): LifecycleStage[] {
  return request.trigger.kind === 'request' ? (request.widenTo ?? []) : [];
}

/** Why paths may not be changed; empty when they may. */
export function judgePaths(paths: string[], policy: Policy, policyPath: string): string[] {
  const operations = paths.map((path) => ({
    kind: 'editFile' as const,
    path,
    before: null,
    after: null,
    mode: '100644' as const,
    closes: [],
  }));
  const violations = judgeBoundary({
    operations,
    sizes: { files: 0, lines: 0 },
    stages: [],
    policy,
    widenTo: [],
    requesterAuthenticated: false,
    policyPath,
  });
  return violations.map((violation) => `${violation.where}: ${violation.reason}`);
}
