import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  visit,
} from 'yaml';
import { exceededBound, nestsDeeper } from '../../../lifecycle/yamlNesting.js';

/** Bounds on the files that are read; a rule file that people write stays far below all of them. */
export const RULE_FILE_LIMITS = {
  /** Characters of a file. */
  size: 10 * 1024 * 1024,
  /** Nested collections. */
  depth: 64,
  /** Aliases (`*name`) of a file. */
  aliases: 1000,
  documents: 1000,
  /** Rules of all files together. */
  rules: 10_000,
  /** Values of one rule, aliases resolved. */
  valuesPerRule: 2000,
} as const;

const TOO_DEEP = `it is nested deeper than ${RULE_FILE_LIMITS.depth} levels`;

export interface YamlStream {
  documents: Document.Parsed[];
  /** Line of an offset, from 1. */
  lineAt(offset: number): number;
}

/**
 * Reads a YAML stream with bounds on size, nesting and aliases; every scalar keeps the text that
 * stands in the file (failsafe schema), as the Go reader sees it. Never throws: the reason when
 * the text can't be read.
 */
export function readYamlStream(text: string): YamlStream | { reason: string } {
  if (text.length > RULE_FILE_LIMITS.size) return { reason: 'it is larger than 10 MiB' };
  const lines = new LineCounter();
  try {
    if (nestsDeeper(text, RULE_FILE_LIMITS.depth)) return { reason: TOO_DEEP };
    const tokens = [...new Parser(lines.addNewLine).parse(text)];
    const bound = exceededBound(tokens, RULE_FILE_LIMITS);
    if (bound)
      return { reason: bound === 'depth' ? TOO_DEEP : `it holds more than ${RULE_FILE_LIMITS[bound]} ${bound}` };
    // The Go reader's own check of duplicate keys is repeated where rules are read, with the rule it concerns.
    const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, merge: true });
    const documents: Document.Parsed[] = [];
    for (const document of composer.compose(tokens, false, text.length)) {
      const [error] = document.errors;
      if (error !== undefined) {
        const line = lines.linePos(error.pos[0]).line;
        return { reason: `broken YAML at line ${line}: ${firstLine(error.message)}` };
      }
      documents.push(document);
    }
    return { documents, lineAt: (offset) => lines.linePos(offset).line };
  } catch (error) {
    if (error instanceof RangeError) return { reason: 'it is nested too deeply' };
    return { reason: `broken YAML: ${firstLine(error instanceof Error ? error.message : String(error))}` };
  }
}

/** The node that an alias stands for, else the node itself. */
export function resolved(node: unknown, document: Document.Parsed): Node | undefined {
  let current = node as Node | undefined;
  for (let hop = 0; hop < 10 && isAlias(current); hop += 1) current = targetsOf(document).get(current);
  return isAlias(current) ? undefined : current;
}

const targets = new WeakMap<Document.Parsed, Map<Node, Node>>();

/** What each alias stands for, found in one pass: the library walks the whole document for each. */
function targetsOf(document: Document.Parsed): Map<Node, Node> {
  const known = targets.get(document);
  if (known !== undefined) return known;
  const found = new Map<Node, Node>();
  const anchored = new Map<string, Node>();
  visit(document, (_, node) => {
    if (isAlias(node)) {
      const target = anchored.get(node.source);
      if (target !== undefined) found.set(node, target);
    } else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchored.set(node.anchor, node);
  });
  targets.set(document, found);
  return found;
}

export interface KeyedNode {
  key: string;
  keyNode: Node;
  value: Node | undefined;
}

/** Pairs of a mapping with `<<` merged in behind its own; empty for other nodes. */
export function pairsOf(
  node: Node | undefined,
  document: Document.Parsed,
  // What is merged twice adds nothing, and aliases of aliases would be followed in every combination.
  taken: Set<Node> = new Set(),
): KeyedNode[] {
  if (!isMap(node) || taken.has(node)) return [];
  taken.add(node);
  const own: KeyedNode[] = [];
  const merged: KeyedNode[] = [];
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    const { key } = pair;
    if (!isScalar(key)) continue;
    const value = resolved(pair.value ?? undefined, document);
    if (key.value === '<<' || typeof key.value === 'symbol') {
      for (const part of isSeq(value) ? value.items : [value]) {
        merged.push(...pairsOf(resolved(part, document), document, taken));
      }
    } else own.push({ key: String(key.value), keyNode: key, value });
  }
  const names = new Set(own.map(({ key }) => key));
  return [...own, ...merged.filter(({ key }) => !names.has(key))];
}

export function valueAtKey(node: Node | undefined, key: string, document: Document.Parsed): Node | undefined {
  return pairsOf(node, document).find((pair) => pair.key === key)?.value;
}

export function itemsOf(node: Node | undefined, document: Document.Parsed): Node[] {
  return isSeq(node) ? node.items.flatMap((item) => resolved(item, document) ?? []) : [];
}

/** Text of a scalar; undefined for collections and for nothing (`key:` and `~`). */
export function textOf(node: Node | undefined): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = String(node.value ?? '');
  return node.type === 'PLAIN' && /^(?:|~|null|Null|NULL)$/.test(text) ? undefined : text;
}

/** Plain data below a node, every scalar as text and nothing as null; undefined when it is too much. */
export function plainOf(
  node: Node | undefined,
  document: Document.Parsed,
  budget = { left: RULE_FILE_LIMITS.valuesPerRule },
): unknown {
  budget.left -= 1;
  if (budget.left < 0) return undefined;
  if (isMap(node)) {
    return Object.fromEntries(pairsOf(node, document).map(({ key, value }) => [key, plainOf(value, document, budget)]));
  }
  if (isSeq(node)) return itemsOf(node, document).map((item) => plainOf(item, document, budget));
  return textOf(node) ?? null;
}

/** The first key that stands twice in one mapping at or below a node. */
export function duplicateKey(node: Node | undefined): { key: string; offset: number; firstOffset: number } | undefined {
  if (isSeq(node)) {
    for (const item of node.items) {
      const found = duplicateKey(item as Node);
      if (found !== undefined) return found;
    }
  }
  if (!isMap(node)) return undefined;
  const seen = new Map<string, number>();
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string' || pair.key.value === '<<') continue;
    const offset = pair.key.range?.[0] ?? 0;
    const firstOffset = seen.get(pair.key.value);
    if (firstOffset !== undefined) return { key: pair.key.value, offset, firstOffset };
    seen.set(pair.key.value, offset);
    const found = duplicateKey(pair.value ?? undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] as string).slice(0, 160);
}
