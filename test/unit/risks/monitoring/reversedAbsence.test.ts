import { describe, expect, it } from 'vitest';
import { itWithPromTools } from '../../../support/promTools.js';
import { changedLines, findings, fixed } from '../ruleTrial.js';
import { oneRule, shownOf } from './alertProof.js';

const of = (text: string) => findings('MON-013', { 'rules.yml': text });

const CASES: [string, string][] = [
  ['absent(live_auc{model="m"}) == 0', 'absent(live_auc{model="m"}) == 1'],
  ['absent(live_auc) < 1', 'absent(live_auc) == 1'],
  ['absent_over_time(live_auc[5m]) != 1', 'absent_over_time(live_auc[5m]) == 1'],
  ['count(up{job="api"}) == 0', 'absent(up{job="api"})'],
  ['count(live_auc) < 1', 'absent(live_auc)'],
];

describe('MON-013', () => {
  it.each([...CASES, ['present_over_time(live_auc[5m])', 'absent_over_time(live_auc[5m])']])(
    'turns %s into %s',
    (expr, to) => {
      const text = oneRule('MetricsMissing', `'${expr}'`);
      expect(changedLines(text, fixed('MON-013', { 'rules.yml': text }))).toEqual([
        `-        expr: '${expr}'`,
        `+        expr: '${to}'`,
      ]);
    },
  );

  it('takes the word of an annotation, too', () => {
    const text = oneRule('Model', "'absent(x) == 0'", ['for: 5m', 'annotations: {summary: There is no data of x}']);
    expect(of(text)).toMatchObject([{ fixable: true }]);
  });

  for (const [expr] of CASES.filter((_, index) => index === 0 || index === 3)) {
    itWithPromTools(`shows ${expr} from not firing to proved`, async () => {
      const before = oneRule('MetricsMissing', `'${expr}'`);
      const { verdict, shown } = await shownOf('MetricsMissing', before, fixed('MON-013', { 'rules.yml': before }));
      expect(verdict).toBe('proved');
      expect(shown).toMatch(/^before: never fires: .*; now: proved: /);
    });
  }

  it.each([
    ['nothing says whether absence or presence is meant', 'Model', 'absent(x) == 0'],
    ['the query matches by labels', 'XMissing', 'count(x) == 0 and on () y'],
    ['counts are kept apart', 'XMissing', 'count by (job) (x) == 0'],
    ['what is counted is a comparison', 'XMissing', 'count(x == 0) == 0'],
  ])('finds, but leaves to a person, where %s', (_, name, expr) => {
    expect(of(oneRule(name, `'${expr}'`))).toMatchObject([{ fixable: false, severity: 'high' }]);
  });

  it.each([
    'absent(x)',
    'absent(x) == 1',
    'absent(x) > 0',
    'count(x) == 1',
    'count(x) < 2',
    'sum(up) == 0',
    'count_over_time(x[5m]) == 0',
  ])('is silent about %s', (expr) => {
    expect(of(oneRule('XMissing', `'${expr}'`))).toEqual([]);
  });

  it('is silent about presence where the alert doesn’t speak of absence', () => {
    expect(of(oneRule('LegacyModelInUse', "'present_over_time(x[5m])'"))).toEqual([]);
  });
});
