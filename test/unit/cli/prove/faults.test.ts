import { describe, expect, it } from 'vitest';
import { doubtsOf, faultsOf, judge, knownKey, parseBaseline } from '../../../../src/cli/prove/faults.js';
import { verdict } from '../../proofs/alerts/verdictSample.js';

describe('what a run is judged by', () => {
  it('counts a rule that never fires, and one that reaches nobody, as faults', () => {
    expect(faultsOf(verdict())).toEqual([]);
    expect(faultsOf(verdict({ verdict: 'never_fires' }))).toEqual(['never_fires']);
    expect(faultsOf(verdict({ findings: [{ code: 'always-muted', message: '' }] }))).toEqual(['always-muted']);
    expect(faultsOf(verdict({ verdict: 'not_provable' }))).toEqual([]);
  });

  it('does not blame an alert for one receiver without integration when another one notifies', () => {
    const route = { reached: [], findings: [], checkedByAmtool: 'agrees' as const, shown: '' };
    const findings = [{ code: 'receiver-without-integration' as const, message: '' }];
    const told = verdict({ findings, route: { ...route, notifies: true } });
    expect(faultsOf(told)).toEqual([]);
    expect(doubtsOf(told)).toEqual(['receiver-without-integration']);
    expect(faultsOf(verdict({ findings, route: { ...route, notifies: false } }))).toEqual([
      'receiver-without-integration',
    ]);
  });

  it('lets pass what a rule accepts, and tells what the baseline has from what is new', () => {
    const never = verdict({ verdict: 'never_fires' });
    const accepted = verdict({
      verdict: 'never_fires',
      accepted: [{ code: 'never_fires', reason: 'not yet exported' }],
    });
    const baseline = new Set([knownKey('rules/a.yml', 'HighErrorRate', 'never_fires')]);
    expect(judge([never, accepted, verdict()], { strict: false })).toEqual({ failing: 1, known: 0 });
    expect(judge([never, verdict({ ...never, alert: 'New' })], { strict: false, baseline })).toEqual({
      failing: 1,
      known: 1,
    });
    const doubted = verdict({ verdict: 'not_provable' });
    expect(judge([doubted], { strict: false }).failing).toBe(0);
    expect(judge([doubted], { strict: true }).failing).toBe(1);
  });

  it('leaves what is not provable, other findings and unlikely assumptions to --strict', () => {
    const assumption = { about: 'label' as const, text: '', status: 'unlikely' as const };
    const doubted = verdict({
      verdict: 'not_provable',
      findings: [{ code: 'intermittent', message: '' }],
      assumptions: [assumption, { ...assumption, status: 'assumed' }, { ...assumption, status: 'unseen' }],
    });
    expect(doubtsOf(doubted)).toEqual(['not_provable', 'intermittent', 'assumption unlikely']);
  });
});

describe('parseBaseline', () => {
  it('knows verdicts and findings of an earlier answer, wherever the rule stands now', () => {
    const earlier = verdict({ verdict: 'never_fires', line: 99, findings: [{ code: 'intermittent', message: '' }] });
    const known = parseBaseline(JSON.stringify({ rules: [earlier] }), 'b.json');
    expect(known.has(knownKey('rules/a.yml', 'HighErrorRate', 'never_fires'))).toBe(true);
    expect(known.has(knownKey('rules/a.yml', 'HighErrorRate', 'intermittent'))).toBe(true);
    expect(known.has(knownKey('rules/b.yml', 'HighErrorRate', 'never_fires'))).toBe(false);
  });

  it.each(['', '[]', '{"rules":[{}]}'])('refuses %j', (text) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(
      expect.objectContaining({ code: 'MLOPS-INPUT-001', where: 'b.json' }),
    );
  });
});
