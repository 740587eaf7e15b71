import { MlopsError } from '../contract/errors.js';
import type { Risk } from '../contract/risk.js';
import { severityRank } from '../contract/severity.js';
import type { FileEdit, Snapshot } from '../contract/snapshot.js';
import { applyHunks, hunksBetween, type LineHunk } from './lineHunks.js';
import { overlaySnapshot } from './overlaySnapshot.js';
import { assertSameApartFrom } from './sameApartFrom.js';
import { decodeText } from './textLines.js';

/** More hunks than this are no small change, and each costs at least one assessment. */
const MAX_HUNKS = 64;

export interface ReductionInput {
  base: Snapshot;
  /** What the assessment finds in `base`. */
  risks: readonly Risk[];
  /** The change, whole: new content of each file, as UTF-8. */
  edits: readonly FileEdit[];
  /** Risks that the change closes and that must stay closed. */
  mustClose: readonly Risk[];
  /** Assesses a snapshot. */
  reassess: (snapshot: Snapshot) => Risk[];
}

/** A hunk without which the change doesn't do what it is for. */
export interface NeededHunk extends LineHunk {
  path: string;
  /** Ids of the risks that come back without it. */
  closes: string[];
  /** What happens without it, in one sentence. */
  reason: string;
}

export type Reduction =
  | {
      /** Only what is needed, sorted by path; files without a needed hunk are left out. */
      edits: FileEdit[];
      hunks: NeededHunk[];
      /** What the assessment finds after the reduced change. */
      after: Risk[];
    }
  | { refused: string };

/**
 * Reduces a change to what it needs. The edits are split into hunks without context; then whole
 * files, and after them single hunks from the last to the first, are dropped as long as every risk
 * to close stays closed, no new risk appears (or rises in severity) and every file still says the
 * same apart from the edited lines. This is repeated until no hunk can be dropped any more
 * (1-minimal, as in delta debugging; Zeller and Hildebrandt 2002), so each kept hunk has a reason:
 * what happens without it. Deterministic; at most 64 hunks.
 */
export function reduceChange(input: ReductionInput): Reduction {
  const files = new Map<string, { before: string; hunks: LineHunk[] }>();
  let hunks: Placed[] = [];
  for (const edit of [...input.edits].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const bytes = input.base.read(edit.path);
    const before = bytes === undefined ? undefined : decodeText(bytes);
    const after = decodeText(edit.content);
    if (before === undefined || after === undefined)
      return { refused: `${edit.path} is not a text file of the commit` };
    const found = hunksBetween(before, after);
    if (found === undefined) return { refused: `${edit.path} would change in too many lines` };
    files.set(edit.path, { before, hunks: found });
    hunks.push(...found.map((hunk) => ({ path: edit.path, hunk })));
  }
  if (hunks.length === 0) return { refused: 'the fix changes nothing' };
  if (hunks.length > MAX_HUNKS) return { refused: `the fix has ${hunks.length} hunks, more than ${MAX_HUNKS}` };

  const editsOf = (kept: readonly Placed[]): FileEdit[] =>
    [...files].flatMap(([path, file]) => {
      const own = kept.filter((one) => one.path === path).map((one) => one.hunk);
      return own.length === 0 ? [] : [{ path, content: new TextEncoder().encode(applyHunks(file.before, own)) }];
    });
  const check = (kept: readonly Placed[]) => checkChange(input, editsOf(kept));

  const whole = check(hunks);
  if (whole.fault !== undefined) return { refused: whole.fault };
  let after = whole.after;
  const tryWithout = (dropped: (one: Placed) => boolean): boolean => {
    const kept = hunks.filter((one) => !dropped(one));
    if (kept.length === hunks.length || kept.length === 0) return false;
    const result = check(kept);
    if (result.fault !== undefined) return false;
    hunks = kept;
    after = result.after;
    return true;
  };
  for (const path of [...files.keys()].reverse()) tryWithout((one) => one.path === path);
  let dropped = true;
  while (dropped) {
    dropped = false;
    for (const one of [...hunks].reverse()) dropped = tryWithout((other) => other === one) || dropped;
  }

  const edits = editsOf(hunks);
  const needed = hunks.map((one): NeededHunk => {
    const without = check(hunks.filter((other) => other !== one));
    const offset = hunks
      .filter((other) => other.path === one.path && other.hunk.oldStart < one.hunk.oldStart)
      .reduce((sum, { hunk }) => sum + hunk.added.length - hunk.removed.length, 0);
    return {
      ...one.hunk,
      newStart: one.hunk.oldStart + offset,
      path: one.path,
      closes: without.open.map((risk) => risk.id),
      reason: `Without it, ${without.fault ?? 'nothing changes'}.`,
    };
  });
  return { edits, hunks: needed, after };
}

interface Placed {
  path: string;
  hunk: LineHunk;
}

interface Check {
  /** Why the change isn't good; `undefined` when it is. */
  fault: string | undefined;
  /** Risks to close that are still there. */
  open: Risk[];
  after: Risk[];
}

function checkChange(input: ReductionInput, edits: readonly FileEdit[]): Check {
  try {
    const changed = overlaySnapshot(input.base, edits);
    const after = input.reassess(changed);
    const found = new Set(after.map((risk) => risk.id));
    const open = input.mustClose.filter((risk) => found.has(risk.id));
    const severities = new Map(input.risks.map((risk) => [risk.id, severityRank(risk.severity)]));
    const worse = after.filter((risk) => severityRank(risk.severity) > (severities.get(risk.id) ?? -1));
    const faults = [
      ...open.map((risk) => `${risk.id} (${risk.name}) stays open: ${risk.message}`),
      ...worse.map((risk) => `${risk.id} (${risk.name}) appears: ${risk.message}`),
    ].map((fault) => fault.replace(/[.\s]+$/u, ''));
    if (faults.length === 0) {
      for (const edit of edits) {
        assertSameApartFrom(edit.path, input.base.text(edit.path) ?? '', decodeText(edit.content) ?? '');
      }
    }
    return { fault: faults.length === 0 ? undefined : faults.join('; '), open, after };
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    return { fault: `${error.message}${error.where === undefined ? '' : ` (${error.where})`}`, open: [], after: [] };
  }
}
