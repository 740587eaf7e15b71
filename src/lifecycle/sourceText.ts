import type { Place } from './facts.js';

/** Turns offsets of a text into lines (from 1), by binary search over the starts of its lines. */
export class LineTable {
  private readonly starts: number[] = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Offset at which a line starts; the text's length past the last one. */
  startOf(line: number): number {
    return this.starts[line - 1] ?? this.text.length;
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** Place of a range; white space at its end doesn't count for `endLine`. */
  place(start: number, end: number): Place {
    let last = end;
    while (last > start && /\s/.test(this.text[last - 1] as string)) last -= 1;
    return { line: this.lineAt(start), endLine: this.lineAt(Math.max(start, last - 1)), range: { start, end } };
  }
}

/** One line, at most `limit` characters, white space collapsed: for evidence. */
export function excerpt(text: string, limit = 200): string {
  const line = text
    .slice(0, limit * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}
