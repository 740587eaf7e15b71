import { describe, expect, it, test } from 'vitest';
import { UnsupportedQuery } from '../../../src/promql/errors.js';
import { compileRegularExpression, RegularExpressionError } from '../../../src/promql/regularExpression.js';

/** The agreement with Go itself is shown in promtoolAgreement.test.ts. */
describe('matches whole values only', () => {
  test.each([
    ['5..', '500', true],
    ['5..', '1500', false],
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['.*', '', true],
    ['.+', 'a\nb', false],
    ['(?s).+', 'a\nb', true],
    ['(?i)WARN|error', 'Warn', true],
    ['(?i:a)b', 'AB', false],
    ['[[:digit:]]+', '12', true],
    ['\\Qa.b\\E', 'axb', false],
    ['[^-a]', '-', false],
    ['{', '{', true],
    ['\\x{1F600}', '😀', true],
  ])('%s on %j: %s', (pattern, value, expected) =>
    expect(compileRegularExpression(pattern).test(value)).toBe(expected),
  );
});

test('groups are those of the match, with names', () => {
  const pattern = compileRegularExpression('(?P<host>[^:]+):(\\d+)?');
  expect([...(pattern.match('db:') ?? [])]).toEqual(['db:', 'db', undefined]);
  expect(pattern.expand('<$host>', pattern.match('db:') ?? [])).toBe('<db>');
  expect(pattern.match('db')).toBeUndefined();
});

test.each([
  '(',
  ')',
  '*a',
  'a**',
  '[b-a]',
  '(?=a)',
  '\\1',
  '\\q',
  'a{1001}',
  '(a{100}){100}',
  '[a',
  'a\\',
  '(?',
  '\\p{No}{',
])('refuses %s as Go does', (pattern) => {
  if (pattern === '\\p{No}{') expect(compileRegularExpression(pattern).test('½{')).toBe(true);
  else expect(() => compileRegularExpression(pattern)).toThrow(RegularExpressionError);
});

test('patterns that make a backtracking engine explode are answered on long values', () => {
  const value = 'a'.repeat(20_000);
  for (const pattern of ['(a+)+b', '(a|a)*b', '(a*)*b', `${'a*'.repeat(10)}b`]) {
    expect(compileRegularExpression(pattern).test(value)).toBe(false);
    expect(compileRegularExpression(pattern).test(`${value}b`)).toBe(true);
  }
});

test('a pattern of more than 10,000 characters is not compiled', () => {
  expect(() => compileRegularExpression('a'.repeat(10_001))).toThrow(UnsupportedQuery);
});

test('brackets of the anchoring do not mend a broken pattern', () => {
  expect(() => compileRegularExpression('a)|(b')).toThrow(RegularExpressionError);
});

function matches(pattern: string, ...texts: string[]): boolean[] {
  const compiled = compileRegularExpression(pattern);
  return texts.map((text) => compiled.test(text));
}

describe('anchored patterns', () => {
  it('match the whole text or nothing', () => {
    expect(matches('crit.*', 'critical', 'crit', 'acritical')).toEqual([true, true, false]);
    expect(matches('a|b', 'a', 'b', 'ab')).toEqual([true, true, false]);
    expect(matches('', '', 'a')).toEqual([true, false]);
  });

  it('take a dot for any character but the line break, unless the flag s is set', () => {
    expect(matches('a.b', 'a\nb', 'axb', 'a😀b')).toEqual([false, true, true]);
    expect(matches('(?s)a.b', 'a\nb')).toEqual([true]);
  });

  it('know classes: ranges, negated, Perl, POSIX and Unicode', () => {
    expect(matches('[a-c]+', 'abc', 'abd')).toEqual([true, false]);
    expect(matches('[^a]', 'b', '\n', 'a')).toEqual([true, true, false]);
    expect(matches('[]x]+', ']x', 'y')).toEqual([true, false]);
    expect(matches('[\\w-.]+', 'a-.b', 'a b')).toEqual([true, false]);
    expect(matches('[[:digit:][:^alnum:]]+', '1-2', 'a')).toEqual([true, false]);
    expect(matches('\\p{Greek}+\\PL', 'αβ1', 'ab1')).toEqual([true, false]);
    expect(matches('\\S\\s\\D\\d', 'a b1', 'a\u00a0b1')).toEqual([true, false]);
  });

  it('count repetitions, and take a brace that begins no count for a brace', () => {
    expect(matches('a{2,3}', 'a', 'aa', 'aaa', 'aaaa')).toEqual([false, true, true, false]);
    expect(matches('a{2,}', 'a', 'aaaaa')).toEqual([false, true]);
    expect(matches('a{,2}', 'a{,2}', 'aa')).toEqual([true, false]);
    expect(matches('(?:ab?){2}', 'aab', 'ab')).toEqual([true, false]);
  });

  it('know flags, for the rest of a group or for one of their own', () => {
    expect(matches('(?i)crit', 'CRIT', 'cRiT')).toEqual([true, true]);
    expect(matches('(?i:a)b', 'Ab', 'AB')).toEqual([true, false]);
    expect(matches('((?i)a)b', 'Ab', 'AB')).toEqual([true, false]);
    expect(matches('(?i)K|[k-s]', '\u212a', 'k', 'K')).toEqual([true, true, true]);
  });

  it('know escapes and quoting', () => {
    expect(matches('\\Qa.b\\E+', 'a.b', 'a.bb', 'axb')).toEqual([true, true, false]);
    expect(matches('\\x41\\x{1F600}\\101\\.\\_', 'A😀A._')).toEqual([true]);
    expect(matches('\\bfoo\\b.*', 'foo bar', 'foobar')).toEqual([true, false]);
  });

  it('refuse what RE2 refuses', () => {
    for (const broken of [
      '(',
      'a)',
      '[a',
      '*a',
      'a**',
      'a{1001}',
      '(?=a)',
      '(?<!a)',
      '\\1',
      '\\Z',
      '[b-a]',
      '(a{100}){100}',
    ]) {
      expect(() => compileRegularExpression(broken), broken).toThrow(RegularExpressionError);
    }
  });

  it('are matched in time in proportion to the text, where backtracking would take years', () => {
    expect(compileRegularExpression('(a*)*(a*)*b').test('a'.repeat(5_000))).toBe(false);
    expect(compileRegularExpression('(x+x+)+y').test('x'.repeat(5_000))).toBe(false);
  });
});

describe('groups', () => {
  it('hold what the leftmost alternative, taken greedily, matched', () => {
    expect(compileRegularExpression('(.+?)(?::(\\d+))?').match('host:9090')).toEqual(['host:9090', 'host', '9090']);
    expect(compileRegularExpression('(a|ab)(c|bcd)').match('abcd')).toEqual(['abcd', 'a', 'bcd']);
    expect(compileRegularExpression('(b|)*').match('')).toEqual(['', '']);
    expect(compileRegularExpression('(x)?y').match('y')).toEqual(['y', undefined]);
  });

  it('fill a template as Go does: the longest name counts, unknown ones are empty', () => {
    const pattern = compileRegularExpression('(?P<host>[^:]+):(\\d+)');
    const match = pattern.match('db:5432');
    if (match === undefined) throw new Error('no match');
    const expand = (template: string) => pattern.expand(template, match);
    expect(expand('$1')).toBe('db');
    expect(expand('${host}-$2')).toBe('db-5432');
    expect(expand('$1x')).toBe('');
    expect(expand('${1}x')).toBe('dbx');
    expect(expand('$$1')).toBe('$1');
    expect(expand('$9|$0')).toBe('|db:5432');
    expect(expand('${host')).toBe('${host');
    expect(expand('100$')).toBe('100$');
  });
});
