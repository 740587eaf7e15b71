import { describe, expect, it } from 'vitest';
import { labelValueFor, matches } from '../../../../src/proofs/alerting/labelValue.js';
import type { MatchOperator } from '../../../../src/proofs/alerting/promql.js';

const matcher = (operator: MatchOperator, value: string) => ({ label: 'x', operator, value });

describe('labelValueFor', () => {
  it.each([
    ['5..', '5aa'],
    ['(a|b)c', 'ac'],
    ['.+', 'a'],
    ['.*-intelligence|.*-predictor', 'a-intelligence'],
    ['[0-9]{3}', '000'],
    ['\\d+\\.\\d', '0.0'],
    ['api', 'api'],
    ['(?:dev|prod)-[^a-z]', 'dev-0'],
    ['^edge$', 'edge'],
    ['a?', 'a'],
  ])('gives for =~ %s the value %s', (pattern, value) => {
    expect(labelValueFor([matcher('=~', pattern)])).toBe(value);
    expect(new RegExp(`^(?:${pattern})$`).test(value)).toBe(true);
  });

  it('satisfies all matchers of a label together', () => {
    expect(labelValueFor([matcher('=~', 'a|b|c'), matcher('!=', 'a'), matcher('!~', 'b.*')])).toBe('c');
    expect(labelValueFor([matcher('!=', 'example')])).toBe('other');
  });

  it('leaves the label out only where no text fits', () => {
    expect(labelValueFor([matcher('=', '')])).toBe('');
    expect(labelValueFor([matcher('!~', '.+')])).toBe('');
    expect(labelValueFor([matcher('!=', '')])).toBe('example');
  });

  it('gives a value that the other matchers refuse', () => {
    expect(labelValueFor([], [matcher('=~', '5..')])).toBe('example');
    expect(labelValueFor([matcher('=~', 'a|b')], [matcher('=', 'a')])).toBe('b');
  });

  it.each(['(?i)abc', '\\pL', '(?<=a)b', '(a)\\1', '[[:alpha:]]', '(', 'x{500}'])('finds none for %s', (pattern) => {
    expect(labelValueFor([matcher('=~', pattern)])).toBeUndefined();
  });

  it('finds none where the matchers contradict each other', () => {
    expect(labelValueFor([matcher('=', 'a'), matcher('=', 'b')])).toBeUndefined();
  });
});

describe('matches', () => {
  it('anchors patterns and takes an absent label as empty', () => {
    expect(matches(matcher('=~', '5..'), '1500')).toBe(false);
    expect(matches(matcher('=~', '.*'), '')).toBe(true);
    expect(matches(matcher('!~', '5..'), '404')).toBe(true);
  });

  it('does not try a long value on a pattern whose matching may explode', () => {
    expect(matches(matcher('=~', '((a+)+)+b'), 'a'.repeat(40))).toBeUndefined();
  });
});
