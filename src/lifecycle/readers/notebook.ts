import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Notebook, Place, PythonModule } from '../facts.js';
import { type JsonValue, jsonAt, jsonString, readJson } from '../jsonDocument.js';
import { readPython } from './python.js';
import { classifyRoles } from './pythonRoles.js';

/** Code cells, and characters of them, that are read. */
const MAX_CELLS = 1000;
const MAX_CODE = 512 * 1024;

/** One line of code, and the notebook's line that holds it. */
interface CodeLine {
  text: string;
  line: number;
}

/**
 * Reads the code cells of a Jupyter notebook (nbformat 3 and 4) as one Python module. Cell magics and
 * shell lines (`%`, `!`, `?`) become comments. Lines are those of the notebook file; ranges are empty,
 * since the code stands in it as JSON.
 */
export function readNotebook(path: EncodedPath, text: string): Notebook | { reason: string } {
  const reading = readJson(text);
  if ('reason' in reading) return reading;
  const { root, lines } = reading;
  if (jsonAt(root, 'nbformat') === undefined) return { reason: 'no notebook: "nbformat" is missing' };
  const language =
    jsonString(jsonAt(root, 'metadata', 'kernelspec', 'language')) ??
    jsonString(jsonAt(root, 'metadata', 'language_info', 'name'));
  if (language !== undefined && !/^i?python/i.test(language))
    return { reason: `the notebook's language is ${language.slice(0, 40)}` };
  const cells = [
    ...(jsonAt(root, 'cells')?.items ?? []),
    ...(jsonAt(root, 'worksheets')?.items ?? []).flatMap((sheet) => jsonAt(sheet, 'cells')?.items ?? []),
  ].filter((cell) => jsonString(jsonAt(cell, 'cell_type')) === 'code');
  const code: CodeLine[] = [];
  let size = 0;
  let read = 0;
  for (const cell of cells.slice(0, MAX_CELLS)) {
    const own = cellLines(jsonAt(cell, 'source') ?? jsonAt(cell, 'input'), (offset) => lines.lineAt(offset));
    size += own.reduce((sum, line) => sum + line.text.length + 1, 0);
    if (size > MAX_CODE) break;
    code.push(...own);
    read += 1;
  }
  const module = readPython(path, code.map(({ text: line }) => line).join('\n'));
  module.truncated ||= read < cells.length;
  // Roles go by offsets, so they are told before the places move to the notebook's lines.
  Object.assign(module, classifyRoles(module));
  return { path, cells: read, module: moved(module, (line) => code[line - 1]?.line ?? 1) };
}

function cellLines(source: JsonValue | undefined, lineAt: (offset: number) => number): CodeLine[] {
  if (!source) return [];
  const pieces = source.kind === 'string' ? [source] : source.items;
  const out: CodeLine[] = [];
  let open: CodeLine | undefined;
  for (const piece of pieces) {
    // Pieces end in a line feed as a rule; one that doesn't goes on in the next.
    const parts = (jsonString(piece) ?? '').split('\n');
    const ended = parts.length > 1 && parts.at(-1) === '';
    for (const [index, text] of (ended ? parts.slice(0, -1) : parts).entries()) {
      if (index === 0 && open) open.text += text;
      else {
        open = { text, line: lineAt(piece.start) };
        out.push(open);
      }
    }
    if (ended) open = undefined;
  }
  const magic = /^\s*%%(?!time|timeit|capture|prun|memit)/.test(out.find(({ text }) => text.trim() !== '')?.text ?? '');
  return out.map(({ text, line }) => ({
    text: magic || /^\s*([%!?]|.*\?\s*$)/.test(text) ? commented(text) : text,
    line,
  }));
}

/** The line as a statement that does nothing, at the same indentation. */
function commented(text: string): string {
  const indent = /^\s*/.exec(text)?.[0] ?? '';
  return `${indent}pass #${text.slice(indent.length)}`;
}

function moved(module: PythonModule, lineOf: (line: number) => number): PythonModule {
  const place = <T extends Place>(entry: T): T => ({
    ...entry,
    line: lineOf(entry.line),
    endLine: lineOf(entry.endLine),
    range: { start: 0, end: 0 },
  });
  return {
    ...module,
    roleEvidence: module.roleEvidence.map((entry) => ({ ...entry, line: lineOf(entry.line) })),
    imports: module.imports.map(place),
    calls: module.calls.map((call) => ({
      ...place(call),
      arguments: call.arguments.map(place),
      argumentList: { start: 0, end: 0 },
    })),
    assignments: module.assignments.map(place),
    comparisons: module.comparisons.map(place),
    conditions: module.conditions.map((condition) => ({
      ...place(condition),
      body: { start: lineOf(condition.body.start), end: lineOf(condition.body.end) },
    })),
    exits: module.exits.map(place),
    strings: module.strings.map(place),
    functions: module.functions.map(place),
  };
}
