import { formatDuration } from '../../../promql/duration.js';
import type { WrittenRule } from './readRuleFiles.js';

/** Fields that a rule is to have instead of its own. */
export interface RuleChange {
  name?: string;
  expr?: string;
  for?: number;
  keepFiringFor?: number;
}

/**
 * A rule file that holds the given rules and nothing else, in groups as they were (their intervals
 * kept), for promtool to work on. It is JSON, which is YAML too: quicker to write, and nothing in
 * it is read as another type.
 *
 * @param keepNames whether groups keep their names; else they get numbers, as files may use one name twice
 */
export function reducedRuleFile(rules: readonly WrittenRule[], keepNames = false): string {
  const groups = new Map<string, { name: string; interval?: string; rules: unknown[] }>();
  for (const rule of rules) {
    let group = groups.get(rule.groupKey);
    if (group === undefined) {
      group = { name: keepNames ? rule.group : groupName(groups.size), rules: [] };
      if (rule.interval !== undefined) group.interval = formatDuration(rule.interval);
      groups.set(rule.groupKey, group);
    }
    group.rules.push(rule.plain);
  }
  return asciiJson({ groups: [...groups.values()] });
}

/** Names of the groups of a {@link reducedRuleFile}, in the order in which they must be evaluated. */
export function reducedGroupOrder(rules: readonly WrittenRule[]): string[] {
  return [...new Set(rules.map(({ groupKey }) => groupKey))].map((_, index) => groupName(index));
}

function groupName(index: number): string {
  return `group ${index + 1}`;
}

/** The same rule, in the same place, with other fields. */
export function changedRule(rule: WrittenRule, change: RuleChange): WrittenRule {
  const plain = {
    ...rule.plain,
    ...(change.name === undefined ? {} : { alert: change.name }),
    ...(change.expr === undefined ? {} : { expr: change.expr }),
    ...(change.for === undefined ? {} : { for: formatDuration(change.for) }),
    ...(change.keepFiringFor === undefined ? {} : { keep_firing_for: formatDuration(change.keepFiringFor) }),
  };
  return { ...rule, plain };
}

/** JSON whose strings hold no character that a YAML reader refuses or takes for a line break. */
export function asciiJson(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** Text in double quotes, with escapes for the characters that a YAML reader refuses or takes for a line break. */
export function escaped(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
