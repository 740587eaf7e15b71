import type { EncodedPath } from '../../contract/encodedPath.js';
import type { DependencyManifest, Requirement } from '../facts.js';
import { type JsonValue, readJson } from '../jsonDocument.js';
import { LineTable } from '../sourceText.js';

const MAX_PACKAGES = 5000;

const KINDS: Record<string, DependencyManifest['kind']> = {
  'poetry.lock': 'poetry.lock',
  'uv.lock': 'uv.lock',
  'pdm.lock': 'pdm.lock',
  'pipfile.lock': 'Pipfile.lock',
};

export function lockKind(name: string): DependencyManifest['kind'] | undefined {
  return Object.hasOwn(KINDS, name.toLowerCase()) ? KINDS[name.toLowerCase()] : undefined;
}

/** Reads the packages of a lock file of Poetry, uv, PDM or Pipenv; `reason` where it can't be read. */
export function readLockFile(
  path: EncodedPath,
  kind: DependencyManifest['kind'],
  text: string,
): DependencyManifest | { reason: string } {
  if (kind !== 'Pipfile.lock') return { path, kind, group: '', locked: true, requirements: packageTables(text) };
  const reading = readJson(text);
  if ('reason' in reading) return reading;
  const sections = reading.root.entries.filter(({ key }) => key === 'default' || key === 'develop');
  const requirements = sections.flatMap(({ value }) =>
    value.entries.slice(0, MAX_PACKAGES).flatMap((entry) => pipenvPackage(entry, reading.lines)),
  );
  return { path, kind, group: '', locked: true, requirements };
}

/** The `[[package]]` tables that Poetry, uv and PDM all write, one key a line. */
function packageTables(text: string): Requirement[] {
  const lines = new LineTable(text);
  const found: Requirement[] = [];
  let name: { value: string; start: number } | undefined;
  let inPackage = false;
  for (let number = 1; number <= lines.lineCount && found.length < MAX_PACKAGES; number += 1) {
    const start = lines.startOf(number);
    const line = text.slice(start, lines.startOf(number + 1)).trimEnd();
    if (line.startsWith('[')) {
      inPackage = line === '[[package]]';
      name = undefined;
    }
    if (!inPackage) continue;
    const pair = /^(name|version) = "([^"]*)"$/.exec(line);
    if (pair?.[1] === 'name') name = { value: pair[2] as string, start };
    else if (pair && name) {
      found.push(exactly(name.value, pair[2] as string, lines, name.start, start + line.length));
      name = undefined;
    }
  }
  return found;
}

function pipenvPackage(entry: { key: string; value: JsonValue }, lines: LineTable): Requirement[] {
  const version = entry.value.entries.find(({ key }) => key === 'version')?.value;
  if (version?.kind !== 'string') return [];
  return [exactly(entry.key, version.text.replace(/^==/, ''), lines, version.start, version.end)];
}

function exactly(name: string, version: string, lines: LineTable, start: number, end: number): Requirement {
  return {
    name: name.toLowerCase().replace(/[-_.]+/g, '-'),
    extras: [],
    specifier: `==${version}`,
    pinned: true,
    version,
    hashed: false,
    ...lines.place(start, end),
  };
}
