import { structuredPatch } from 'diff';
import type { LineHunk } from './lineHunks.js';

const NO_NEWLINE = '\\ No newline at end of file';

/**
 * Unified diff of one file with three lines of context and the prefixes `a/` and `b/`, as
 * `git apply` takes it. Empty when nothing differs.
 */
export function unifiedDiff(path: string, before: string, after: string): string {
  const { hunks } = structuredPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 });
  if (hunks.length === 0) return '';
  // A tab ends a name that holds a space; git and GNU patch both write it.
  const end = path.includes(' ') ? '\t' : '';
  const out = [`--- a/${path}${end}`, `+++ b/${path}${end}`];
  for (const hunk of hunks) {
    const oldStart = hunk.oldLines === 0 ? hunk.oldStart - 1 : hunk.oldStart;
    const newStart = hunk.newLines === 0 ? hunk.newStart - 1 : hunk.newStart;
    out.push(`@@ -${oldStart},${hunk.oldLines} +${newStart},${hunk.newLines} @@`, ...hunk.lines);
  }
  return `${out.join('\n')}\n`;
}

/** One hunk without context, as a unified diff without file names. */
export function hunkDiff(hunk: LineHunk): string {
  const range = (start: number, count: number) => `${count === 0 ? start : start + 1},${count}`;
  const lines = [`@@ -${range(hunk.oldStart, hunk.removed.length)} +${range(hunk.newStart, hunk.added.length)} @@`];
  for (const [sign, content] of [
    ['-', hunk.removed],
    ['+', hunk.added],
  ] as const) {
    for (const line of content) {
      if (line.endsWith('\n')) lines.push(sign + line.slice(0, -1));
      else lines.push(sign + line, NO_NEWLINE);
    }
  }
  return `${lines.join('\n')}\n`;
}
