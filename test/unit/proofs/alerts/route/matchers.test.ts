import { describe, expect, it } from 'vitest';
import { RegularExpressionError } from '../../../../../src/promql/regularExpression.js';
import {
  MatcherError,
  matchAll,
  matches,
  parseMatchers,
  printMatcher,
} from '../../../../../src/proofs/alerts/route/matchers.js';

function parsed(text: string): { utf8: boolean; matchers: string[][] } {
  const { matchers, utf8 } = parseMatchers(text);
  return { utf8, matchers: matchers.map(({ label, operator, value }) => [label, operator, value]) };
}

describe('the classic syntax', () => {
  it('takes values with and without quotes, blanks around each part, and braces', () => {
    expect(parsed('severity=critical').matchers).toEqual([['severity', '=', 'critical']]);
    expect(parsed('  severity  =~ "crit|page" ').matchers).toEqual([['severity', '=~', 'crit|page']]);
    expect(parsed('{foo = "bar", dings != "bums", }').matchers).toEqual([
      ['foo', '=', 'bar'],
      ['dings', '!=', 'bums'],
    ]);
    expect(parsed('team!~a b').matchers).toEqual([['team', '!~', 'a b']]);
    expect(parsed('a=').matchers).toEqual([['a', '=', '']]);
    expect(parsed('').matchers).toEqual([]);
  });

  it('keeps commas and escapes within quotes', () => {
    expect(parsed('{quote="She said: \\"Hi, ladies!\\""}').matchers).toEqual([
      ['quote', '=', 'She said: "Hi, ladies!"'],
    ]);
    expect(parsed('a="x\\\\y\\n\\d"').matchers).toEqual([['a', '=', 'x\\y\n\\d']]);
  });
});

describe('the syntax with UTF-8', () => {
  it('is needed for quoted label names and names beyond ASCII', () => {
    expect(parsed('"my label"="x"')).toEqual({ utf8: true, matchers: [['my label', '=', 'x']] });
    expect(parsed('{"a\\u00e9"=~"b.*",c=d}')).toEqual({
      utf8: true,
      matchers: [
        ['aé', '=~', 'b.*'],
        ['c', '=', 'd'],
      ],
    });
    expect(parsed('größe!=klein')).toEqual({ utf8: true, matchers: [['größe', '!=', 'klein']] });
  });

  it('counts only where the classic one fails, as Alertmanager falls back', () => {
    // By the newer syntax the value would end at the escape \\d, which Go's strings don't have.
    expect(parsed('a=~"\\d+"')).toEqual({ utf8: false, matchers: [['a', '=~', '\\d+']] });
    expect(parsed('a="\\u00e9"')).toEqual({ utf8: false, matchers: [['a', '=', '\\u00e9']] });
  });
});

describe('what is no matcher', () => {
  it.each(['severity', '=x', 'a=="b"', 'a="b', 'a="b"c', '"a"=b"', '{"a"="b"', '"a"="b"}', '"a"="b",,', '"a\\q"="b"'])(
    '%s is refused',
    (text) => {
      expect(() => parseMatchers(text)).toThrow(MatcherError);
    },
  );

  it('is refused with a broken regular expression', () => {
    expect(() => parseMatchers('a=~"["')).toThrow(RegularExpressionError);
  });
});

describe('matching', () => {
  it('takes an absent label for an empty one', () => {
    const [absent, present] = [parseMatchers('team=""').matchers, parseMatchers('team!=""').matchers];
    expect([matchAll(absent, {}), matchAll(absent, { team: 'a' })]).toEqual([true, false]);
    expect([matchAll(present, {}), matchAll(present, { team: 'a' })]).toEqual([false, true]);
    expect(matchAll(parseMatchers('team=~".*"').matchers, {})).toBe(true);
    expect(matchAll(parseMatchers('constructor=""').matchers, {})).toBe(true);
  });

  it('anchors regular expressions, also negated ones', () => {
    const [not] = parseMatchers('severity!~"warn|info"').matchers;
    if (not === undefined) throw new Error('no matcher');
    expect(['warn', 'warning', 'critical'].map((severity) => matches(not, { severity }))).toEqual([false, true, true]);
    expect(printMatcher(not)).toBe('severity!~"warn|info"');
  });
});
