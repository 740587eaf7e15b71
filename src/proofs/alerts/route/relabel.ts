import { createHash } from 'node:crypto';
import type { YamlNode } from '../../../lifecycle/yamlDocument.js';
import { compileRegularExpression, type RegularExpression } from '../../../promql/regularExpression.js';
import { isPatternError, type Labels, labelOf } from './matchers.js';

const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
] as const;
type RelabelAction = (typeof RELABEL_ACTIONS)[number];

export interface RelabelRule {
  line: number;
  action: RelabelAction;
  sourceLabels: readonly string[];
  separator: string;
  regex: RegularExpression;
  /** Of `hashmod`; up to 64 bits. */
  modulus: bigint;
  targetLabel: string;
  replacement: string;
}

/** Something in a relabelling rule that Prometheus refuses. */
export class RelabelError extends Error {
  override readonly name = 'RelabelError';

  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NEEDS_TARGET: readonly RelabelAction[] = [
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
];

/**
 * Reads one relabelling rule with Prometheus' defaults
 * (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>).
 *
 * @throws RelabelError for what Prometheus refuses.
 */
export function readRelabelRule(node: YamlNode): RelabelRule {
  const text = (key: string, byDefault: string) => {
    const pair = node.pair(key);
    if (pair === undefined) return byDefault;
    if (pair.value !== undefined && !pair.value.isNull && pair.value.text === undefined) {
      throw new RelabelError(`${key} must be a text`, pair.keyPlace.line);
    }
    return pair.value?.text ?? '';
  };
  if (!node.isMap) throw new RelabelError('a relabelling rule must be a mapping', node.line);
  const named = text('action', 'replace').toLowerCase();
  const action = RELABEL_ACTIONS.find((name) => name === named);
  if (action === undefined) throw new RelabelError(`unknown relabel action ${named}`, node.line);
  const sources = node.get('source_labels');
  if (sources !== undefined && !sources.isSequence)
    throw new RelabelError('source_labels must be a list', sources.line);
  const modulus = text('modulus', '0');
  if (!/^\d{1,20}$/.test(modulus)) throw new RelabelError('modulus is no whole number', node.line);
  const rule: RelabelRule = {
    line: node.line,
    action,
    sourceLabels: sources?.texts() ?? [],
    separator: text('separator', ';'),
    regex: patternOf(text('regex', '(.*)'), node.get('regex')?.line ?? node.line),
    modulus: BigInt(modulus),
    targetLabel: text('target_label', ''),
    replacement: text('replacement', '$1'),
  };
  if (NEEDS_TARGET.includes(action) && rule.targetLabel === '') {
    throw new RelabelError(`the action ${action} needs a target_label`, node.line);
  }
  if (action === 'hashmod' && rule.modulus === 0n) throw new RelabelError('hashmod needs a modulus', node.line);
  return rule;
}

/**
 * Applies relabelling rules in order, as Prometheus does to an alert before it sends it.
 *
 * @returns the labels, or the rule that dropped them.
 */
export function relabel(
  labels: Labels,
  rules: readonly RelabelRule[],
): { labels: Labels } | { droppedBy: RelabelRule } {
  let current = new Map(Object.entries(labels).filter(([, value]) => value !== ''));
  for (const rule of rules) {
    const next = applyRule(current, rule);
    if (next === undefined) return { droppedBy: rule };
    current = next;
  }
  return { labels: Object.fromEntries(current) };
}

/** The labels after one rule; undefined when it drops them. */
function applyRule(labels: ReadonlyMap<string, string>, rule: RelabelRule): Map<string, string> | undefined {
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  const result = new Map(labels);
  // An empty value is the absence of a label.
  const set = (name: string, text: string) => (text === '' ? result.delete(name) : result.set(name, text));
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  switch (rule.action) {
    case 'drop':
      return rule.regex.test(value) ? undefined : result;
    case 'keep':
      return rule.regex.test(value) ? result : undefined;
    case 'dropequal':
      return (labels.get(rule.targetLabel) ?? '') === value ? undefined : result;
    case 'keepequal':
      return (labels.get(rule.targetLabel) ?? '') === value ? result : undefined;
    case 'replace': {
      const match = rule.regex.match(value);
      if (match === undefined) return result;
      const target = rule.regex.expand(rule.targetLabel, match);
      const text = rule.regex.expand(rule.replacement, match);
      if (LABEL_NAME.test(target) && text !== '') result.set(target, text);
      // Prometheus takes away the label of the name as it is written, not as it is expanded.
      else result.delete(rule.targetLabel);
      return result;
    }
    case 'lowercase':
      set(
        rule.targetLabel,
        byCharacter(value, (character) => character.toLowerCase()),
      );
      return result;
    case 'uppercase':
      set(
        rule.targetLabel,
        byCharacter(value, (character) => character.toUpperCase()),
      );
      return result;
    case 'hashmod':
      // The last eight bytes of the MD5, as a big-endian number.
      set(rule.targetLabel, String(createHash('md5').update(value).digest().readBigUInt64BE(8) % rule.modulus));
      return result;
    case 'labelmap':
      for (const [name, text] of sorted) {
        const match = rule.regex.match(name);
        if (match !== undefined) set(rule.regex.expand(rule.replacement, match), text);
      }
      return result;
    case 'labeldrop':
      for (const [name] of sorted) if (rule.regex.test(name)) result.delete(name);
      return result;
    case 'labelkeep':
      for (const [name] of sorted) if (!rule.regex.test(name)) result.delete(name);
      return result;
  }
}

/** Go changes each character by itself, and leaves one whose other case is longer. */
function byCharacter(text: string, change: (character: string) => string): string {
  return Array.from(text, (character) => {
    const changed = change(character);
    return Array.from(changed).length === 1 ? changed : character;
  }).join('');
}

function patternOf(source: string, line: number): RegularExpression {
  try {
    return compileRegularExpression(source);
  } catch (error) {
    if (isPatternError(error)) throw new RelabelError(error.message, line);
    throw error;
  }
}

/** Adds external labels where the alert has none of the name, as Prometheus does before it relabels. */
export function withExternalLabels(labels: Labels, external: Labels): Labels {
  const added = Object.entries(external).filter(([name]) => labelOf(labels, name) === '');
  return { ...labels, ...Object.fromEntries(added) };
}
