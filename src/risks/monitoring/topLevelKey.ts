import type { PrometheusConfig } from '../../lifecycle/facts.js';
import { splitLines } from '../../planning/textLines.js';
import { indentationOf, insertLines } from '../../planning/yamlSplice.js';

/**
 * Inserts a top-level key with its lines into a Prometheus configuration, whether it is a file or
 * a literal block in a ConfigMap: before `scrape_configs` and the comment above it, or before the
 * first key. The lines are written for a key at column 0; the indentation of the configuration is
 * put before them, and an empty line after them where sections are set apart by one.
 * `undefined` when the configuration doesn't stand in the file line by line.
 */
export function insertTopLevelKey(
  text: string,
  config: PrometheusConfig,
  added: readonly string[],
): string | undefined {
  const anchor = config.topLevelKeys.find(({ key }) => key === 'scrape_configs') ?? config.topLevelKeys[0];
  if (!anchor) return undefined;
  const starts = config.topLevelKeys.map(({ place }) => place.line);
  if (new Set(starts).size !== starts.length) return undefined;
  const lines = splitLines(text);
  if (
    !(lines[anchor.place.line - 1] ?? '')
      .trimStart()
      .replace(/^\uFEFF/, '')
      .startsWith(anchor.key)
  )
    return undefined;
  const indentation = indentationOf(text, anchor.place.line);
  let before = anchor.place.line - 1;
  const isFirst = anchor === config.topLevelKeys[0];
  while (!isFirst && before > 0 && (lines[before - 1] ?? '').startsWith(`${indentation}#`)) before -= 1;
  const apart = before > 0 && (lines[before - 1] ?? '').trim() === '' && !isFirst;
  return insertLines(text, before, [...added.map((line) => indentation + line), ...(apart ? [''] : [])]);
}

/** How far the file indents list items below their key: `''` or `'  '`, as under `scrape_configs`. */
export function itemIndentation(text: string, config: PrometheusConfig): string {
  const anchor = config.topLevelKeys.find(({ key }) => key === 'scrape_configs' || key === 'rule_files');
  if (!anchor) return '  ';
  const outer = indentationOf(text, anchor.place.line);
  const item = splitLines(text)
    .slice(anchor.place.line, anchor.place.endLine)
    .find((line) => /^\s*- /.test(line));
  if (item === undefined) return '  ';
  const inner = /^\s*/.exec(item)?.[0] ?? '';
  return inner.startsWith(outer) ? inner.slice(outer.length) : '  ';
}

/** A path as YAML: plain where that is safe, else in double quotes. */
export function yamlPath(path: string): string {
  return /^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/.test(path) ? path : JSON.stringify(path);
}
