import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { parseDuration } from '../../../promql/duration.js';
import {
  duplicateKey,
  itemsOf,
  pairsOf,
  plainOf,
  RULE_FILE_LIMITS,
  readYamlStream,
  textOf,
  valueAtKey,
  type YamlStream,
} from './ruleYaml.js';

export interface RuleFileText {
  /** As given by the user. */
  path: string;
  text: string;
}

/** `# temporal-mlops: accept CODE -- REASON`, on a rule or above it. */
export interface Acceptance {
  /** A finding's code or a verdict. */
  code: string;
  reason: string;
}

/** One rule as its file states it. Durations are seconds. */
export interface WrittenRule {
  file: string;
  /** Of `alert:` or `record:`, from 1. */
  line: number;
  kind: 'alert' | 'record';
  name: string;
  expr: string;
  group: string;
  /** Distinct for each group of all files. */
  groupKey: string;
  /** The group's own; undefined when it names none. */
  interval: number | undefined;
  for: number;
  keepFiringFor: number;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** All that the rule's mapping holds, for promtool to judge. */
  plain: Readonly<Record<string, unknown>>;
  /** Fault that can be told without promtool, in its words. */
  fault?: string;
  /** Set when text of a Helm template stands where Prometheus has no templates. */
  helm?: string;
  /** Whether promtool finds the rule by reading the file as it is; not in a Kubernetes object or a later document. */
  loadable: boolean;
  accepted: readonly Acceptance[];
}

export interface UnusableFile {
  file: string;
  reason: string;
}

export interface RuleReading {
  /** In the order of the files. */
  rules: readonly WrittenRule[];
  unusable: readonly UnusableFile[];
}

/** How deep below a document's root lists of groups, and texts that hold them, are looked for. */
const SEARCH_DEPTH = 8;
const HELM = /\{\{/;
const HELM_LINE = /^\s*(?:-\s*)?\{\{-?\s*(?:if|range|with|end|else|include|template|define|toYaml|\$|\.|\/\*)/m;

/**
 * Reads the rules of plain rule files (of every document), Kubernetes `PrometheusRule` objects and
 * lists of them, and rule files that stand as text in a ConfigMap or in Helm values. Never throws;
 * a file that can't be read doesn't hide the others.
 */
export function readRuleFiles(files: readonly RuleFileText[]): RuleReading {
  const rules: WrittenRule[] = [];
  const unusable: UnusableFile[] = [];
  const seen = new Set<string>();
  for (const { path, text } of files) {
    if (seen.has(path)) continue;
    seen.add(path);
    const read = readOne(path, text, RULE_FILE_LIMITS.rules - rules.length);
    if ('reason' in read) unusable.push({ file: path, reason: read.reason });
    else {
      for (const rule of read.rules) rules.push(rule);
      for (const reason of read.unreadTexts) unusable.push({ file: path, reason });
    }
  }
  return { rules, unusable };
}

/** @param most rules that it may hold; aliases make many of few */
function readOne(
  path: string,
  text: string,
  most: number,
): { rules: WrittenRule[]; unreadTexts: readonly string[] } | { reason: string } {
  const stream = readYamlStream(text);
  if ('reason' in stream) {
    if (!HELM_LINE.test(text)) return stream;
    return { reason: `it is a Helm template (${stream.reason}); render it with \`helm template\` first` };
  }
  const source: Source = { path, text, lines: text.split('\n'), stream, lineOffset: 0, unreadTexts: [] };
  const rules: WrittenRule[] = [];
  let found = false;
  for (const [index, document] of stream.documents.entries()) {
    for (const place of groupLists(document, source)) {
      found = true;
      const loadable = place.atRoot && index === 0 && place.source === source;
      for (const rule of rulesOf(place, loadable)) {
        if (rules.length === most) return { reason: `with it there are more than ${RULE_FILE_LIMITS.rules} rules` };
        rules.push(rule);
      }
    }
  }
  const { unreadTexts } = source;
  if (found || unreadTexts.length > 0) return { rules, unreadTexts };
  return { reason: 'it has no list `groups` of rules' };
}

interface Source {
  path: string;
  text: string;
  lines: readonly string[];
  stream: YamlStream;
  /** Added to a line of the text to get the file's; the same line for all when `fixedLine` is set. */
  lineOffset: number;
  fixedLine?: number;
  /** Why texts in it that look like rule files can't be read. */
  unreadTexts: string[];
}

interface GroupList {
  groups: Node;
  document: Document.Parsed;
  source: Source;
  atRoot: boolean;
  /** Distinguishes lists of one file. */
  key: string;
}

function groupLists(document: Document.Parsed, source: Source): GroupList[] {
  const lists: GroupList[] = [];
  // Aliases of aliases would be followed in every combination.
  const visited = new Set<Node>();
  const visit = (node: Node | undefined, depth: number) => {
    if (node === undefined || depth > SEARCH_DEPTH || visited.has(node)) return;
    visited.add(node);
    if (isSeq(node)) for (const item of itemsOf(node, document)) visit(item, depth + 1);
    if (isScalar(node)) lists.push(...embeddedLists(node, source));
    for (const { key, value } of pairsOf(node, document)) {
      if (key === 'groups' && isGroupList(value, document)) {
        const groups = value as Node;
        const offset = groups.range?.[0] ?? 0;
        lists.push({ groups, document, source, atRoot: depth === 0, key: `${source.lineOffset}:${offset}` });
      } else visit(value, depth + 1);
    }
  };
  visit(document.contents as Node | undefined, 0);
  return lists;
}

/** Also true for an empty list: a rule file without rules is one. */
function isGroupList(node: Node | undefined, document: Document.Parsed): boolean {
  const groups = itemsOf(node, document);
  if (!isSeq(node)) return false;
  return (
    groups.every((group) => isMap(group)) &&
    (groups.length === 0 ||
      groups.some(
        (group) =>
          valueAtKey(group, 'rules', document) !== undefined || valueAtKey(group, 'name', document) !== undefined,
      ))
  );
}

function embeddedLists(node: Node, source: Source): GroupList[] {
  const text = isScalar(node) && node.type !== 'PLAIN' ? textOf(node) : undefined;
  // One level only: a rule file doesn't hold another one.
  if (text === undefined || source.lineOffset > 0 || !/^\s*groups:/m.test(text)) return [];
  const stream = readYamlStream(text);
  const line = source.stream.lineAt(node.range?.[0] ?? 0);
  if ('reason' in stream) {
    source.unreadTexts.push(`the rule file that stands as text at line ${line}: ${stream.reason}`);
    return [];
  }
  const inner: Source = { ...source, text, lines: text.split('\n'), stream, lineOffset: line };
  if (isScalar(node) && node.type !== 'BLOCK_LITERAL') inner.fixedLine = line;
  return stream.documents.flatMap((document) => groupLists(document, inner));
}

function* rulesOf({ groups, document, source, key }: GroupList, loadable: boolean): Generator<WrittenRule> {
  const lineAt = (offset: number) => source.fixedLine ?? source.stream.lineAt(offset) + source.lineOffset;
  let groupIndex = 0;
  for (const group of itemsOf(groups, document)) {
    const name = textOf(valueAtKey(group, 'name', document)) ?? '';
    const intervalText = textOf(valueAtKey(group, 'interval', document));
    const interval = intervalText === undefined ? undefined : parseDuration(intervalText);
    const groupKey = `${source.path}\n${key}:${groupIndex}`;
    groupIndex += 1;
    for (const node of itemsOf(valueAtKey(group, 'rules', document), document)) {
      const pairs = pairsOf(node, document);
      const named = pairs.find((pair) => pair.key === 'alert') ?? pairs.find((pair) => pair.key === 'record');
      const kind = named?.key === 'record' ? 'record' : 'alert';
      const text = (field: string) => textOf(pairs.find((pair) => pair.key === field)?.value);
      const texts = (field: string) => textsOf(pairs.find((pair) => pair.key === field)?.value, document);
      const plain = plainOf(node, document);
      const faults: string[] = [];
      const seconds = (field: string): number => {
        const value = text(field);
        const parsed = value === undefined ? 0 : parseDuration(value);
        if (parsed === undefined) faults.push(`not a valid duration string: ${JSON.stringify(value?.slice(0, 60))}`);
        return parsed ?? 0;
      };
      const twice = duplicateKey(node);
      if (twice !== undefined) {
        faults.push(
          `line ${lineAt(twice.offset)}: mapping key ${JSON.stringify(twice.key)} already defined at line ${lineAt(twice.firstOffset)}`,
        );
      }
      if (named === undefined) faults.push("one of 'record' or 'alert' must be set");
      if (intervalText !== undefined && interval === undefined) {
        faults.push(`not a valid duration string: ${JSON.stringify(intervalText.slice(0, 60))}`);
      }
      if (plain === undefined || typeof plain !== 'object')
        faults.push('a rule is no mapping, or holds too many values');
      const start = named?.keyNode.range?.[0] ?? node.range?.[0] ?? 0;
      const rule: WrittenRule = {
        file: source.path,
        line: lineAt(start),
        kind,
        name: (named === undefined ? undefined : textOf(named.value)) ?? '',
        expr: text('expr') ?? '',
        group: name,
        groupKey,
        interval: interval === 0 ? undefined : interval,
        for: seconds('for'),
        keepFiringFor: seconds('keep_firing_for'),
        labels: texts('labels'),
        annotations: texts('annotations'),
        plain: (typeof plain === 'object' && plain !== null ? plain : {}) as Record<string, unknown>,
        loadable,
        accepted: acceptances(source, node.range?.[0] ?? start, node.range?.[1] ?? start),
      };
      const helm = [rule.expr, rule.name, intervalText, text('for'), text('keep_firing_for')].find(
        (value) => value !== undefined && HELM.test(value),
      );
      if (helm !== undefined) rule.helm = helm.slice(Math.max(helm.indexOf('{{'), 0)).slice(0, 80);
      else if (faults[0] !== undefined) rule.fault = faults[0];
      yield rule;
    }
  }
}

const ACCEPT = /#\s*temporal-mlops:\s*accept\s+([a-z_-]+)\s+--\s*(\S.*)$/;

/** Acceptances in the rule's own lines and in the comment lines right above it. */
function acceptances(source: Source, from: number, to: number): Acceptance[] {
  const { lines, stream } = source;
  let first = stream.lineAt(from);
  const last = stream.lineAt(Math.max(to - 1, from));
  while (first > 1 && /^\s*#/.test(lines[first - 2] ?? '')) first -= 1;
  return lines.slice(first - 1, last).flatMap((line) => {
    const match = ACCEPT.exec(line);
    return match === null ? [] : [{ code: match[1] as string, reason: (match[2] as string).trim().slice(0, 300) }];
  });
}

function textsOf(node: Node | undefined, document: Document.Parsed): Record<string, string> {
  return Object.fromEntries(
    pairsOf(node, document).flatMap(({ key, value }) => {
      const text = isScalar(value) ? (textOf(value) ?? '') : undefined;
      return text === undefined ? [] : [[key, text]];
    }),
  );
}
