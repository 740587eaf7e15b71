import type { DependencyManifest, PythonModule, PythonValue } from '../facts.js';
import type { LineTable } from '../sourceText.js';
import { parseRequirement } from './requirements.js';

const MAX_REQUIREMENTS = 2000;

/**
 * Dependency lists of a `setup.py`, read as data: literal lists of `install_requires` and
 * `extras_require` of the call to `setup`, also by the name of a module-level list. What is computed
 * (a file that is read) can't be told and gives nothing.
 */
export function readSetupPy(module: PythonModule, lines: LineTable): DependencyManifest[] {
  const setup = module.calls.find(({ resolved }) => /(^|\.)setup$/.test(resolved));
  if (!setup) return [];
  const found: DependencyManifest[] = [];
  const take = (group: string, value: PythonValue | undefined): void => {
    const literals = value ? literalsOf(resolved(value, module)) : [];
    const requirements = literals.slice(0, MAX_REQUIREMENTS).flatMap((text) => {
      const place = module.strings.find((string) => string.value === text);
      const at = place ?? setup;
      return parseRequirement(text, lines.place(at.range.start, at.range.end)) ?? [];
    });
    if (requirements.length > 0)
      found.push({ path: module.path, kind: 'setup.py', group, locked: false, requirements });
  };
  const argument = (name: string): PythonValue | undefined =>
    setup.arguments.find((entry) => entry.name === name)?.value;
  take('', argument('install_requires'));
  const extras = argument('extras_require');
  const table = extras ? resolved(extras, module) : undefined;
  if (table?.kind === 'dict') {
    for (const { key, value } of table.entries) if (key.kind === 'string') take(key.value, value);
  }
  return found;
}

function resolved(value: PythonValue, module: PythonModule): PythonValue {
  if (value.kind !== 'name') return value;
  const { name } = value;
  return module.assignments.find(({ targets, scope }) => scope === '' && targets.includes(name))?.value ?? value;
}

function literalsOf(value: PythonValue): string[] {
  return value.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'string' ? item.value : [])) : [];
}
