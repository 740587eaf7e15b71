import type { AlertRule, SourceRange } from './facts.js';

/**
 * Where a part of a rule's expression stands in its file, for splicing; `undefined` when it doesn't
 * stand there verbatim and in one piece (it has escapes, or runs over a folded line break).
 * `range` is in offsets into `rule.expr.value`, as {@link PromqlSelector} gives them.
 */
export function rangeInFile(rule: Pick<AlertRule, 'exprPieces'>, range: SourceRange): SourceRange | undefined {
  const piece = rule.exprPieces.find(({ at, length }) => at <= range.start && range.end <= at + length);
  if (!piece) return undefined;
  const shift = piece.fileAt - piece.at;
  return { start: range.start + shift, end: range.end + shift };
}
