import { parseQuery } from '../../promql/parse.js';
import { selectorsOf } from '../../promql/walk.js';
import { type RuleFileText, readRuleFiles } from './prove/readRuleFiles.js';

/** Names of all metrics that the rules of some files read, each once, recorded ones not among them. */
export function metricsReadBy(files: readonly RuleFileText[]): string[] {
  const { rules } = readRuleFiles(files);
  const recorded = new Set(rules.filter(({ kind }) => kind === 'record').map(({ name }) => name));
  return [...new Set(rules.flatMap(({ expr }) => metricsOf(expr)))].filter((metric) => !recorded.has(metric));
}

/** Names of the metrics that a query reads, each once; none where it can't be parsed, which is said elsewhere. */
export function metricsOf(query: string): string[] {
  try {
    const metrics = selectorsOf(parseQuery(query)).flatMap(({ metric }) => (metric === undefined ? [] : [metric]));
    return [...new Set(metrics)];
  } catch {
    return [];
  }
}
