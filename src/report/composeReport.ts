import type { LifecycleMap } from '../contract/lifecycle.js';
import { OUTCOME_SENTENCES, type Outcome } from '../contract/outcome.js';
import type { PlannedHunk, Proposal } from '../contract/plan.js';
import type { Validation } from '../contract/probe.js';
import type { Report } from '../contract/report.js';
import type { ChangeRequest } from '../contract/request.js';
import type { Risk } from '../contract/risk.js';
import { severityRank } from '../contract/severity.js';
import { liveOnlyChecks } from './liveOnly.js';
import { qualityChecks } from './qualityChecks.js';

export interface ReportInput {
  task: string;
  run: string;
  request: ChangeRequest;
  target: Report['target'];
  outcome: Outcome;
  /** Why it ended so; the outcome's own sentence when it is left out. */
  sentence?: string;
  base?: string;
  map?: LifecycleMap;
  /** Everything that the assessment found in the base commit. */
  risks: readonly Risk[];
  /** The same in the order of the ranking, with its reason. */
  ranked?: readonly { risk: Risk; why: string }[];
  /** The primary operational risk, as the planner names it; the first of `ranked` otherwise. */
  primaryRisk?: { risk: Risk; why: string };
  /** What the planner left open; computed from `ranked` otherwise. */
  followUps?: Report['followUps'];
  /** Ids of the risks that the change closes; those of its hunks and operations otherwise. */
  closes?: readonly string[];
  /** The last proposal, applied or not. */
  proposal?: Proposal;
  /** After the change where it was applied, else of the rehearsal. */
  validations: readonly Validation[];
  /** The approvals that counted. */
  approvals?: readonly { person: string; comment: string; at: string }[];
  identity?: 'signed' | 'self-declared';
  recordHead?: string;
  /** The commit that was made, where one was. */
  commit?: string;
  undo?: string;
  reasons?: readonly string[];
  /** Reviewers' comments that the plan doesn't answer. */
  unanswered?: readonly string[];
}

/**
 * Puts together what a task returns: the five things, the five quality checks, approval and undo.
 * Pure. A change counts as made only where a commit stands and it wasn't undone again; until then
 * every risk that was found is open.
 */
export function composeReport(input: ReportInput): Report {
  const { proposal, commit, outcome } = input;
  const applied = commit !== undefined && (outcome === 'verified' || outcome === 'applied_unverified');
  const ranked = input.ranked ?? bySeverity(input.risks);
  const closes = new Set(
    input.closes ??
      (proposal === undefined ? [] : [...proposal.hunks, ...proposal.plan.operations].flatMap((part) => part.closes)),
  );
  const closed = (id: string) => applied && closes.has(id);
  const open = ranked.filter(({ risk }) => !closed(risk.id));
  const primary = input.primaryRisk ?? ranked[0];
  const followUps = followUpsOf(input, open);
  return {
    format: 'temporal-mlops/report/1',
    task: input.task,
    run: input.run,
    outcome,
    sentence: input.sentence === undefined || input.sentence === '' ? OUTCOME_SENTENCES[outcome] : input.sentence,
    trigger: input.request.trigger,
    target: input.target,
    boundary: {
      stages: proposal === undefined || commit === undefined ? [] : proposal.stages,
      files: proposal === undefined || commit === undefined ? [] : changedFiles(proposal.hunks),
      aliases: proposal === undefined || commit === undefined ? [] : movedAliases(proposal),
      ...(commit === undefined ? {} : { commit }),
      ...(input.base === undefined ? {} : { base: input.base }),
    },
    ...(primary === undefined ? {} : { primaryRisk: { risk: primary.risk, why: primary.why } }),
    ...(proposal === undefined ? {} : { change: changeOf(proposal) }),
    validations: [...input.validations],
    residual: residualOf(
      input,
      open.map(({ risk }) => risk),
      closed,
      primary?.risk,
    ),
    followUps,
    qualityChecks: qualityChecks({
      open: open.map(({ risk }) => risk),
      validations: input.validations,
      changed: applied ? (proposal?.stages ?? []) : [],
      ...(input.map === undefined ? {} : { map: input.map }),
      ...(commit === undefined ? {} : { commit }),
      ...(input.undo === undefined ? {} : { undo: input.undo }),
    }),
    ...(proposal === undefined || input.approvals === undefined || input.approvals.length === 0
      ? {}
      : {
          approval: {
            by: input.approvals.map(({ person, comment, at }) => ({ person, comment, at })),
            digest: proposal.digest,
            identity: input.identity ?? 'signed',
            recordHead: input.recordHead ?? '',
          },
        }),
    reasons: [...(input.reasons ?? [])],
    ...(input.undo === undefined ? {} : { undo: input.undo }),
    ...(input.map === undefined ? {} : { map: input.map }),
  };
}

function changeOf(proposal: Proposal): NonNullable<Report['change']> {
  return {
    summary: proposal.summary,
    tradeOff: proposal.tradeOff,
    diff: proposal.diff,
    hunks: proposal.hunks.map(({ path, line, closes, reason }) => ({ path, line, closes, reason })),
    plan: proposal.digest,
  };
}

/** Added and removed lines of each file, counted in its hunks' diffs as `git diff --numstat` counts them. */
function changedFiles(hunks: readonly PlannedHunk[]): Report['boundary']['files'] {
  const files = new Map<string, { added: number; removed: number }>();
  for (const { path, diff } of hunks) {
    const file = files.get(path) ?? { added: 0, removed: 0 };
    for (const line of diff.split('\n')) {
      if (line.startsWith('+')) file.added += 1;
      if (line.startsWith('-')) file.removed += 1;
    }
    files.set(path, file);
  }
  return [...files].map(([path, counts]) => ({ path, ...counts })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function movedAliases(proposal: Proposal): string[] {
  return proposal.plan.operations.flatMap((operation) =>
    operation.kind === 'moveAlias'
      ? [`${operation.model}@${operation.alias}: ${operation.from ?? 'none'} → ${operation.to}`]
      : [],
  );
}

function bySeverity(risks: readonly Risk[]): { risk: Risk; why: string }[] {
  return [...risks]
    .sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || (a.id < b.id ? -1 : 1))
    .map((risk) => ({ risk, why: `${risk.severity} severity, ${risk.confidence}.` }));
}

/**
 * The planner's order where it gave one. Risks that its change would have closed are open while it
 * isn't applied, and come first.
 */
function followUpsOf(input: ReportInput, open: readonly { risk: Risk; why: string }[]): Report['followUps'] {
  const given = new Map((input.followUps ?? []).map((followUp) => [followUp.risk, followUp]));
  const planned = open.filter(({ risk }) => !given.has(risk.id));
  const left = open.filter(({ risk }) => given.has(risk.id));
  left.sort((a, b) => (given.get(a.risk.id)?.priority ?? 0) - (given.get(b.risk.id)?.priority ?? 0));
  return [...planned, ...left].map(({ risk, why }, index) => ({
    priority: index + 1,
    risk: risk.id,
    message: risk.message,
    path: risk.path,
    line: risk.line,
    why: given.get(risk.id)?.why ?? why,
  }));
}

function residualOf(
  input: ReportInput,
  open: readonly Risk[],
  closed: (id: string) => boolean,
  primary: Risk | undefined,
): string[] {
  const residual: string[] = [];
  if (primary !== undefined && !closed(primary.id)) {
    residual.push(
      `The primary operational risk, ${primary.id} (${primary.name}), is not closed: ${primary.consequence}`,
    );
  }
  const grave = open.filter((risk) => risk.id !== primary?.id && severityRank(risk.severity) >= severityRank('high'));
  if (grave.length > 0) {
    residual.push(
      grave.length === 1
        ? '1 more risk of high or critical severity is open.'
        : `${grave.length} more risks of high or critical severity are open.`,
    );
  }
  for (const validation of input.validations) {
    if (validation.verdict === 'not-proved')
      residual.push(`The ${validation.path} path is not proved: ${validation.reason}`);
    if (validation.verdict === 'not-applicable')
      residual.push(`The ${validation.path} path does not apply: ${validation.reason}`);
  }
  const liveOnly = liveOnlyChecks(input.validations).length;
  if (liveOnly > 0)
    residual.push(
      liveOnly === 1
        ? '1 check can only be done in the real environment and was not done.'
        : `${liveOnly} checks can only be done in the real environment and were not done.`,
    );
  const { trigger } = input.request;
  if (trigger.kind === 'incident' && trigger.incident.status === 'firing')
    residual.push(
      'The incident was firing when the task started. Nothing here shows that it has ended: look at the alert itself.',
    );
  // The map is of the base commit: what it could not tell about a place whose risk is closed is told by now.
  const closedPlaces = input.risks.filter(({ id }) => closed(id)).map(({ path, line }) => `${path}:${line}`);
  for (const { stage, text } of input.map?.unknowns ?? []) {
    if (!closedPlaces.some((place) => namesPlace(text, place))) residual.push(`Not known about ${stage}: ${text}`);
  }
  const unreadable = input.map?.unreadable ?? [];
  if (unreadable.length > 0)
    residual.push(
      unreadable.length === 1
        ? '1 file could not be read, so what is in it was not assessed.'
        : `${unreadable.length} files could not be read, so what is in them was not assessed.`,
    );
  for (const comment of input.unanswered ?? [])
    residual.push(`A reviewer’s comment is not answered by the plan: ${comment}`);
  if (input.identity === 'self-declared')
    residual.push('The approver’s identity is self-declared: nothing proves who decided.');
  return residual;
}

/** Whether a text names `path:line`, and not only the beginning of another line's number. */
function namesPlace(text: string, place: string): boolean {
  const at = text.indexOf(place);
  return at >= 0 && !/\d/.test(text.charAt(at + place.length));
}
