import { RE2JS } from 're2js';
import { UnsupportedQuery } from './errors.js';

/** Not a regular expression in Go's syntax (RE2). */
export class RegularExpressionError extends Error {
  override readonly name = 'RegularExpressionError';
}

/**
 * A regular expression as Prometheus and Alertmanager use it: Go's syntax, leftmost-first, always
 * anchored at both ends. Matching takes time in proportion to pattern and text, so that a pattern
 * from a repository can't hold us up.
 */
export interface RegularExpression {
  test(value: string): boolean;
  /** The groups of the match, the whole one first and `undefined` for those without part in it. */
  match(value: string): readonly (string | undefined)[] | undefined;
  /**
   * A template with `$1`, `${1}`, `$name` and `$$` filled from the groups of a match, as Go's
   * `Regexp.Expand`: the longest name counts (`$1x` is the group `1x`), an unknown group is empty, a
   * malformed `$` stays.
   */
  expand(template: string, groups: readonly (string | undefined)[]): string;
  /** Instructions of the compiled pattern, for bounds on many of them. */
  size: number;
}

const MAX_PATTERN = 10_000;
const MAX_CACHED = 2_000;

const compiled = new Map<string, RegularExpression>();

/**
 * Compiles a pattern, by the port of RE2 to JavaScript.
 *
 * @throws RegularExpressionError when Go's `regexp` would refuse the pattern.
 * @throws UnsupportedQuery for a pattern of more than 10,000 characters.
 */
export function compileRegularExpression(source: string): RegularExpression {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const made = compile(source);
  if (compiled.size >= MAX_CACHED) compiled.clear();
  compiled.set(source, made);
  return made;
}

function compile(source: string): RegularExpression {
  if (source.length > MAX_PATTERN) throw new UnsupportedQuery('a regular expression of such length');
  try {
    // By itself first: `a)|(b` is broken, and must not be mended by the brackets of the anchoring.
    RE2JS.compile(source);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '');
    throw new RegularExpressionError(`error parsing regular expression ${JSON.stringify(source)}: ${why}`);
  }
  const pattern = RE2JS.compile(`^(?:${source})$`);
  const groups = pattern.groupCount();
  const names = new Map(Object.entries(pattern.namedGroups() as Record<string, number>));
  return {
    test: (value) => pattern.matches(value),
    match: (value) => {
      const matcher = pattern.matcher(value);
      if (!matcher.matches()) return undefined;
      return Array.from({ length: groups + 1 }, (_, index) => matcher.group(index) ?? undefined);
    },
    expand: (template, matched) =>
      template.replace(
        /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
        (whole, braced?: string, plain?: string) => {
          const name = braced ?? plain;
          if (name === undefined) return whole.slice(1);
          const number = /^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : names.get(name);
          return (number === undefined ? undefined : matched[number]) ?? '';
        },
      ),
    size: pattern.programSize(),
  };
}
