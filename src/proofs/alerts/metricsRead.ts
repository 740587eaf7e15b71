import { parseQuery } from '../../promql/parse.js';
import { selectorsOf } from '../../promql/walk.js';
import { type RuleFileText, readRuleFiles } from './prove/readRuleFiles.js';

/** Names of all metrics that the rules of some files read, each once, recorded ones not among them. */
export function metricsReadBy(files: readonly RuleFileText[]): string[] {
  const { rules } = readRuleFiles(files);
  const recorded = new Set(rules.filter(({ kind }) => kind === 'record').map(({ name }) => name));
  const read = rules.flatMap(({ expr }) => {
    try {
      return selectorsOf(parseQuery(expr)).flatMap(({ metric }) => (metric === undefined ? [] : [metric]));
    } catch {
      // What can't be parsed gets its verdict elsewhere.
      return [];
    }
  });
  return [...new Set(read)].filter((metric) => !recorded.has(metric));
}
