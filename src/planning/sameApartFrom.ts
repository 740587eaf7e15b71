import { parser as pythonParser } from '@lezer/python';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { MlopsError } from '../contract/errors.js';
import { hunksBetween, type LineHunk } from './lineHunks.js';

const YAML_NAME = /(\.ya?ml|(^|\/)(dvc\.lock|MLmodel|MLproject))$/i;
const MAX_DEPTH = 64;

/**
 * Makes sure that an edited text still says the same apart from the lines that were edited.
 *
 * - YAML: every document parses (duplicate keys count as an error), their number is the same, and
 *   every value that stands on untouched lines is still there, at the same place of the data, with
 *   the same value; nothing new appears on untouched lines. So an edit can't swallow, re-parent or
 *   re-type what it doesn't mean: a changed indentation, an unclosed quote, an anchor that is used
 *   elsewhere. Positions within a sequence don't count, and a key that is itself on an edited line
 *   may be renamed above untouched values.
 * - Python: parses without error nodes, if it did before.
 * - JSON: parses, if it did before.
 *
 * @throws MlopsError MLOPS-PLN-001, which says what would change, with the path and line.
 */
export function assertSameApartFrom(path: string, before: string, after: string): void {
  if (YAML_NAME.test(path)) assertYamlSame(path, before, after);
  else if (/\.pyi?$/i.test(path)) assertStillParses(path, before, after, parsesAsPython, 'Python');
  else if (/\.json$/i.test(path)) assertStillParses(path, before, after, parsesAsJson, 'JSON');
}

function assertStillParses(
  path: string,
  before: string,
  after: string,
  parses: (text: string) => boolean,
  language: string,
): void {
  if (parses(before) && !parses(after)) throw refusal(path, `the file would no longer parse as ${language}`);
}

function parsesAsPython(text: string): boolean {
  let clean = true;
  pythonParser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) clean = false;
      return clean;
    },
  });
  return clean;
}

function parsesAsJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}

function assertYamlSame(path: string, before: string, after: string): void {
  const hunks = hunksBetween(before, after);
  if (hunks === undefined) throw refusal(path, 'too many lines would change');
  const old = readValues(path, before, 'is no valid YAML');
  const fresh = readValues(path, after, 'would be no valid YAML');
  if (old.documents !== fresh.documents) {
    throw refusal(path, `the file would hold ${fresh.documents} documents instead of ${old.documents}`);
  }
  const oldEdited = editedLines(hunks, 'old');
  const freshEdited = editedLines(hunks, 'new');
  for (const [values, edited] of [
    [old, oldEdited],
    [fresh, freshEdited],
  ] as const) {
    const name = values.anchors.find(
      (anchor) =>
        edited.touches(anchor) && values.aliases.some((alias) => alias.name === anchor.name && !edited.touches(alias)),
    );
    if (name !== undefined) throw refusal(path, 'the edit is inside an anchor that is used elsewhere', name.start);
  }
  const shift = lineShift(hunks);
  const kept = untouchedValues(old, oldEdited, shift);
  const found = untouchedValues(fresh, freshEdited, (line) => line);
  // Lines put behind a block scalar or a key without a value belong to it: that is the edit itself.
  for (const [key, value] of kept) {
    if (found.has(key) || (value.open && oldEdited.follows(value))) continue;
    throw refusal(path, 'the edit would change a value on a line that it does not touch', value.start);
  }
  for (const [key, value] of found) {
    if (kept.has(key) || (value.open && freshEdited.follows(value))) continue;
    throw refusal(path, 'the edit would give a new meaning to a line that it does not touch', value.start);
  }
}

interface Value {
  document: number;
  keys: { name: string; line: number }[];
  value: string;
  /** Lines from 1, both ends included. */
  start: number;
  end: number;
  /** A block scalar or a key without a value: lines put behind it may become part of it. */
  open: boolean;
}

interface Named {
  name: string;
  start: number;
  end: number;
}

interface Values {
  documents: number;
  values: Value[];
  anchors: Named[];
  aliases: Named[];
}

/** The leaves of every document (scalars, aliases, empty collections), each with its lines. */
function readValues(path: string, text: string, otherwise: string): Values {
  const lines = new LineCounter();
  const out: Values = { documents: 0, values: [], anchors: [], aliases: [] };
  let documents: Document.Parsed[];
  try {
    // The library's own check for duplicate keys compares every pair with every other.
    const parsed = parseAllDocuments(text, { uniqueKeys: false, lineCounter: lines });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch {
    throw refusal(path, `the file ${otherwise}`);
  }
  out.documents = documents.length;
  const starts: number[] = [];
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const lastLine = (start: number, end: number) => {
    let last = end;
    while (last > start && /\s/.test(text[last - 1] as string)) last -= 1;
    return lineOf(Math.max(start, last - 1));
  };
  const implicitNulls: Value[] = [];

  const walk = (node: Node | null, document: number, keys: Value['keys'], at: number): void => {
    if (keys.length > MAX_DEPTH) throw refusal(path, `the file is nested deeper than ${MAX_DEPTH} levels`);
    const range = node?.range ?? [at, at, at];
    const start = lineOf(range[0]);
    const end = lastLine(range[0], range[1]);
    const leaf = (value: string, open = false): Value => {
      const made = { document, keys, value, start, end, open };
      out.values.push(made);
      return made;
    };
    if (isAlias(node)) {
      starts.push(range[0]);
      leaf(`*${node.source}`);
      out.aliases.push({ name: node.source, start, end });
      return;
    }
    if (node !== null && 'anchor' in node && typeof node.anchor === 'string')
      out.anchors.push({ name: node.anchor, start, end });
    if (isMap(node) && node.items.length > 0) {
      const seen = new Set<string>();
      for (const pair of node.items) {
        const key = pair.key as Node | null;
        const name = isScalar(key) ? String(key.value) : text.slice(key?.range?.[0] ?? 0, key?.range?.[1] ?? 0);
        if (seen.has(name) && name !== '<<')
          throw refusal(path, `the file ${otherwise}: a key stands twice`, lineOf(key?.range?.[0] ?? 0));
        seen.add(name);
        const keyAt = key?.range?.[0] ?? range[0];
        starts.push(keyAt);
        walk(
          pair.value as Node | null,
          document,
          [...keys, { name: `.${name}`, line: lineOf(keyAt) }],
          key?.range?.[1] ?? keyAt,
        );
      }
      return;
    }
    if (isSeq(node) && node.items.length > 0) {
      for (const item of node.items) walk(item as Node | null, document, [...keys, { name: '[]', line: 0 }], range[0]);
      return;
    }
    if (isMap(node)) leaf('{}');
    else if (isSeq(node)) leaf('[]');
    else if (isScalar(node)) {
      const implicit = node.value === null && range[0] === range[1];
      const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
      const made = leaf(`${node.tag ?? ''} ${typeof node.value} ${String(node.value)}`, implicit || block);
      if (implicit) implicitNulls.push(made);
      else starts.push(range[0]);
    } else implicitNulls.push(leaf(' object null', true));
  };

  documents.forEach((document, index) => {
    const error = document.errors[0];
    if (error !== undefined) throw refusal(path, `the file ${otherwise}`, lineOf(error.pos[0]));
    if (document.contents !== null) walk(document.contents as Node, index, [], 0);
  });
  // A key without a value owns the lines down to the next thing: what is put there becomes its value.
  const startLines = [...new Set(starts.map(lineOf))].sort((a, b) => a - b);
  const textLines = lines.lineStarts.length;
  for (const value of implicitNulls) {
    value.end = (startLines.find((line) => line > value.start) ?? textLines + 1) - 1;
  }
  return out;
}

interface EditedLines {
  touches(lines: { start: number; end: number }): boolean;
  /** Whether an edit stands directly behind these lines. */
  follows(lines: { end: number }): boolean;
}

function editedLines(hunks: readonly LineHunk[], side: 'old' | 'new'): EditedLines {
  const ranges = hunks.map((hunk) => {
    const first = (side === 'old' ? hunk.oldStart : hunk.newStart) + 1;
    const count = side === 'old' ? hunk.removed.length : hunk.added.length;
    return { first, last: first + count - 1 };
  });
  return {
    touches: ({ start, end }) =>
      ranges.some(({ first, last }) => {
        // An empty range: the other side has lines between the lines before `first` and `first`.
        if (last < first) return start < first && first <= end;
        return start <= last && end >= first;
      }),
    follows: ({ end }) => ranges.some(({ first }) => first === end + 1),
  };
}

/** Old line number → new line number of a line that no hunk touches. */
function lineShift(hunks: readonly LineHunk[]): (line: number) => number {
  return (line) => {
    let shift = 0;
    for (const hunk of hunks) {
      if (hunk.oldStart + hunk.removed.length >= line) break;
      shift += hunk.added.length - hunk.removed.length;
    }
    return line + shift;
  };
}

/** The untouched values by document, line, place in the data and value. Equal values on one line are numbered. */
function untouchedValues(values: Values, edited: EditedLines, newLine: (line: number) => number): Map<string, Value> {
  const out = new Map<string, Value>();
  for (const value of values.values) {
    if (edited.touches(value)) continue;
    const keys = value.keys.map(({ name, line }) =>
      line > 0 && edited.touches({ start: line, end: line }) ? '*' : name,
    );
    const base = JSON.stringify([value.document, newLine(value.start), keys, value.value]);
    let count = 0;
    while (out.has(`${base}${count}`)) count += 1;
    out.set(`${base}${count}`, value);
  }
  return out;
}

function refusal(path: string, message: string, line?: number): MlopsError {
  return new MlopsError('MLOPS-PLN-001', message, { where: line === undefined ? path : `${path}:${line}` });
}
