import type { ChangeActivities, ReportInputs } from '../contract/activities.js';
import { canonicalJson } from '../contract/canonicalJson.js';
import type { LifecycleMap } from '../contract/lifecycle.js';
import type { Proposal } from '../contract/plan.js';
import type { Validation } from '../contract/probe.js';
import type { ArtifactRef } from '../contract/record.js';
import type { Risk } from '../contract/risk.js';
import type { ChangeDraft, NoChange } from '../planning/changeDraft.js';
import { composeReport as compose, type ReportInput } from '../report/composeReport.js';
import { renderMarkdown } from '../report/markdown.js';
import { readJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';

export function composeReport(deps: ActivityDependencies): ChangeActivities['composeReport'] {
  return (input) =>
    whileBeating(async () => {
      const report = compose(await reportInput(deps, input));
      return {
        json: await deps.store.put(canonicalJson(report)),
        markdown: await deps.store.put(renderMarkdown(report)),
      };
    });
}

async function reportInput(deps: ActivityDependencies, input: ReportInputs): Promise<ReportInput> {
  const read = async <T>(ref: ArtifactRef | undefined): Promise<T | undefined> =>
    ref ? readJson<T>(deps.store, ref) : undefined;
  const [map, risks, stored, proposal, validations] = await Promise.all([
    read<LifecycleMap>(input.map),
    read<Risk[]>(input.risks),
    read<Omit<ChangeDraft, 'edits'> | NoChange | { draft: ArtifactRef; validations: Validation[] }>(input.draft),
    read<Proposal>(input.proposal),
    read<Validation[]>(input.validations),
  ]);
  const draft = stored && 'outcome' in stored ? stored : undefined;
  const target = input.resolved?.target;
  return {
    task: input.identity.task,
    run: input.identity.run,
    request: input.request,
    target: { id: input.request.target, repository: target?.repository ?? '', branch: target?.branch ?? '' },
    outcome: input.outcome,
    sentence: input.sentence,
    reasons: input.reasons,
    risks: risks ?? [],
    validations: validations ?? proposal?.validations ?? [],
    approvals: approvalsOf(input),
    identity: input.resolved?.approval.identity === 'declared' ? 'self-declared' : 'signed',
    ...(input.resolved ? { base: input.resolved.base } : {}),
    ...(map ? { map } : {}),
    ...(proposal ? { proposal } : {}),
    ...(draft?.primaryRisk ? { primaryRisk: { risk: draft.primaryRisk, why: draft.primaryWhy ?? '' } } : {}),
    ...(draft ? { followUps: draft.followUps, unanswered: draft.unanswered } : {}),
    ...(draft?.outcome === 'change' ? { closes: draft.closes.map((risk) => risk.id) } : {}),
    ...(input.frozen ? { recordHead: input.frozen.recordHead } : {}),
    ...(input.commit ? { commit: input.commit } : {}),
    ...(input.commit && !input.undoCommit && target ? { undo: undoCommand(input.commit, target.branch) } : {}),
  };
}

function approvalsOf({ frozen, decisions }: ReportInputs): { person: string; comment: string; at: string }[] {
  return (frozen?.decisions ?? decisions)
    .filter((decision) => decision.verdict === 'approve')
    .map(({ person, comment, iat }) => ({ person, comment, at: new Date(iat * 1000).toISOString() }));
}

function undoCommand(commit: string, branch: string): string {
  return `git fetch origin ${branch} && git switch ${branch} && git merge --ff-only origin/${branch} && git revert --no-edit ${commit} && git push origin ${branch}`;
}
