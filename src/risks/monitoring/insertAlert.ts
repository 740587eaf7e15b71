import { isDeepStrictEqual } from 'node:util';
import type { RuleFile } from '../../lifecycle/facts.js';
import { splitLines } from '../../planning/textLines.js';
import { indentationOf, insertLines, yamlDifferences } from '../../planning/yamlSplice.js';
import { alertData, alertLines } from './patterns/alertYaml.js';
import type { PatternAlert } from './patterns/monitoringPattern.js';

/**
 * The file with one more rule, behind the last one of its last group; `undefined` where that can't
 * be done without changing anything else (flow style, a template, rules within a text).
 */
export function insertAlert(text: string, file: RuleFile, alert: PatternAlert): string | undefined {
  const last = file.rules.at(-1);
  if (last === undefined || file.container === 'embedded') return undefined;
  const lines = splitLines(text);
  if (!/^\s*- /.test(lines[last.line - 1] ?? '')) return undefined;
  const indentation = indentationOf(text, last.line);
  let end = last.endLine;
  while (end > last.line && isBetween(lines[end - 1] ?? '')) end -= 1;
  const added = alertLines(alert).map((line) => indentation + line);
  const edited = insertLines(text, end, isApart(lines, last.line) ? ['', ...added] : added);
  const differences = yamlDifferences(text, edited);
  const [difference] = differences ?? [];
  if (difference === undefined || differences?.length !== 1 || difference.path.at(-1) !== 'rules') return undefined;
  const { before, after } = difference;
  const wanted = Array.isArray(before) ? [...before, alertData(alert)] : undefined;
  return isDeepStrictEqual(after, wanted) ? edited : undefined;
}

/** Blank lines and comments behind a rule, which belong to what follows. */
function isBetween(line: string): boolean {
  return /^\s*(#.*)?$/.test(line.replace(/\r?\n$/, ''));
}

/** Whether rules are set apart by an empty line. */
function isApart(lines: readonly string[], line: number): boolean {
  let before = line - 1;
  while (before > 0 && /^\s*#/.test(lines[before - 1] ?? '')) before -= 1;
  return before > 0 && (lines[before - 1] ?? '').trim() === '';
}
