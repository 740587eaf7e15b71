import type { EncodedPath } from '../contract/encodedPath.js';
import type { Snapshot } from '../contract/snapshot.js';

/** Most characters of an evidence line, as the contract says. */
const LONGEST = 200;
const MOST = 5;

/** A line of a file as evidence: `path:line: text`. */
export function quoteLine(snapshot: Snapshot, path: EncodedPath, line: number): string {
  const text = snapshot.text(path)?.split(/\r?\n/)[line - 1]?.trim() ?? '';
  return clip(`${path}:${line}: ${text}`);
}

/** At most five pieces of evidence, each of at most 200 characters. */
export function evidenceOf(...lines: string[]): string[] {
  const shown = [...new Set(lines)].map(clip);
  return shown.length <= MOST ? shown : [...shown.slice(0, MOST - 1), `and ${shown.length - MOST + 1} more`];
}

/** Names joined for a sentence: `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  if (names.length === 0) return '';
  if (names.length === 1) return names[0] as string;
  if (names.length <= most) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
}

/** Makes subjects of one file distinct: the second of the same name becomes `name (2)`. */
export class SubjectNumbering {
  readonly #counts = new Map<string, number>();

  next(path: EncodedPath, subject: string): string {
    const key = `${path}\n${subject}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count === 1 ? subject : `${subject} (${count})`;
  }
}

function clip(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
