import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Place, Requirement, RequirementsFile } from '../facts.js';
import { LineTable } from '../sourceText.js';

/** Lines of a requirements file that are read. */
const MAX_LINES = 5000;

/** Reads a pip requirements or constraints file (the format of pip's documentation, continuation lines included). */
export function readRequirements(path: EncodedPath, text: string): RequirementsFile {
  const file: RequirementsFile = {
    path,
    kind: /constraints/i.test(path) ? 'constraints' : 'requirements',
    group: '',
    requirements: [],
    includes: [],
    constraints: [],
  };
  const lines = new LineTable(text);
  for (let number = 1; number <= Math.min(lines.lineCount, MAX_LINES); number += 1) {
    const start = lines.startOf(number);
    let end = lines.startOf(number + 1);
    while (/\\\r?\n$/.test(text.slice(start, end)) && number < lines.lineCount) {
      number += 1;
      end = lines.startOf(number + 1);
    }
    const raw = text.slice(start, end);
    const content = withoutComment(raw).replace(/\\\r?\n/g, '  ');
    const trimmed = content.trim();
    if (trimmed === '') continue;
    const option = /^(-r|--requirement|-c|--constraint)(?:\s+|=)(\S+)/.exec(trimmed);
    if (option) {
      (option[1] === '-r' || option[1] === '--requirement' ? file.includes : file.constraints).push(
        option[2] as string,
      );
      continue;
    }
    if (trimmed.startsWith('-')) continue;
    const from = start + raw.search(/[^\s\uFEFF]/);
    const place = lines.place(from, start + withoutComment(raw).trimEnd().length);
    const requirement = parseRequirement(trimmed, place);
    if (requirement) file.requirements.push(requirement);
  }
  return file;
}

function withoutComment(line: string): string {
  const comment = /(^|\s)#/.exec(line);
  return comment ? line.slice(0, comment.index) : line.replace(/\r?\n$/, '');
}

/** Parses a dependency specifier (PEP 508), as far as rules need it; `undefined` for paths and URLs alone. */
export function parseRequirement(text: string, place: Place): Requirement | undefined {
  const hashed = text.includes('--hash=');
  const body = text.replace(/\s--[a-z-]+=\S+/g, '').trim();
  const match = /^\uFEFF?([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*([^;]*)(?:;\s*(.*))?$/.exec(
    body,
  );
  if (!match) return undefined;
  const [, name, extras, rest, marker] = match as unknown as [string, string, string?, string?, string?];
  let specifier = (rest ?? '').trim();
  const bracketed = /^\((.*)\)$/.exec(specifier);
  if (bracketed) specifier = (bracketed[1] as string).trim();
  const url = specifier.startsWith('@');
  if (url) specifier = specifier.slice(1).trim();
  else if (specifier !== '' && !/^(===|==|~=|!=|<=|>=|<|>)/.test(specifier)) return undefined;
  specifier = url ? specifier : specifier.replace(/\s+/g, '');
  const exact = /^={2,3}([^,*]+)$/.exec(specifier);
  const requirement: Requirement = {
    name: name.toLowerCase().replace(/[-_.]+/g, '-'),
    extras: (extras ?? '')
      .split(',')
      .map((extra) => extra.trim())
      .filter((extra) => extra !== ''),
    specifier,
    pinned: url ? /@[0-9a-f]{40}(#|$)/.test(specifier) : exact !== null,
    hashed,
    ...place,
  };
  if (!url && exact) requirement.version = exact[1] as string;
  if (marker) requirement.marker = marker.trim();
  return requirement;
}

/**
 * Dependency lists of a `pyproject.toml`: `project.dependencies`, `project.optional-dependencies`
 * and Poetry's tables. Only these tables are read; TOML as a whole isn't parsed.
 */
export function readPyproject(path: EncodedPath, text: string): RequirementsFile[] {
  const lines = new LineTable(text);
  const files = new Map<string, RequirementsFile>();
  const fileOf = (group: string): RequirementsFile => {
    let file = files.get(group);
    if (!file) {
      file = { path, kind: 'pyproject', group, requirements: [], includes: [], constraints: [] };
      files.set(group, file);
    }
    return file;
  };
  let table = '';
  let group: string | undefined;
  for (let number = 1; number <= Math.min(lines.lineCount, MAX_LINES); number += 1) {
    const start = lines.startOf(number);
    const line = text.slice(start, lines.startOf(number + 1));
    const header = /^\s*\[([^[\]]+)\]\s*(#.*)?$/.exec(line.trimEnd());
    if (group === undefined && header) {
      table = (header[1] as string).trim();
      continue;
    }
    if (group === undefined) {
      const key = /^\s*"?([A-Za-z0-9_.-]+)"?\s*=\s*(.*)$/.exec(line.trimEnd());
      if (!key) continue;
      if (table.startsWith('tool.poetry') && table.endsWith('dependencies')) {
        poetryLine(
          fileOf('poetry'),
          key[1] as string,
          key[2] as string,
          lines.place(start, start + line.trimEnd().length),
        );
        continue;
      }
      if (table === 'project' && key[1] === 'dependencies') group = 'dependencies';
      else if (table === 'project.optional-dependencies') group = `optional:${key[1]}`;
      else continue;
    }
    for (const literal of line.matchAll(/"([^"\\]*)"|'([^']*)'/g)) {
      const from = start + literal.index;
      const place = lines.place(from, from + literal[0].length);
      const requirement = parseRequirement(literal[1] ?? literal[2] ?? '', place);
      if (requirement) fileOf(group).requirements.push(requirement);
    }
    // The list ends with a bracket that isn't part of a string (extras have brackets too).
    if (line.replace(/"[^"\\]*"|'[^']*'|#.*/g, '').includes(']')) group = undefined;
  }
  return [...files.values()];
}

function poetryLine(file: RequirementsFile, name: string, value: string, place: Place): void {
  const version = /^["']([^"']*)["']/.exec(value)?.[1] ?? /version\s*=\s*["']([^"']*)["']/.exec(value)?.[1];
  if (version === undefined || name === 'python') return;
  // Poetry reads a bare version as exact.
  const specifier = /^\d/.test(version) && !version.includes(',') && !version.includes('*') ? `==${version}` : version;
  const exact = /^={2,3}([^,*]+)$/.exec(specifier);
  file.requirements.push({
    name: name.toLowerCase().replace(/[-_.]+/g, '-'),
    extras: [],
    specifier,
    pinned: exact !== null,
    hashed: false,
    ...(exact ? { version: exact[1] as string } : {}),
    ...place,
  });
}
