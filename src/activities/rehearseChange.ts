import { severityOfOperations } from '../approval/boundary.js';
import { requiredApprovals } from '../approval/quorum.js';
import type { ChangeActivities, RehearsedChange, RehearseInputs } from '../contract/activities.js';
import { MlopsError } from '../contract/errors.js';
import type { EditFile } from '../contract/operation.js';
import { type Plan, type Proposal, planDigest, planSchema } from '../contract/plan.js';
import type { Policy } from '../contract/policy.js';
import type { Validation } from '../contract/probe.js';
import type { ChangeRequest } from '../contract/request.js';
import { mostSevere, type Severity } from '../contract/severity.js';
import type { Snapshot } from '../contract/snapshot.js';
import { VALIDATION_PATHS } from '../contract/stage.js';
import type { LifecycleFacts } from '../lifecycle/facts.js';
import { GitTagRegistry } from '../registry/gitTags.js';
import type { BareClone } from '../repo/bareClone.js';
import { readJson, storeJson } from './artifactJson.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import type { StoredDraft } from './planChange.js';
import { proveOperations, severityOfRisks } from './proveChange.js';
import { openClone, storedPolicy, withFloor } from './repositoryAccess.js';
import { viewCommit } from './repositoryView.js';

export function rehearseChange(deps: ActivityDependencies): ChangeActivities['rehearseChange'] {
  return (input) => whileBeating((signal) => rehearse(deps, input, signal));
}

/**
 * Proves a draft on a scratch copy: writes blobs and trees into the worker's own clone, applies the
 * inverse, runs the proofs on both states, and fixes the plan's digest.
 */
export async function rehearse(
  deps: ActivityDependencies,
  input: RehearseInputs,
  signal: AbortSignal,
): Promise<RehearsedChange> {
  const { request, resolved, identity } = input;
  const clone = await openClone(deps, request.target, signal);
  const policy = await storedPolicy(deps, resolved.policy.$artifact, resolved.policyDigest);
  const draft = await readJson<StoredDraft>(deps.store, input.draft);
  const before = await viewCommit(
    clone,
    resolved.base,
    draft.edits.map((edit) => edit.path),
  );

  const { operations, contents } = await operationsOf(deps, clone, draft, before.snapshot);
  const tree = await clone.writeTree(resolved.base, operations);
  const inverse = operations.map(inverseOf).reverse();
  const inverseTree = await clone.writeTree(tree, inverse);
  if (inverseTree !== resolved.baseTree) {
    throw new MlopsError('MLOPS-PLN-002', 'the inverse does not give back the base tree', { where: resolved.base });
  }
  const validations = await proveOperations(deps, {
    task: identity.task,
    clone,
    policy,
    trigger: request.trigger,
    base: resolved.base,
    tree,
    edits: operations,
    inverse,
    closes: draft.closes.map((risk) => risk.id),
    signal,
  });

  const refuted = refutedPaths(draft, before.facts, validations);
  if (refuted.length > 0) {
    return {
      kind: 'refused',
      reasons: refuted,
      details: await storeJson(deps.store, { draft: input.draft, validations }),
    };
  }
  const aliases = Object.fromEntries(new GitTagRegistry(await clone.tags(identity.task)).aliases());
  const plan: Plan = planSchema.parse({
    format: 1,
    task: identity.task,
    round: input.round,
    target: resolved.target,
    base: resolved.base,
    tree,
    operations,
    inverse: { operations: inverse, tree: inverseTree, aliases },
    message: draft.commitMessage,
    checks: [...VALIDATION_PATHS],
    rehearsal: verdictsOf(validations),
    watch: policy.watch,
    onFailure: policy.change.onFailure,
    policy: resolved.policyDigest,
  });
  const digest = planDigest(plan);
  const proposal: Proposal = {
    plan,
    digest,
    summary: draft.summary,
    primaryRisk: draft.primaryRisk.id,
    hunks: draft.hunks,
    diff: draft.diff,
    tradeOff: draft.tradeOff,
    blastRadius: draft.blastRadius,
    contents,
    validations,
    size: draft.size,
    stages: draft.stages,
  };
  const severity = severityOfChange(request, policy, plan, severityOfRisks(draft.closes));
  return {
    kind: 'proposal',
    proposal: await storeJson(deps.store, proposal),
    digest,
    summary: draft.summary,
    severity,
    required: requiredApprovals(withFloor(deps, policy), severity),
    verdicts: validations.map(({ path, verdict }) => ({ path, verdict })),
  };
}

/** For policy, severity is the highest of route, incident, risks and operations; nothing lowers it. */
export function severityOfChange(request: ChangeRequest, policy: Policy, plan: Plan, risks: Severity): Severity {
  const incident = request.trigger.kind === 'incident' ? request.trigger.incident.severity : 'low';
  return mostSevere(request.severity, incident, risks, severityOfOperations(plan.operations, policy));
}

export function inverseOf(edit: EditFile): EditFile {
  return { ...edit, before: edit.after, after: edit.before, closes: [] };
}

export function verdictsOf(validations: Validation[]): Plan['rehearsal'] {
  return validations.flatMap(({ probes }) =>
    probes.map(({ id, verdict, evidence }) => ({ probe: id, verdict, evidence: evidence.map(({ sha256 }) => sha256) })),
  );
}

async function operationsOf(deps: ActivityDependencies, clone: BareClone, draft: StoredDraft, base: Snapshot) {
  const contents: Record<string, string> = {};
  const operations: EditFile[] = [];
  for (const { path, after } of draft.edits) {
    const entry = base.entries.find((known) => known.path === path);
    if (!entry || (entry.mode !== '100644' && entry.mode !== '100755')) {
      throw new MlopsError('MLOPS-PLN-001', 'the file that the plan edits is not a regular file at the base', {
        where: path,
      });
    }
    const blob = await clone.writeBlob(await deps.store.get(after));
    contents[blob] = after;
    const closes = draft.hunks.filter((hunk) => hunk.path === path).flatMap((hunk) => hunk.closes);
    operations.push({
      kind: 'editFile',
      path,
      before: entry.oid,
      after: blob,
      mode: entry.mode,
      closes: [...new Set(closes)],
    });
  }
  return { operations, contents };
}

/**
 * A plan that claims to open a path, or edits alert rules, is not proposed when a probe of that path
 * failed on it. What couldn't run is no refutation, and neither is a fault that was there before in
 * what the change doesn't touch: the approver sees both.
 */
function refutedPaths(draft: StoredDraft, { ruleFiles }: LifecycleFacts, validations: Validation[]): string[] {
  const claimed = new Set(draft.closes.flatMap((risk) => (risk.blocks ? [risk.blocks] : [])));
  if (draft.edits.some((edit) => ruleFiles.some(({ path }) => path === edit.path))) claimed.add('alerting');
  return validations
    .filter(({ path }) => claimed.has(path))
    .flatMap(({ probes }) => probes.filter((probe) => probe.verdict === 'failed' && !probe.surroundings))
    .map(
      (probe) =>
        `the rehearsal refutes the plan: ${probe.statement} Expected: ${probe.expected} Observed: ${probe.observed}`,
    );
}
