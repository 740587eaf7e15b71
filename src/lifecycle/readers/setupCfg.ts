import type { EncodedPath } from '../../contract/encodedPath.js';
import type { DependencyManifest } from '../facts.js';
import { LineTable } from '../sourceText.js';
import { parseRequirement } from './requirements.js';

const MAX_LINES = 5000;

/** Reads the dependency lists of a `setup.cfg`: `install_requires` and the extras (setuptools' declarative form). */
export function readSetupCfg(path: EncodedPath, text: string): DependencyManifest[] {
  const lines = new LineTable(text);
  const lists = new Map<string, DependencyManifest>();
  let section = '';
  let group: string | undefined;
  for (let number = 1; number <= Math.min(lines.lineCount, MAX_LINES); number += 1) {
    const start = lines.startOf(number);
    const line = text.slice(start, lines.startOf(number + 1)).replace(/\r?\n$/, '');
    const header = /^\[([^\]]+)\]/.exec(line);
    const key = /^([A-Za-z][\w.-]*)\s*[=:]\s*(.*)$/.exec(line);
    if (header) {
      section = (header[1] as string).trim();
      group = undefined;
    } else if (key) group = groupOf(section, key[1] as string);
    if (header || group === undefined || /^\s*[#;]/.test(line)) continue;
    const content = (key ? (key[2] as string) : line).replace(/\s[#;].*$/, '');
    const requirement =
      content.trim() === ''
        ? undefined
        : parseRequirement(
            content.trim(),
            lines.place(start + line.indexOf(content.trim()), start + line.trimEnd().length),
          );
    if (!requirement) continue;
    const list = lists.get(group) ?? { path, kind: 'setup.cfg', group, locked: false, requirements: [] };
    list.requirements.push(requirement);
    lists.set(group, list);
  }
  return [...lists.values()];
}

function groupOf(section: string, key: string): string | undefined {
  if (section === 'options' && key === 'install_requires') return '';
  return section === 'options.extras_require' ? key : undefined;
}
