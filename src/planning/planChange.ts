import { MlopsError } from '../contract/errors.js';
import type { ChangePolicy } from '../contract/policy.js';
import type { Goal, Trigger } from '../contract/request.js';
import type { Risk } from '../contract/risk.js';
import type { FileEdit, Snapshot } from '../contract/snapshot.js';
import type { LifecycleStage } from '../contract/stage.js';
import type { Rule, RuleContext } from '../risks/rule.js';
import { blastRadius } from './blastRadius.js';
import type { ChangeDraft, FollowUp, NoChange } from './changeDraft.js';
import { belongsTogether } from './coherentSet.js';
import { commitMessage } from './commitMessage.js';
import { judgeEdit } from './judgeEdit.js';
import { changedLines, hunksBetween } from './lineHunks.js';
import { overlaySnapshot } from './overlaySnapshot.js';
import { type RankedRisk, rankRisks } from './rankRisks.js';
import { type NeededHunk, reduceChange } from './reduceChange.js';
import { readRevision } from './revision.js';
import { knownModels } from './riskTies.js';
import { safeName } from './safeName.js';
import { decodeText } from './textLines.js';
import { touchedStages } from './touchedPlaces.js';
import { hunkDiff, unifiedDiff } from './unifiedDiff.js';

/** A rule's mechanical fix. */
export type Fix = Exclude<FixResult, { unfixable: string }>;
export type FixResult = ReturnType<NonNullable<Rule['fix']>>;

export interface PlanChangeInput {
  /** The base commit, read, parsed and mapped. */
  context: RuleContext;
  /** What the assessment finds in it. */
  risks: readonly Risk[];
  /** Assesses a changed snapshot in the same way. */
  reassess: (snapshot: Snapshot) => Risk[];
  fixFor: (risk: Risk, context: RuleContext) => FixResult;
  contextOf: (snapshot: Snapshot) => RuleContext;
  trigger: Trigger;
  goal: Goal;
  policy: ChangePolicy;
  /** Models that the policy names. */
  models: readonly string[];
  /** Stages that may be touched: the policy's, and by which the request was allowed to widen them. */
  stages: readonly LifecycleStage[];
  /** Judges paths by the policies; each violation is a sentence. */
  judgePaths: (paths: string[]) => string[];
  /** Reviewers' comments on earlier revisions; see `readRevision` for what they can do. */
  objections?: readonly string[];
  /** Ids of risks and paths to leave out, besides those that `objections` name. */
  excluded?: readonly string[];
}

/**
 * Plans the smallest safe change for one trigger. Pure and synchronous: the same input gives the
 * same plan, byte for byte.
 *
 * 1. Risks are ranked for the trigger (`rankRisks`). The first is the primary operational risk,
 *    whether or not it can be fixed.
 * 2. The first risk that concerns the trigger and has a safe mechanical fix within boundary and
 *    budget becomes what the change is for. If none concerns the trigger: `no_change_needed`; if
 *    none can be fixed: `no_safe_change`, with the reason for each.
 * 3. Risks that block the same proof of the same thing join it (`belongsTogether`).
 * 4. Each fix is made on top of the ones before, the whole reduced to what it needs (`reduceChange`), and
 *    left out with a reason when it edits lines that an earlier one edited, leaves the boundary,
 *    exceeds the budget, or can't be made without changing more than it means to (MLOPS-PLN-001).
 *
 * Everything else that was found becomes a follow-up, in the order of the ranking.
 */
export function planChange(input: PlanChangeInput): ChangeDraft | NoChange {
  const { snapshot, map } = input.context;
  const revision = readRevision(
    input.objections ?? [],
    input.risks,
    snapshot.entries.map((entry) => entry.path),
  );
  const excluded = new Set([...(input.excluded ?? []), ...revision.excluded]);
  const ranked = rankRisks({
    risks: input.risks,
    map,
    models: input.models,
    trigger: input.trigger,
    goal: input.goal,
    stages: input.stages,
    judgePaths: input.judgePaths,
  });
  const concerned = ranked.filter(({ relevance }) => relevance !== 'unrelated');
  const primary = concerned[0];
  if (primary === undefined) {
    return {
      outcome: 'no_change_needed',
      reasons: whatWasLookedAt(input),
      followUps: followUps(ranked, new Map()),
      skipped: [],
      unanswered: revision.unanswered,
    };
  }

  const skipped = new Map<string, string>();
  let work: Work = { edits: [], hunks: [], after: input.risks, chosen: [], fixes: [] };
  for (const { risk } of concerned) {
    const result = addFix(input, excluded, work, risk);
    if ('refused' in result) skipped.set(risk.id, result.refused);
    else {
      work = result;
      break;
    }
  }
  const anchor = work.chosen[0];
  if (anchor === undefined) {
    return {
      outcome: 'no_safe_change',
      reasons: concerned.map(
        ({ risk }) =>
          `${risk.id} (${risk.name}) in ${safeName(risk.path, 200)}, line ${risk.line}: ${skipped.get(risk.id)}`,
      ),
      primaryRisk: primary.risk,
      primaryWhy: primary.why,
      followUps: followUps(ranked, skipped),
      skipped: listed(skipped),
      unanswered: revision.unanswered,
    };
  }

  const known = knownModels(map, input.models);
  for (const { risk } of ranked) {
    if (skipped.has(risk.id) || !belongsTogether(anchor, risk, map, known)) continue;
    const result = addFix(input, excluded, work, risk);
    if ('refused' in result) skipped.set(risk.id, result.refused);
    else work = result;
  }
  return draftOf(input, { ranked, primary, work, known, skipped, unanswered: revision.unanswered });
}

/** Fixes that are in, made one on top of the other and reduced together. */
interface Work {
  /** Whole change so far, against the base commit. */
  edits: FileEdit[];
  hunks: NeededHunk[];
  /** What the assessment finds after it. */
  after: readonly Risk[];
  chosen: Risk[];
  fixes: Fix[];
}

/** Puts one risk's fix on top of the work, or says why not. */
function addFix(
  input: PlanChangeInput,
  excluded: ReadonlySet<string>,
  work: Work,
  risk: Risk,
): Work | { refused: string } {
  if (excluded.has(risk.id) || excluded.has(risk.path)) return { refused: 'left out at a reviewer’s wish' };
  if (!risk.fixable) return { refused: risk.unfixableBecause ?? 'the rule has no mechanical fix' };
  if (!input.stages.includes(risk.stage)) return { refused: outsideStages(input, [risk.stage]) };

  const base = input.context.snapshot;
  const current = overlaySnapshot(base, work.edits);
  const now = work.after.find((other) => other.id === risk.id);
  // An earlier fix has closed it already: it only has to stay closed.
  if (now === undefined) return reduced(input, work, risk, work.edits);

  const fix = mechanicalFix(input, now, work.edits.length === 0 ? input.context : input.contextOf(current));
  if ('refused' in fix) return fix;
  const paths = fix.edits.map((edit) => edit.path);
  const left = paths.find((path) => excluded.has(path));
  if (left !== undefined) return { refused: `it edits ${safeName(left, 200)}, left out at a reviewer’s wish` };
  const violations = input.judgePaths(paths);
  if (violations.length > 0) return { refused: violations.join('; ') };
  for (const edit of fix.edits) {
    const fault = judgeEdit(base, edit);
    if (fault !== undefined) return { refused: fault };
  }
  if (editsSameLines(base, current, fix.edits))
    return { refused: 'it edits the same lines as a fix that comes before it' };
  return reduced(input, { ...work, fixes: [...work.fixes, fix] }, risk, onTop(work.edits, fix.edits));
}

/** Reduces the whole with one risk more to close, and judges what is left by stages and budget. */
function reduced(
  input: PlanChangeInput,
  work: Work,
  risk: Risk,
  edits: readonly FileEdit[],
): Work | { refused: string } {
  const chosen = [...work.chosen, risk];
  const reduction = reduceChange({
    base: input.context.snapshot,
    risks: input.risks,
    edits,
    mustClose: chosen,
    reassess: input.reassess,
  });
  if ('refused' in reduction) return reduction;
  const outside = touchedStages(input.context.map, reduction.hunks, chosen).filter(
    (stage) => !input.stages.includes(stage),
  );
  if (outside.length > 0) return { refused: outsideStages(input, outside) };
  const lines = changedLines(reduction.hunks);
  const files = reduction.edits.length;
  const { budget } = input.policy;
  if (files > budget.files || lines > budget.lines) {
    return {
      refused:
        `the change would have ${files} files and ${lines} lines; ` +
        `the budget is ${budget.files} files and ${budget.lines} lines`,
    };
  }
  return { edits: reduction.edits, hunks: reduction.hunks, after: reduction.after, chosen, fixes: work.fixes };
}

function mechanicalFix(input: PlanChangeInput, risk: Risk, context: RuleContext): Fix | { refused: string } {
  try {
    const fix = input.fixFor(risk, context);
    return 'unfixable' in fix ? { refused: fix.unfixable } : fix;
  } catch (error) {
    // A fix says so itself when it can't be made byte-exactly (MLOPS-PLN-001).
    if (error instanceof MlopsError)
      return { refused: error.where === undefined ? error.message : `${error.message} (${error.where})` };
    throw error;
  }
}

function outsideStages(input: PlanChangeInput, stages: readonly LifecycleStage[]): string {
  const widening = stages.filter((stage) => input.policy.widenTo.includes(stage));
  const way = widening.length === stages.length ? '; a person’s request may widen it' : '';
  return `it touches ${stages.join(', ')}, outside the boundary (${input.stages.join(', ')})${way}`;
}

/** Whether edits against the current state touch lines that the current state has changed already. */
function editsSameLines(base: Snapshot, current: Snapshot, edits: readonly FileEdit[]): boolean {
  return edits.some((edit) => {
    const earlier = hunksBetween(base.text(edit.path) ?? '', current.text(edit.path) ?? '') ?? [];
    const later = hunksBetween(current.text(edit.path) ?? '', decodeText(edit.content) ?? '') ?? [];
    return later.some((hunk) =>
      earlier.some((other) => {
        const [first, last] = [other.newStart, other.newStart + other.added.length];
        const [from, to] = [hunk.oldStart, hunk.oldStart + hunk.removed.length];
        // An insertion inside of changed lines conflicts; one before or after them doesn't.
        return from === to || first === last ? first < from && from < last : from < last && first < to;
      }),
    );
  });
}

function onTop(earlier: readonly FileEdit[], later: readonly FileEdit[]): FileEdit[] {
  const contents = new Map([...earlier, ...later].map((edit) => [edit.path, edit.content]));
  return [...contents].map(([path, content]) => ({ path, content })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Drafting {
  ranked: readonly RankedRisk[];
  primary: RankedRisk;
  work: Work;
  known: readonly string[];
  skipped: Map<string, string>;
  unanswered: string[];
}

function draftOf(input: PlanChangeInput, { ranked, primary, work, known, skipped, unanswered }: Drafting): ChangeDraft {
  const { snapshot: base, map } = input.context;
  const left = new Set(work.after.map((risk) => risk.id));
  const chosen = new Set(work.chosen.map((risk) => risk.id));
  const closes = [
    ...work.chosen,
    ...ranked.map(({ risk }) => risk).filter((risk) => !left.has(risk.id) && !chosen.has(risk.id)),
  ];
  const edits = work.edits.map(({ path, content }) => ({
    path,
    before: base.read(path) as Uint8Array,
    after: content,
  }));
  const texts = edits.map(({ path, before, after }) => ({
    path,
    before: decodeText(before) as string,
    after: decodeText(after) as string,
  }));
  const stages = touchedStages(map, work.hunks, work.chosen);
  const size = { files: edits.length, lines: changedLines(work.hunks) };
  const files = edits.map(({ path }) => {
    const own = work.hunks.filter((hunk) => hunk.path === path);
    const sum = (side: 'added' | 'removed') => own.reduce((lines, hunk) => lines + hunk[side].length, 0);
    return { path, added: sum('added'), removed: sum('removed') };
  });
  const open = closes.every((risk) => risk.id !== primary.risk.id);
  return {
    outcome: 'change',
    edits,
    closes,
    primaryRisk: primary.risk,
    primaryWhy: open
      ? `${primary.why} This change does not close it: ${skipped.get(primary.risk.id) ?? 'it has no safe fix'}.`
      : primary.why,
    hunks: work.hunks.map(plannedHunk),
    diff: texts.map(({ path, before, after }) => unifiedDiff(path, before, after)).join(''),
    summary: summaryOf(closes, size, stages),
    tradeOff: [...new Set(work.fixes.map((fix) => fix.tradeOff.trim()).filter((text) => text !== ''))].join(' '),
    blastRadius: blastRadius(map, known, work.hunks, work.chosen, stages),
    commitMessage: commitMessage({ closes, trigger: input.trigger, stages, files }),
    size,
    stages,
    followUps: followUps(
      ranked.filter(({ risk }) => left.has(risk.id)),
      skipped,
    ),
    skipped: listed(skipped),
    unanswered,
  };
}

function plannedHunk(hunk: NeededHunk): ChangeDraft['hunks'][number] {
  return { path: hunk.path, line: hunk.newStart + 1, diff: hunkDiff(hunk), closes: hunk.closes, reason: hunk.reason };
}

function summaryOf(closes: readonly Risk[], size: ChangeDraft['size'], stages: readonly LifecycleStage[]): string {
  const rules = [...new Set(closes.map((risk) => `${risk.rule} ${risk.name}`))];
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const where = `${count(size.files, 'file')} and ${count(size.lines, 'line')} of ${stages.join(', ')}`;
  return `Close ${count(closes.length, 'risk')} (${rules.join(', ')}) in ${where}.`;
}

function followUps(ranked: readonly RankedRisk[], skipped: ReadonlyMap<string, string>): FollowUp[] {
  return ranked.map(({ risk, why }, index) => {
    const reason = skipped.get(risk.id);
    return {
      priority: index + 1,
      risk: risk.id,
      message: risk.message,
      path: risk.path,
      line: risk.line,
      why: reason === undefined ? why : `${why} Not in this change: ${reason}.`,
    };
  });
}

function listed(skipped: ReadonlyMap<string, string>): { risk: string; reason: string }[] {
  return [...skipped].map(([risk, reason]) => ({ risk, reason }));
}

function whatWasLookedAt(input: PlanChangeInput): string[] {
  const { map, snapshot } = input.context;
  const concern =
    input.trigger.kind === 'incident'
      ? 'the incident'
      : input.trigger.kind === 'audit'
        ? 'the audit finding'
        : 'the request';
  const found =
    input.risks.length === 0
      ? 'no risk was found'
      : `${input.risks.length === 1 ? '1 risk was' : `${input.risks.length} risks were`} found, and none concerns ${concern}`;
  return [
    `Looked at ${snapshot.entries.length} files and ${map.components.length} components of the lifecycle; ${found}.`,
    ...map.unknowns.map((unknown) => `${unknown.stage}: ${unknown.text}`),
  ];
}
