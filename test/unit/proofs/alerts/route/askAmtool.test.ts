import { expect, it } from 'vitest';
import { receiversIn } from '../../../../../src/proofs/alerts/route/askAmtool.js';

it("reads the receivers of amtool's answer, also of names that hold a comma", () => {
  const names = ['a', 'b', 'a,b', 'team'];
  expect(receiversIn('team', names)).toEqual(['team']);
  expect(receiversIn('team,a,b', names)).toEqual(['team', 'a,b']);
  expect(receiversIn('b,a', names)).toEqual(['b', 'a']);
  expect(receiversIn('', names)).toEqual([]);
});

it('says when an answer can not be made of the names, without trying every way', () => {
  expect(receiversIn('other', ['a'])).toBeUndefined();
  expect(receiversIn(`${'a,'.repeat(200)}x`, ['a', 'a,a', 'a,a,a'])).toBeUndefined();
});
