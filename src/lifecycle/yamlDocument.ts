import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  Parser,
  type YAMLMap,
} from 'yaml';
import type { Place, Scalar, SourceRange } from './facts.js';
import { LineTable } from './sourceText.js';
import { exceededBound, nestsDeeper } from './yamlNesting.js';

export const YAML_LIMITS = {
  /** Characters of a file. */
  size: 1024 * 1024,
  /** Nested collections. */
  depth: 64,
  /** Aliases (`*name`) of a file. */
  aliases: 100,
  /** Documents of a file. */
  documents: 500,
  /** Nodes that are turned into plain values at once. */
  plainNodes: 10_000,
} as const;

const TOO_DEEP = `nested deeper than ${YAML_LIMITS.depth} levels`;

/** A parsed YAML stream, or the reason why there is none. */
export type YamlReading =
  | { documents: YamlNode[]; duplicateKeys: { key: string; line: number }[] }
  | { reason: string };

/**
 * Reads a YAML stream with bounds on size, depth and aliases. It never throws. Scalars keep the
 * text that stands in the file, by YAML 1.2's core schema, so that `on`, `NO` and `1.10` aren't
 * changed. Duplicate keys are reported and the last one counts, as most loaders have it.
 * With `outer`, the text is a scalar of another document and all places are those in its file.
 */
export function readYaml(text: string, outer?: OuterText): YamlReading {
  if (text.length > YAML_LIMITS.size) return { reason: `larger than ${YAML_LIMITS.size} characters` };
  const lines = new LineTable(text);
  try {
    if (nestsDeeper(text, YAML_LIMITS.depth)) return { reason: TOO_DEEP };
    const tokens = [...new Parser().parse(text)];
    const bound = exceededBound(tokens, YAML_LIMITS);
    if (bound) return { reason: bound === 'depth' ? TOO_DEEP : `more than ${YAML_LIMITS[bound]} ${bound}` };
    // Own duplicate check below: the library's compares every pair with every other.
    const composer = new Composer({ schema: 'core', version: '1.2', uniqueKeys: false, keepSourceTokens: true });
    const documents: YamlNode[] = [];
    const duplicateKeys: { key: string; line: number }[] = [];
    for (const document of composer.compose(tokens, false, text.length)) {
      const error = document.errors[0];
      if (error) {
        const line = outerLine(lines.lineAt(error.pos[0]), outer);
        return { reason: `broken YAML at line ${line}: ${firstLine(error.message)}` };
      }
      const source: Source = { lines, document, ...(outer ? { outer } : {}) };
      duplicateKeys.push(...findDuplicateKeys(source));
      if (document.contents) documents.push(new YamlNode(source, document.contents as ParsedNode, 0));
    }
    return { documents, duplicateKeys };
  } catch (error) {
    if (error instanceof RangeError) return { reason: 'nested too deeply' };
    return { reason: `broken YAML: ${firstLine(error instanceof Error ? error.message : String(error))}` };
  }
}

interface Source {
  lines: LineTable;
  document: Document.Parsed;
  outer?: OuterText;
}

type Piece = { at: number; fileAt: number; length: number };

/** Where a text that is embedded as a scalar stands in the file around it. */
export interface OuterText {
  pieces: readonly Piece[];
  /** Added to a line of the text, when its lines are lines of the file. */
  lineOffset: number;
  /** All lines are this one, when they aren't (a quoted scalar with `\\n`, a folded one). */
  fixedLine?: number;
}

function outerLine(line: number, outer: OuterText | undefined): number {
  return outer ? (outer.fixedLine ?? line + outer.lineOffset) : line;
}

/** Place in the file; where an embedded text doesn't stand verbatim in it, the range is empty (0 to 0). */
function placeIn(source: Source, start: number, end: number): Place {
  const place = source.lines.place(start, end);
  const { outer } = source;
  if (!outer) return place;
  const from = offsetByPieces(outer.pieces, start);
  const to = endByPieces(outer.pieces, { start, end });
  return {
    line: outerLine(place.line, outer),
    endLine: outerLine(place.endLine, outer),
    range: from === undefined || to === undefined ? { start: 0, end: 0 } : { start: from, end: to },
  };
}

/** A key and its value in a mapping. */
export interface YamlPair {
  key: string;
  keyPlace: Place;
  /** From the start of the key to the end of the value. */
  place: Place;
  value: YamlNode | undefined;
}

/** A node of a document, aliases resolved, with its place in the text. */
export class YamlNode {
  private readonly node: ParsedNode;
  private cachedPairs: YamlPair[] | undefined;

  constructor(
    private readonly source: Source,
    node: ParsedNode,
    private readonly depth: number,
  ) {
    this.node = resolveAlias(source, node);
  }

  get isMap(): boolean {
    return isMap(this.node);
  }

  get isSequence(): boolean {
    return isSeq(this.node);
  }

  get isNull(): boolean {
    return isScalar(this.node) && this.node.value === null;
  }

  get place(): Place {
    return placeIn(this.source, this.node.range[0], this.node.range[1]);
  }

  /** Line of the node's first character. */
  get line(): number {
    return this.place.line;
  }

  /** The mapping's pairs, in order, `<<` merged in behind its own; empty for other nodes. */
  pairs(): readonly YamlPair[] {
    this.cachedPairs ??= this.readPairs();
    return this.cachedPairs;
  }

  private readPairs(): YamlPair[] {
    if (!isMap(this.node) || this.depth >= YAML_LIMITS.depth) return [];
    const pairs: YamlPair[] = [];
    const merged: YamlPair[] = [];
    for (const item of this.node.items as Pair<ParsedNode, ParsedNode | null>[]) {
      const pair = this.pairOf(item);
      if (!pair) continue;
      if (pair.key === '<<' && pair.value) {
        const parts = pair.value.isSequence ? pair.value.items() : [pair.value];
        for (const part of parts) merged.push(...part.pairs());
      } else pairs.push(pair);
    }
    const own = new Map(pairs.map((pair) => [pair.key, pair]));
    for (const pair of merged) if (!own.has(pair.key)) own.set(pair.key, pair);
    return [...own.values()];
  }

  pair(key: string): YamlPair | undefined {
    return this.pairs().find((pair) => pair.key === key);
  }

  /** Value at a path of keys; `undefined` where a part is absent or null. */
  get(...keys: string[]): YamlNode | undefined {
    let node: YamlNode | undefined = this;
    for (const key of keys) {
      node = node?.pair(key)?.value;
      if (!node || node.isNull) return undefined;
    }
    return node;
  }

  /** A sequence's items; empty for other nodes. */
  items(): YamlNode[] {
    if (!isSeq(this.node) || this.depth >= YAML_LIMITS.depth) return [];
    return (this.node.items as ParsedNode[]).map((item) => new YamlNode(this.source, item, this.depth + 1));
  }

  /** A scalar's text as it stands (`1.10` stays `1.10`), block scalars joined; `undefined` for collections and null. */
  get text(): string | undefined {
    if (!isScalar(this.node) || this.node.value === null) return undefined;
    return typeof this.node.value === 'string' ? this.node.value : (this.node.source ?? String(this.node.value));
  }

  get number(): number | undefined {
    return isScalar(this.node) && typeof this.node.value === 'number' ? this.node.value : undefined;
  }

  get boolean(): boolean | undefined {
    return isScalar(this.node) && typeof this.node.value === 'boolean' ? this.node.value : undefined;
  }

  /** The scalar with its place; `undefined` for collections and null. */
  get scalar(): Scalar | undefined {
    const value = this.text;
    return value === undefined ? undefined : { value, ...this.place };
  }

  /**
   * Pieces of a scalar's value that stand verbatim in the text, in order. A quoted scalar with
   * escapes gives none; a block scalar or a scalar over several lines gives one for each line.
   */
  verbatimPieces(): Piece[] {
    const value = this.text;
    if (value === undefined || !isScalar(this.node)) return [];
    const [start, end] = this.node.range;
    const pieces = verbatimPieces(value, this.source.lines.text, start, end, this.node.type ?? 'PLAIN');
    const { outer } = this.source;
    if (!outer) return pieces;
    return pieces.flatMap(({ at, fileAt, length }) => {
      const moved = offsetByPieces(outer.pieces, fileAt);
      return moved === undefined ? [] : [{ at, fileAt: moved, length }];
    });
  }

  /** The scalar as a text that can be read on its own, with the way back to this file. */
  embedded(): { text: string; outer: OuterText } | undefined {
    const text = this.text;
    if (text === undefined || !isScalar(this.node)) return undefined;
    const { line } = this;
    const outer: OuterText = { pieces: this.verbatimPieces(), lineOffset: line };
    if (this.node.type !== 'BLOCK_LITERAL') Object.assign(outer, { lineOffset: line - 1, fixedLine: line });
    return { text, outer };
  }

  /** Texts of a sequence's scalars, or of a single scalar; collections inside are left out. */
  texts(): string[] {
    const nodes = this.isSequence ? this.items() : [this as YamlNode];
    return nodes.flatMap((node) => node.text ?? []);
  }

  /** A mapping's scalar values as text; collections inside are left out. */
  textMap(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const { key, value } of this.pairs()) {
      const text = value?.text;
      if (text !== undefined) setOwn(out, key, text);
    }
    return out;
  }

  /** Plain data, at most {@link YAML_LIMITS.plainNodes} nodes; `undefined` beyond. */
  plain(): unknown {
    return plain(this, { left: YAML_LIMITS.plainNodes });
  }

  private pairOf(item: Pair<ParsedNode, ParsedNode | null>): YamlPair | undefined {
    const keyNode = item.key;
    if (!isScalar(keyNode) || !keyNode.range) return undefined;
    const key = typeof keyNode.value === 'string' ? keyNode.value : (keyNode.source ?? String(keyNode.value));
    const value = item.value ? new YamlNode(this.source, item.value, this.depth + 1) : undefined;
    const start = keyNode.range[0];
    const end = item.value?.range ? Math.max(item.value.range[1], keyNode.range[1]) : keyNode.range[1];
    const keyPlace = placeIn(this.source, start, keyNode.range[1]);
    return { key, keyPlace, place: placeIn(this.source, start, end), value };
  }
}

/** Assignment that can't touch a prototype: keys come from repositories. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function plain(node: YamlNode, budget: { left: number }): unknown {
  budget.left -= 1;
  if (budget.left < 0) return undefined;
  if (node.isMap) {
    const out: Record<string, unknown> = {};
    for (const { key, value } of node.pairs()) setOwn(out, key, value ? plain(value, budget) : null);
    return out;
  }
  if (node.isSequence) return node.items().map((item) => plain(item, budget));
  if (node.isNull) return null;
  return node.number ?? node.boolean ?? node.text;
}

function resolveAlias(source: Source, node: ParsedNode): ParsedNode {
  let current: Node = node;
  for (let hop = 0; isAlias(current) && hop < YAML_LIMITS.aliases; hop += 1) {
    const target: Node | undefined = current.resolve(source.document);
    if (!target) break;
    current = target;
  }
  return current as ParsedNode;
}

function findDuplicateKeys(source: Source): { key: string; line: number }[] {
  const found: { key: string; line: number }[] = [];
  const stack: unknown[] = [source.document.contents];
  while (stack.length > 0) {
    const node = stack.pop();
    if (isSeq(node)) for (const item of node.items) stack.push(item);
    if (!isMap(node)) continue;
    const seen = new Set<unknown>();
    for (const { key, value } of (node as YAMLMap<ParsedNode, ParsedNode | null>).items) {
      stack.push(value);
      if (!isScalar(key)) continue;
      if (seen.has(key.value) && key.value !== '<<') {
        found.push({ key: String(key.value), line: outerLine(source.lines.lineAt(key.range?.[0] ?? 0), source.outer) });
      }
      seen.add(key.value);
    }
  }
  return found.sort((a, b) => a.line - b.line).slice(0, 20);
}

function verbatimPieces(value: string, text: string, start: number, end: number, type: string): Piece[] {
  if (type === 'PLAIN' || type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE') {
    const shift = type === 'PLAIN' ? 0 : 1;
    const source = text.slice(start + shift, end - shift);
    if (source === value) return [{ at: 0, fileAt: start + shift, length: value.length }];
    if (type === 'QUOTE_DOUBLE' && source.includes('\\')) return [];
    if (type === 'QUOTE_SINGLE' && source.includes("''")) return [];
    return linePieces(value, text, start + shift, end - shift);
  }
  const header = text.indexOf('\n', start);
  return header === -1 || header >= end ? [] : linePieces(value, text, header + 1, end);
}

/** Finds each source line's content (indentation and trailing blanks cut) in the value, in order. */
function linePieces(value: string, text: string, start: number, end: number): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let lineStart = start;
  while (lineStart < end) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline === -1 || newline > end ? end : newline;
    const line = text.slice(lineStart, lineEnd);
    const content = line.trim();
    if (content !== '') {
      // Only white space stands between one line's content and the next one's in the value.
      while (at < value.length && /\s/.test(value[at] as string)) at += 1;
      if (!value.startsWith(content, at)) return pieces;
      pieces.push({ at, fileAt: lineStart + line.indexOf(content), length: content.length });
      at += content.length;
    }
    lineStart = lineEnd + 1;
  }
  return pieces;
}

/** Offset of a value's position in the text that holds it, by its verbatim pieces (ends of pieces count). */
function offsetByPieces(pieces: readonly Piece[], offset: number): number | undefined {
  let low = 0;
  let high = pieces.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle] as Piece;
    if (offset < piece.at) high = middle - 1;
    else if (offset > piece.at + piece.length) low = middle + 1;
    else return piece.fileAt + (offset - piece.at);
  }
  return undefined;
}

function endByPieces(pieces: readonly Piece[], range: SourceRange): number | undefined {
  // A collection's range often ends in blanks or a line break, which stand in no piece.
  for (let end = range.end; end >= range.start; end -= 1) {
    const found = offsetByPieces(pieces, end);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] as string).slice(0, 160);
}
