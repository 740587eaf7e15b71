import { expect, it } from 'vitest';
import { chooseInputs } from '../../../../src/proofs/alerting/chooseValues.js';
import { movedThresholds, reversedComparisons } from '../../../../src/proofs/alerting/mutants.js';
import { parsePromql } from '../../../../src/proofs/alerting/promql.js';

const inputs = (query: string) => chooseInputs(parsePromql(query), query, 30, []);
const short = (text: string) => text.replace(/\s+/g, ' ').trim();

it.each([
  ['a > 5', 'a <= 5'],
  ['5 < a', '5 >= a'],
  ['a == 0', 'a != 0'],
])('turns %s into %s', (query, reversed) => {
  expect(reversedComparisons(query, inputs(query)).map(({ expr }) => short(expr))).toEqual([reversed]);
});

it('moves the threshold beyond the firing and beyond the healthy value, for each condition', () => {
  const query = 'a > 5 and b < 2';
  const moved = movedThresholds(query, inputs(query)).map(({ expr, noticedBy, healthy }) => [
    short(expr),
    noticedBy,
    healthy,
  ]);
  // a fires at 6 and is silent at 5; b fires at 1 and is silent at 2.
  expect(moved).toEqual([
    ['a > 12 and b < 2', 'fires', 0],
    ['a > (-1) and b < 2', 'stays silent', 0],
    ['a > 5 and b < (-1)', 'fires', 1],
    ['a > 5 and b < 4', 'stays silent', 1],
  ]);
});

it('moves an equality to what the healthy value is', () => {
  expect(movedThresholds('a == 0', inputs('a == 0')).map(({ expr }) => short(expr))).toEqual(['a == 2', 'a == 1']);
});
