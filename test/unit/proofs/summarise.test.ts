import { describe, expect, it } from 'vitest';
import type { ProbeResult, ProofResult } from '../../../src/contract/probe.js';
import { summarise } from '../../../src/proofs/summarise.js';

function probe(sign: ProbeResult['sign'], verdict: ProbeResult['verdict'], id = 'alerting/x'): ProbeResult {
  return {
    id,
    path: 'alerting',
    sign,
    statement: 's',
    expected: 'e',
    observed: `observed ${verdict}`,
    verdict,
    evidence: [],
  };
}

function result(...probes: ProbeResult[]): ProofResult {
  return { path: 'alerting', probes, liveOnly: [] };
}

describe('summarise', () => {
  it('is proved when a positive and a negative probe passed and none is open', () => {
    expect(summarise(result(probe('positive', 'passed'), probe('negative', 'passed')))).toEqual({
      verdict: 'proved',
      reason: '',
    });
  });

  it('is not proved without a negative probe, without a positive one, and without any', () => {
    expect(summarise(result(probe('positive', 'passed')))).toEqual({
      verdict: 'not-proved',
      reason: 'no negative probe was run',
    });
    expect(summarise(result(probe('negative', 'passed')))).toEqual({
      verdict: 'not-proved',
      reason: 'no positive probe was run',
    });
    expect(summarise(result()).verdict).toBe('not-proved');
  });

  it('is not proved when a probe could not run', () => {
    const summary = summarise(
      result(probe('positive', 'passed'), probe('negative', 'passed'), probe('positive', 'not-run', 'alerting/y')),
    );
    expect(summary).toEqual({
      verdict: 'not-proved',
      reason: 'of 3 probes 1 could not run. s Observed: observed not-run',
    });
  });

  it('names a failed probe before one that could not run', () => {
    const summary = summarise(
      result(probe('positive', 'not-run', 'alerting/y'), probe('negative', 'failed', 'alerting/z')),
    );
    expect(summary.reason).toBe('of 2 probes 1 failed and 1 could not run. s Observed: observed failed');
  });

  it('does not apply when the repository has no such path', () => {
    const summary = summarise({ path: 'promotion', notApplicable: 'no gate', probes: [], liveOnly: [] });
    expect(summary).toEqual({ verdict: 'not-applicable', reason: 'no gate' });
  });
});
