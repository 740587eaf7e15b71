import type { RuleVerdict } from '../../../../src/proofs/alerts/verdict.js';

/** A proved rule, with parts of it replaced. */
export function verdict(part: Partial<RuleVerdict> = {}): RuleVerdict {
  return {
    file: 'rules/a.yml',
    line: 4,
    alert: 'HighErrorRate',
    verdict: 'proved',
    reason: 'promtool shows that it fires, waits, stays silent and recovers.',
    findings: [],
    assumptions: [],
    tests: [],
    shown: [],
    mutants: [],
    accepted: [],
    seconds: 0.25,
    ...part,
  };
}
