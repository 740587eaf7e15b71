import { Composer, type CST, type Document, isMap, isSeq, LineCounter, Parser } from 'yaml';

/** Most bytes, nesting and aliases of a file that people write by hand; a YAML bomb needs more. */
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_ALIASES = 100;

export interface YamlProblem {
  /** Counted from 1. */
  line: number;
  message: string;
}

export type BoundedYaml =
  | { ok: true; value: unknown; lineOf: (path: readonly PropertyKey[]) => number }
  | { ok: false; problems: YamlProblem[] };

/**
 * Reads one YAML 1.2 document (core schema: `NO` and `on` are text, `010` is ten) as plain data.
 * Refused with the line: more than 1 MiB, 64 levels or 100 aliases, a key twice, several
 * documents, unknown tags, another YAML version. Never throws.
 */
export function readBoundedYaml(text: string): BoundedYaml {
  if (new TextEncoder().encode(text).length > MAX_BYTES) return refused(1, 'the file is larger than 1 MiB');
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const excess = findExcess(tokens);
  if (excess !== undefined) return refused(lines.linePos(excess.offset).line, excess.message);

  const documents = [...new Composer({ version: '1.2', uniqueKeys: true, stringKeys: true }).compose(tokens, true)];
  const [document, second] = documents;
  if (document === undefined) return refused(1, 'the file is empty');
  if (second !== undefined) {
    return refused(lines.linePos(second.range[0]).line, 'a second document begins here; the file must hold one');
  }
  const version = document.directives.yaml;
  if (version.explicit === true && version.version !== '1.2') {
    return refused(1, `%YAML ${version.version} reads the same text differently; leave the directive out`);
  }
  const problems = [...document.errors, ...document.warnings].map((problem) => ({
    line: lines.linePos(problem.pos[0]).line,
    message: problem.message,
  }));
  if (problems.length > 0) return { ok: false, problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { ok: true, value, lineOf: (path) => lineOf(document, lines, path) };
  } catch (error) {
    return refused(1, error instanceof Error ? error.message : 'the aliases cannot be resolved');
  }
}

function refused(line: number, message: string): BoundedYaml {
  return { ok: false, problems: [{ line, message }] };
}

/** Looks at the tokens with a stack of its own: the composer recurses and must not see what is too deep. */
function findExcess(tokens: readonly CST.Token[]): { offset: number; message: string } | undefined {
  const stack: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  let aliases = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return { offset: token.offset, message: `more than ${MAX_DEPTH} levels of nesting` };
    if (token.type === 'alias') {
      aliases += 1;
      if (aliases > MAX_ALIASES) return { offset: token.offset, message: `more than ${MAX_ALIASES} aliases` };
    }
    if (token.type === 'document' && token.value !== undefined) stack.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) stack.push({ token: item.key, depth: depth + 1 });
      if (item.value) stack.push({ token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}

/** Line of the key or item that a path names, or of the nearest one above it that exists. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === String(step));
      if (pair === undefined) break;
      offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      if (item === undefined) break;
      offset = (item as { range?: [number, number, number] }).range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return lines.linePos(offset).line;
}

function keyText(key: unknown): string {
  return String((key as { value?: unknown } | null)?.value ?? key);
}
