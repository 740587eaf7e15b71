import { parsePatch } from 'diff';
import type { Proposal } from '../../contract/plan.js';
import { chop, columnsOf, heading, paragraph } from './layout.js';
import { signs, type Terminal } from './terminal.js';
import { visible } from './visible.js';

/** Lines of a unified diff, coloured; a line that is too long continues on the next. Nothing is left out. */
export function renderDiffLines(lines: readonly string[], terminal: Terminal): string[] {
  const { style } = terminal;
  return lines.flatMap((line) => {
    const colour = line.startsWith('+')
      ? style.green
      : line.startsWith('-')
        ? style.red
        : line.startsWith('@@')
          ? style.cyan
          : style.dim;
    const more = `  ${signs(terminal).wrapped} `;
    const [first = '', ...rest] = chop(visible(line, terminal), terminal.width);
    const others = rest.length === 0 ? [] : chop(rest.join(''), terminal.width - columnsOf(more));
    return [colour(first), ...others.map((piece) => `${style.dim(more)}${colour(piece)}`)];
  });
}

/** The plan's diff, hunk by hunk, with the reason above each. */
export function renderPlan(proposal: Proposal, terminal: Terminal): string[] {
  const { style } = terminal;
  const { files, lines: changed } = proposal.size;
  const size = `${files} file${files === 1 ? '' : 's'}, ${changed} changed line${changed === 1 ? '' : 's'}`;
  const out = [
    ...heading('Plan', size, terminal),
    ...paragraph(proposal.summary, terminal),
    ...paragraph(`Trade-off: ${proposal.tradeOff}`, terminal, { style: style.dim }),
  ];
  for (const file of parsePatch(proposal.diff)) {
    const path = withoutPrefix(file.newFileName === '/dev/null' ? file.oldFileName : file.newFileName);
    out.push('', ...paragraph(path, terminal, { style: style.bold }));
    for (const hunk of file.hunks) {
      const last = hunk.newStart + Math.max(hunk.newLines, 1) - 1;
      const reasons = proposal.hunks.filter(
        (planned) => planned.path === path && planned.line >= hunk.newStart && planned.line <= last,
      );
      for (const reason of new Set(reasons.map((planned) => planned.reason))) {
        out.push(...paragraph(reason, terminal, { first: 'why: ', style: style.yellow }));
      }
      const head = `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;
      out.push(...renderDiffLines([head, ...hunk.lines], terminal));
    }
  }
  for (const operation of proposal.plan.operations) {
    if (operation.kind !== 'moveAlias') continue;
    const { arrow } = signs(terminal);
    const move = `alias ${operation.model}@${operation.alias}: ${operation.from ?? 'none'} ${arrow} ${operation.to} (tag ${operation.tag})`;
    out.push('', ...paragraph(move, terminal, { style: style.bold }));
  }
  return out;
}

/** A file name of a unified diff without git's `a/` or `b/`. */
export function withoutPrefix(name: string | undefined): string {
  return (name ?? '').replace(/^[ab]\//, '');
}
