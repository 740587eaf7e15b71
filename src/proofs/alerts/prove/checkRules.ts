import { neededVersion } from './minimumVersion.js';
import type { RuleFileText, WrittenRule } from './readRuleFiles.js';
import { reducedRuleFile } from './reducedRules.js';
import type { Promtool } from './runPromtool.js';

/** Why a rule can't be tried at all. */
export interface RuleFault {
  verdict: 'invalid' | 'not_provable';
  /** In promtool's words where they are its. */
  reason: string;
}

/** Rules that one process of promtool checks. */
const CHECKED_AT_ONCE = 400;

/**
 * Lets promtool check every rule by itself, so that a bad one doesn't hide the others, and then the
 * files as they are, for faults that lie in no single rule.
 */
export async function checkReadRules(
  rules: readonly WrittenRule[],
  files: readonly RuleFileText[],
  promtool: Promtool,
): Promise<{ faults: Map<WrittenRule, RuleFault>; unloadable: Set<string> }> {
  const faults = new Map<WrittenRule, RuleFault>();
  const version = await promtool.version();
  const plain = rules.filter((rule) => {
    if (rule.helm === undefined) return true;
    const reason = `its file is a Helm template (${rule.helm}); render it with \`helm template\` first`;
    faults.set(rule, { verdict: 'not_provable', reason });
    return false;
  });
  for (let from = 0; from < plain.length; from += CHECKED_AT_ONCE) {
    const some = plain.slice(from, from + CHECKED_AT_ONCE);
    const said = await promtool.check(
      some.map((rule, index) => ({ path: `rule-${index}.yml`, text: reducedRuleFile([rule]) })),
    );
    some.forEach((rule, index) => {
      const message = said[index] ?? rule.fault;
      if (message === undefined) return;
      const needed = neededVersion(message, rule.expr, version);
      if (needed !== undefined) faults.set(rule, { verdict: 'not_provable', reason: needed });
      else faults.set(rule, { verdict: 'invalid', reason: inPromtoolsWords(message) });
    });
  }
  const unloadable = new Set<string>();
  const loaded = files.filter(({ path }) => rules.some((rule) => rule.file === path && rule.loadable));
  const said = await promtool.check(loaded.map(({ text }, index) => ({ path: `file-${index}.yml`, text })));
  loaded.forEach(({ path }, index) => {
    const message = said[index];
    if (message === undefined) return;
    unloadable.add(path);
    const own = rules.filter((rule) => rule.file === path && rule.loadable);
    if (own.some((rule) => faults.has(rule))) return;
    // No rule by itself is bad: a group's name twice, a field that doesn't exist.
    const needed = neededVersion(message, '', version);
    const fault: RuleFault =
      needed === undefined
        ? { verdict: 'invalid', reason: `promtool refuses the file: ${inPromtoolsWords(message)}` }
        : { verdict: 'not_provable', reason: needed };
    for (const rule of own) faults.set(rule, fault);
  });
  return { faults, unloadable };
}

/** The message without the place in our copy of the rule. */
function inPromtoolsWords(message: string): string {
  const [first = '', ...more] = message.split('\n').map((line) => line.trim());
  const text = first.replace(/^(?:\d+:\d+: )?group "(?:[^"\\]|\\.)*", rule \d+, "(?:[^"\\]|\\.)*": /, '');
  // yaml says on the next line what is wrong.
  const whole = text.endsWith(':') && more[0] !== undefined ? `${text} ${more[0].replace(/^line \d+: /, '')}` : text;
  return whole.slice(0, 500);
}
