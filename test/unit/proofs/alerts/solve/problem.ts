import { parseQuery } from '../../../../../src/promql/parse.js';
import type { AlertProblem, RecordingRule, Solution, World } from '../../../../../src/proofs/alerts/world.js';

/** A problem with one alerting rule in a group that is evaluated each minute, scraped each 30 s. */
export function problemOf(expr: string, more: Partial<AlertProblem> & { for?: number } = {}): AlertProblem {
  const { for: wait = 0, ...rest } = more;
  return {
    rule: {
      file: 'rules.yaml',
      line: 4,
      group: 'group',
      interval: 60,
      alert: 'Alert',
      expr,
      query: parseQuery(expr),
      for: wait,
      keepFiringFor: 0,
      labels: {},
      annotations: {},
    },
    recordings: [],
    scrapeInterval: 30,
    scrapeIntervalKnown: true,
    ...rest,
  };
}

export function recordingOf(record: string, expr: string, labels: Record<string, string> = {}): RecordingRule {
  return { file: 'rules.yaml', line: 1, group: 'group', interval: 60, record, expr, query: parseQuery(expr), labels };
}

export function worldIn(solution: Solution): World {
  if (solution.kind !== 'solved') throw new Error(`${solution.kind}: ${solution.reason}`);
  return solution.world;
}
