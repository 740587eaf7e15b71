import { describe, expect, it } from 'vitest';
import { itWithPromTools } from '../../../support/promTools.js';
import { changedLines, findings, fixed } from '../ruleTrial.js';
import { oneRule, shownOf } from './alertProof.js';

const of = (text: string) => findings('MON-014', { 'rules.yml': text });
const says = (text: string) => [`annotations: {summary: "${text}"}`];

describe('MON-014', () => {
  it.each([
    ['No live AUC for 10 minutes', '10m'],
    ['Missing for more than 1h', '1h'],
    ['gone since 90s', '1m30s'],
  ])('waits as long as "%s" says', (text, wait) => {
    const rule = oneRule('AucMissing', 'absent(live_auc)', says(text));
    expect(changedLines(rule, fixed('MON-014', { 'rules.yml': rule }))).toEqual([`+        for: ${wait}`]);
  });

  it('puts a wait of 0 right where it stands', () => {
    const rule = oneRule('AucMissing', 'absent(live_auc)', ['for: 0s', ...says('for 10m')]);
    expect(changedLines(rule, fixed('MON-014', { 'rules.yml': rule }))).toEqual([
      '-        for: 0s',
      '+        for: 10m',
    ]);
  });

  it('adds the wait behind a query over several lines', () => {
    const rule = oneRule('AucMissing', '|\n          absent(\n            live_auc\n          )', says('for 10m'));
    expect(changedLines(rule, fixed('MON-014', { 'rules.yml': rule }))).toEqual(['+        for: 10m']);
  });

  it('waits as all other alerts on absence of the repository do', () => {
    const other = oneRule('PsiMissing', 'absent(psi)', ['for: 15m']);
    const files = { 'a.yml': oneRule('AucMissing', 'absent(live_auc)', []), 'b.yml': other };
    expect(fixed('MON-014', files)).toContain('        for: 15m\n');
    const third = oneRule('KsMissing', 'absent(ks)', ['for: 5m']);
    expect(findings('MON-014', { ...files, 'c.yml': third })).toMatchObject([{ fixable: false }]);
  });

  itWithPromTools('shows the alert before and after', async () => {
    const before = oneRule('AucMissing', 'absent(live_auc)', says('No live AUC for 10 minutes'));
    const { verdict, shown } = await shownOf('AucMissing', before, fixed('MON-014', { 'rules.yml': before }));
    expect(verdict).toBe('proved');
    expect(shown).toMatch(/^before: proved: .*fires as soon as .*; now: proved: .*fires 10m after /);
  });

  it.each([
    ['nothing says how long', []],
    ['two spans are named', says('missing for 10m, paged for 1h')],
  ])('finds, but leaves to a person, where %s', (_, more) => {
    expect(of(oneRule('AucMissing', 'absent(live_auc)', more))).toMatchObject([{ fixable: false, severity: 'low' }]);
  });

  it.each(['absent_over_time(x[10m])', 'absent(x) and on () y', 'absent(sum(x))', 'up == 0'])(
    'is silent about %s',
    (expr) => {
      expect(of(oneRule('XMissing', expr, says('for 10m')))).toEqual([]);
    },
  );
});
