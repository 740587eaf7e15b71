import { diffArrays } from 'diff';
import { splitLines } from './textLines.js';

/** A run of lines that differs, without context. Indices count lines from 0. */
export interface LineHunk {
  /** Index in the old lines of the first removed line, or the place of the insertion. */
  oldStart: number;
  /** Index in the new lines of the first added line, or the place of the removal. */
  newStart: number;
  removed: string[];
  added: string[];
}

/** Beyond so many added and removed lines no change is small. Myers' algorithm takes O(ND) for D of them. */
const MAX_EDIT_LENGTH = 1000;

/** The hunks that turn one text into another, in order; `undefined` when they differ by more than 1000 lines. */
export function hunksBetween(before: string, after: string): LineHunk[] | undefined {
  const parts = diffArrays(splitLines(before), splitLines(after), { maxEditLength: MAX_EDIT_LENGTH });
  if (parts === undefined) return undefined;
  const hunks: LineHunk[] = [];
  let open: LineHunk | undefined;
  let oldAt = 0;
  let newAt = 0;
  for (const part of parts) {
    if (!part.added && !part.removed) {
      open = undefined;
      oldAt += part.value.length;
      newAt += part.value.length;
      continue;
    }
    if (open === undefined) {
      open = { oldStart: oldAt, newStart: newAt, removed: [], added: [] };
      hunks.push(open);
    }
    if (part.removed) {
      open.removed.push(...part.value);
      oldAt += part.value.length;
    } else {
      open.added.push(...part.value);
      newAt += part.value.length;
    }
  }
  return hunks;
}

/** Applies hunks (all of them or some, in order) to the text they were made from. */
export function applyHunks(before: string, hunks: readonly LineHunk[]): string {
  const lines = splitLines(before);
  const out: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    out.push(...lines.slice(at, hunk.oldStart), ...hunk.added);
    at = hunk.oldStart + hunk.removed.length;
  }
  out.push(...lines.slice(at));
  return out.join('');
}

/**
 * Changed lines as the budget counts them: for each hunk without context the larger of added and
 * removed (`git diff -U0 --numstat` gives both), so a replaced line counts once.
 */
export function changedLines(hunks: readonly LineHunk[]): number {
  return hunks.reduce((sum, hunk) => sum + Math.max(hunk.added.length, hunk.removed.length), 0);
}
