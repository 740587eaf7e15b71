import type { Provenance } from './modelRegistry.js';

const TRAILERS: { name: string; key: keyof Provenance; valid: RegExp }[] = [
  { name: 'artifact', key: 'artifact', valid: /^\S(.{0,1022}\S)?$/ },
  { name: 'sha256', key: 'sha256', valid: /^[0-9a-f]{64}$/ },
  { name: 'data-md5', key: 'dataMd5', valid: /^[0-9a-f]{32}(\.dir)?$/ },
  { name: 'evaluated-at', key: 'evaluatedAt', valid: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ },
];

/**
 * Reads the trailers `Artifact:`, `Sha256:`, `Data-Md5:` and `Evaluated-At:` from a version tag's
 * message. As with git-interpret-trailers(1) they are the last paragraph and their names are not case
 * sensitive. A malformed value, or two different ones, count as not recorded: a guess would be
 * evidence for the wrong artifact.
 */
export function tagProvenance(message: string): Provenance {
  const paragraphs = message
    .replaceAll('\r\n', '\n')
    .trim()
    .split(/\n[ \t]*\n/);
  const lines = (paragraphs.at(-1) ?? '').split('\n');
  const provenance: Provenance = {};
  for (const { name, key, valid } of TRAILERS) {
    const values = new Set(lines.flatMap((line) => trailerValues(line, name)));
    const [value] = values;
    if (values.size === 1 && value !== undefined && valid.test(value)) provenance[key] = value;
  }
  return provenance;
}

function trailerValues(line: string, name: string): string[] {
  const colon = line.indexOf(':');
  return colon > 0 && line.slice(0, colon).toLowerCase() === name ? [line.slice(colon + 1).trim()] : [];
}
