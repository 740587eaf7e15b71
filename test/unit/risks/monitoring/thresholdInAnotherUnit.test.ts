import { describe, expect, it } from 'vitest';
import { itWithPromTools } from '../../../support/promTools.js';
import { changedLines, findings, fixed } from '../ruleTrial.js';
import { oneRule, shownOf } from './alertProof.js';

const SHARE = 'sum(rate(requests_total{code=~"5.."}[5m])) / sum(rate(requests_total[5m]))';
const says = (text: string) => ['for: 5m', `annotations: {summary: "${text}"}`];
const of = (text: string) => findings('MON-012', { 'rules.yml': text });

describe('MON-012', () => {
  it.each([
    ['a part of its whole', `${SHARE} > 5`, says('More than 5% fail'), '0.05'],
    ['percent as a word', `${SHARE} > 5`, says('More than 5 percent fail'), '0.05'],
    ['the fraction itself', `${SHARE} > 5`, says('More than 0.05 of them fail'), '0.05'],
    ['what is left of a share', `1 - ${SHARE} < 99`, says('Below 99%'), '0.99'],
    ['a ratio by its name', 'avg(cache_hit_ratio) < 80', says('Fewer than 80% hits'), '0.8'],
    ['an AUC', 'live_auc < 85', says('AUC below 0.85'), '0.85'],
    ['the number first', `5 < ${SHARE}`, says('above 5%'), '0.05'],
    [
      'a share that the annotation shows',
      'a_total / b_total > 5',
      says('{{ $value | humanizePercentage }} > 5%'),
      '0.05',
    ],
    ['100 times a share', `${SHARE} * 100 > 0.05`, says('More than 5% fail'), '5'],
  ])('puts the number that the alert states in the unit of %s', (_, expr, more, number) => {
    const text = oneRule('Failing', `'${expr}'`, more);
    const changed = changedLines(text, fixed('MON-012', { 'rules.yml': text }));
    expect(changed).toEqual([
      `-        expr: '${expr}'`,
      `+        expr: '${expr.replace(/(?<![\w.])(5|99|80|85|0\.05)(?![\w.])/, number)}'`,
    ]);
  });

  it('reads the number from the alert’s name', () => {
    expect(of(oneRule('ErrorsAbove5Percent', `'${SHARE} > 5'`))).toMatchObject([{ fixable: true, severity: 'high' }]);
  });

  itWithPromTools('shows the alert from never to proved', async () => {
    const before = oneRule('Failing', `'${SHARE} > 5'`, says('More than 5% fail'));
    const { verdict, shown } = await shownOf('Failing', before, fixed('MON-012', { 'rules.yml': before }));
    expect(verdict).toBe('proved');
    expect(shown).toMatch(/^before: never fires: .* never > 5; now: proved: .* fires 7m after .*> 0\.05/);
  });

  it.each([
    ['nothing states a number', `${SHARE} > 5`, says('Too many fail')],
    ['another number is stated', `${SHARE} > 5`, says('More than 7% fail')],
    ['there are two comparisons', `${SHARE} > 5 or ${SHARE} > 5`, says('5%')],
  ])('finds, but leaves to a person, where %s', (_, expr, more) => {
    expect(of(oneRule('Failing', `'${expr}'`, more))).toMatchObject([{ fixable: false }]);
  });

  it.each([
    ['the bound is a share', `${SHARE} > 0.05`, says('5%')],
    ['two counters are divided', 'rate(a_total[5m]) / rate(b_total[5m]) > 5', says('5%')],
    ['the whole has another range', 'rate(a_total{x="1"}[5m]) / rate(a_total[1h]) > 5', says('5%')],
    ['the whole has a matcher of its own', 'rate(a_total[5m]) / rate(a_total{x="1"}[5m]) > 5', says('5%')],
    ['only a name says ratio', 'compression_ratio > 5', says('Ratio high')],
    ['half a percent is meant', `${SHARE} * 100 > 0.5`, says('More than 0.5% fail')],
    ['a percentage is compared with one', `${SHARE} * 100 > 5`, says('5%')],
  ])('is silent where %s', (_, expr, more) => {
    expect(of(oneRule('Failing', `'${expr}'`, more))).toEqual([]);
  });
});
