import { parseAllDocuments } from 'yaml';
import { MlopsError } from '../contract/errors.js';
import { splitLines } from './textLines.js';

// Byte-exact edits of text. A YAML library that prints a document again changes quoting, comments
// and blank lines elsewhere; here only the pieces that are named change. Offsets are UTF-16 offsets
// into the text as it is, byte order mark included, which is also how the readers count.

/** Replaces `[start, end)` of a text. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/**
 * Applies splices, in any order.
 * @throws MlopsError `MLOPS-PLN-001` when two of them overlap or one lies outside of the text.
 */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let out = '';
  let at = 0;
  for (const splice of [...splices].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (splice.start < at || splice.end < splice.start || splice.end > text.length) {
      throw new MlopsError(
        'MLOPS-PLN-001',
        `The edit at offsets ${splice.start} to ${splice.end} overlaps another or lies outside.`,
      );
    }
    out += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return out + text.slice(at);
}

/** The ending that a line (counted from 1) has, else that of the first line that has one, else LF. */
export function lineEnding(text: string, line = 1): '\n' | '\r\n' {
  const lines = splitLines(text);
  const own = lines[line - 1];
  const model = own?.endsWith('\n') ? own : lines.find((each) => each.endsWith('\n'));
  return model?.endsWith('\r\n') ? '\r\n' : '\n';
}

/** White space that a line (counted from 1) begins with; a byte order mark is no part of it. */
export function indentationOf(text: string, line: number): string {
  return (splitLines(text)[line - 1] ?? '').replace(/^\uFEFF/, '').match(/^[ \t]*/)?.[0] ?? '';
}

/**
 * Inserts whole lines after a line (counted from 1; 0 puts them first, behind a byte order mark),
 * with the file's line ending. A last line without an ending stays the last one without.
 */
export function insertLines(text: string, afterLine: number, inserted: readonly string[]): string {
  if (inserted.length === 0) return text;
  const lines = splitLines(text);
  if (afterLine < 0 || afterLine > lines.length) {
    throw new MlopsError('MLOPS-PLN-001', `There is no line ${afterLine} to insert after.`);
  }
  const ending = lineEnding(text, Math.max(afterLine, 1));
  const before = lines.slice(0, afterLine).join('');
  const after = lines.slice(afterLine).join('');
  if (afterLine === 0) {
    const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
    return mark + inserted.map((line) => line + ending).join('') + text.slice(mark.length);
  }
  if (before.endsWith('\n')) return before + inserted.map((line) => line + ending).join('') + after;
  return before + inserted.map((line) => ending + line).join('');
}

/** Removes whole lines, first and last counted from 1, both included. */
export function removeLines(text: string, first: number, last: number): string {
  const lines = splitLines(text);
  if (first < 1 || last < first || last > lines.length) {
    throw new MlopsError('MLOPS-PLN-001', `There are no lines ${first} to ${last} to remove.`);
  }
  return lines.slice(0, first - 1).join('') + lines.slice(last).join('');
}

/**
 * Source of a scalar with a new value, quoted as the old source was: `'…'`, `"…"` or plain.
 * @throws MlopsError `MLOPS-PLN-001` when the value can't stand there in that style.
 */
export function scalarLike(oldSource: string, value: string): string {
  if (oldSource.startsWith("'")) return `'${value.replaceAll("'", "''")}'`;
  if (oldSource.startsWith('"')) return JSON.stringify(value);
  if (!/^[A-Za-z0-9_./@-][A-Za-z0-9_./@:+-]*$/.test(value) || value.endsWith(':')) {
    throw new MlopsError('MLOPS-PLN-001', `The value ${JSON.stringify(value)} cannot stand unquoted.`);
  }
  return value;
}

/** A place in parsed YAML where two texts differ: document index, then keys and indices. */
export interface YamlDifference {
  path: (string | number)[];
  before: unknown;
  after: unknown;
}

/**
 * Where the parsed content of two YAML texts differs, down to the smallest parts: how a fix shows
 * that it changed what it meant to and nothing else. `undefined` when one of them doesn't parse.
 */
export function yamlDifferences(before: string, after: string): YamlDifference[] | undefined {
  const first = parsed(before);
  const second = parsed(after);
  if (!first || !second) return undefined;
  const found: YamlDifference[] = [];
  compare(first, second, [], found);
  return found;
}

function parsed(text: string): unknown[] | undefined {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.some((document) => document.errors.length > 0)) return undefined;
  try {
    return documents.map((document) => document.toJS({ maxAliasCount: 100 }) as unknown);
  } catch {
    // Aliases that would expand without bound.
    return undefined;
  }
}

function compare(before: unknown, after: unknown, path: (string | number)[], found: YamlDifference[]): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (let index = 0; index < before.length; index += 1)
      compare(before[index], after[index], [...path, index], found);
    return;
  }
  if (isMapping(before) && isMapping(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[key], after[key], [...path, key], found);
    }
    return;
  }
  found.push({ path, before, after });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
