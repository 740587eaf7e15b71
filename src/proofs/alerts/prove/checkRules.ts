import type { Expr } from '../../../promql/ast.js';
import { neededVersion } from './minimumVersion.js';
import type { RuleFileText, WrittenRule } from './readRuleFiles.js';
import { reducedRuleFile } from './reducedRules.js';
import type { Promtool } from './runPromtool.js';

/** Why a rule can't be tried at all. */
interface RuleFault {
  verdict: 'invalid' | 'not_provable';
  /** In promtool's words where they are its. */
  reason: string;
}

export interface CheckedRules {
  faults: ReadonlyMap<WrittenRule, RuleFault>;
  /** Files that promtool can't test as they are → what that means for their sound rules, as a clause. */
  refused: ReadonlyMap<string, string>;
}

/** Rules that one process of promtool checks. */
const CHECKED_AT_ONCE = 400;

/**
 * Lets promtool check every rule by itself, so that a bad one doesn't hide the others, and then the
 * files as they are, for faults that lie in no single rule.
 *
 * @param queryOf a rule's query; undefined where our parser doesn't read it
 */
export async function checkReadRules(
  rules: readonly WrittenRule[],
  files: readonly RuleFileText[],
  promtool: Promtool,
  queryOf: (rule: WrittenRule) => Expr | undefined,
): Promise<CheckedRules> {
  const version = await promtool.version();
  const faults = await faultsOf(rules, promtool, version);
  const refused = new Map<string, string>();
  const setForAll = (some: readonly WrittenRule[], fault: RuleFault) => {
    for (const rule of some) faults.set(rule, fault);
  };
  const loaded = files.filter(({ path }) => rules.some((rule) => rule.file === path && rule.loadable));
  const said = await promtool.check(loaded.map(({ text }, index) => ({ path: `file-${index}.yml`, text })));
  const inPart = loaded.flatMap(({ path }, index) => {
    const message = said[index];
    const own = rules.filter((rule) => rule.file === path && rule.loadable);
    const sound = own.filter((rule) => !faults.has(rule));
    if (message === undefined) return [];
    if (sound.length < own.length) {
      refused.set(path, notLoaded(path, own, faults));
      return [sound];
    }
    setForAll(sound, fileFault(message, version));
    return [];
  });
  const rest = await promtool.check(
    inPart.map((sound, index) => ({ path: `rest-${index}.yml`, text: reducedRuleFile(sound, true) })),
  );
  inPart.forEach((sound, index) => {
    const message = rest[index];
    if (message !== undefined) setForAll(sound, fileFault(message, version));
  });
  for (const rule of rules) {
    const result = faults.has(rule) ? undefined : resultThatIsRefused(queryOf(rule));
    if (result === undefined) continue;
    faults.set(rule, {
      verdict: 'invalid',
      reason: `rule result is not a vector or scalar: the query gives ${result}`,
    });
    // Prometheus loads it and fails at every evaluation of this rule alone, promtool at every test of the file.
    if (!rule.loadable || refused.has(rule.file)) continue;
    refused.set(rule.file, `promtool can't test ${rule.file} until ${placeOf(rule)} is mended`);
  }
  return { faults, refused };
}

async function faultsOf(
  rules: readonly WrittenRule[],
  promtool: Promtool,
  version: string,
): Promise<Map<WrittenRule, RuleFault>> {
  const faults = new Map<WrittenRule, RuleFault>();
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
  return faults;
}

/** A fault that lies in no single rule: a group's name twice, a field that doesn't exist. */
function fileFault(message: string, version: string): RuleFault {
  const needed = neededVersion(message, '', version);
  return needed === undefined
    ? { verdict: 'invalid', reason: `promtool refuses the file: ${inPromtoolsWords(message)}` }
    : { verdict: 'not_provable', reason: needed };
}

/** What a file that isn't loaded for the sake of some rules means for the others. */
function notLoaded(file: string, rules: readonly WrittenRule[], faults: ReadonlyMap<WrittenRule, RuleFault>): string {
  const bad = rules.filter((rule) => faults.has(rule));
  const invalid = bad.filter((rule) => faults.get(rule)?.verdict === 'invalid');
  const [first] = invalid;
  if (first === undefined) return `promtool can't read ${file} with ${listed(bad)}, so it was tested without`;
  return `Prometheus does not load ${file} until ${listed(invalid)} ${invalid.length === 1 ? 'is' : 'are'} mended`;
}

function listed(rules: readonly WrittenRule[]): string {
  const [first, ...others] = rules.map(placeOf);
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}

function placeOf({ name, line }: WrittenRule): string {
  return `${name || 'the rule'} (line ${line})`;
}

/** What a query gives that no version of Prometheus takes for the result of a rule, though it loads the rule. */
function resultThatIsRefused(query: Expr | undefined): string | undefined {
  if (query?.kind === 'string') return 'a string';
  return query?.kind === 'matrix' || query?.kind === 'subquery' ? 'a range vector' : undefined;
}

/** The message without the place in our copy of the rule. */
function inPromtoolsWords(message: string): string {
  const [first = '', ...more] = message.split('\n').map((line) => line.trim());
  const text = first.replace(/^(?:\d+:\d+: )*group "(?:[^"\\]|\\.)*", rule \d+, "(?:[^"\\]|\\.)*": /, '');
  // yaml says on the next line what is wrong.
  const whole = text.endsWith(':') && more[0] !== undefined ? `${text} ${more[0].replace(/^line \d+: /, '')}` : text;
  return whole.slice(0, 500);
}
