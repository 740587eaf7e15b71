import type { EncodedPath } from '../../contract/encodedPath.js';
import type { DependencyManifest } from '../facts.js';
import { LineTable } from '../sourceText.js';
import { parseRequirement } from './requirements.js';

const MAX_LINES = 5000;

/**
 * Dependency lists of a `pyproject.toml` beside the package's own: PEP 735's `[dependency-groups]`,
 * `[tool.pdm.dev-dependencies]` and uv's `dev-dependencies`.
 */
export function readDependencyGroups(path: EncodedPath, text: string): DependencyManifest[] {
  const lines = new LineTable(text);
  const lists = new Map<string, DependencyManifest>();
  let table = '';
  let group: string | undefined;
  for (let number = 1; number <= Math.min(lines.lineCount, MAX_LINES); number += 1) {
    const start = lines.startOf(number);
    const line = withoutIncludes(text.slice(start, lines.startOf(number + 1)).trimEnd());
    const header = /^\s*\[([^[\]]+)\]\s*(#.*)?$/.exec(line);
    if (group === undefined && header) table = (header[1] as string).trim();
    if (group === undefined) {
      const key = /^\s*"?([A-Za-z0-9_.-]+)"?\s*=\s*\[/.exec(line)?.[1];
      if (key === undefined || !isGroup(table, key)) continue;
      group = key;
    }
    for (const literal of line.matchAll(/"([^"\\]*)"|'([^']*)'/g)) {
      const from = start + literal.index;
      const requirement = parseRequirement(literal[1] ?? literal[2] ?? '', lines.place(from, from + literal[0].length));
      if (!requirement) continue;
      const list = lists.get(group) ?? { path, kind: 'dependency-group', group, locked: false, requirements: [] };
      list.requirements.push(requirement);
      lists.set(group, list);
    }
    if (line.replace(/"[^"\\]*"|'[^']*'|#.*/g, '').includes(']')) group = undefined;
  }
  return [...lists.values()];
}

function isGroup(table: string, key: string): boolean {
  return (
    table === 'dependency-groups' ||
    table === 'tool.pdm.dev-dependencies' ||
    (table === 'tool.uv' && key === 'dev-dependencies')
  );
}

/** `{include-group = "test"}` names a group, not a package; blanks keep the offsets. */
function withoutIncludes(line: string): string {
  return line.replace(/\{\s*include-group\s*=[^}]*\}/g, (table) => ' '.repeat(table.length));
}
