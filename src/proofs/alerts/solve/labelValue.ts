import type { Matcher as QueryMatcher } from '../../../promql/ast.js';
import { UnsupportedQuery } from '../../../promql/errors.js';
import { matches as matchesLabel } from '../../../promql/matchers.js';
import { RegularExpressionError } from '../../../promql/regularExpression.js';

/** What a label's value must satisfy. */
export type Matcher = Pick<QueryMatcher, 'operator' | 'value'>;

const PLAIN_VALUES = ['example', 'other', '200', '1', 'a'] as const;
const MAX_CANDIDATES = 40;
const MAX_VALUE = 64;
const MAX_CLASS_SAMPLES = 4;

/**
 * Whether a label value satisfies a matcher; an absent label is the empty value.
 *
 * @returns undefined when the pattern can't be tried safely.
 */
export function matches(matcher: Matcher, value: string): boolean | undefined {
  try {
    return matchesLabel(matcher, value);
  } catch (error) {
    if (error instanceof UnsupportedQuery || error instanceof RegularExpressionError) return undefined;
    throw error;
  }
}

/**
 * A value for a label that satisfies all its matchers, and none of `refused`'s conjunctions: the
 * values that the patterns themselves suggest come first, then plain words, then the absent label.
 *
 * @returns undefined when none was found, which doesn't mean that there is none.
 */
export function labelValueFor(matchers: readonly Matcher[], refused: readonly Matcher[] = []): string | undefined {
  const suggested = matchers.flatMap((matcher) => {
    if (matcher.operator === '=') return [matcher.value];
    return matcher.operator === '=~' ? valuesOf(matcher.value) : [];
  });
  return [...suggested, ...PLAIN_VALUES, ''].find(
    (value) =>
      (value.length <= MAX_VALUE || matchers.some(({ operator }) => operator === '=')) &&
      matchers.every((matcher) => matches(matcher, value) === true) &&
      (refused.length === 0 || refused.some((matcher) => matches(matcher, value) === false)),
  );
}

/** Some short texts that a pattern matches, one for each alternative. */
function valuesOf(pattern: string): string[] {
  try {
    const reader = new PatternReader(pattern);
    const values = reader.alternatives();
    return reader.atEnd() ? values : [];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

const CLASS_SAMPLES: Readonly<Record<string, string>> = { d: '0', w: 'a', s: ' ', D: 'a', W: '-', S: 'a' };

/** Reads a pattern and gives sample texts; a RangeError means that the pattern is outside the subset. */
class PatternReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly pattern: string) {}

  atEnd(): boolean {
    return this.at === this.pattern.length;
  }

  alternatives(): string[] {
    if (++this.depth > 20) throw new RangeError('nested too deeply');
    const found = this.sequence();
    while (this.peek() === '|') {
      this.at += 1;
      found.push(...this.sequence());
    }
    this.depth -= 1;
    return found.slice(0, MAX_CANDIDATES);
  }

  private sequence(): string[] {
    let texts = [''];
    while (!this.atEnd() && this.peek() !== '|' && this.peek() !== ')') {
      const pieces = this.repeated(this.atom());
      texts = texts.flatMap((text) => pieces.map((piece) => text + piece)).slice(0, MAX_CANDIDATES);
      if (texts.some((text) => text.length > MAX_VALUE)) throw new RangeError('too long');
    }
    return texts;
  }

  private atom(): string[] {
    const character = this.take();
    switch (character) {
      case '^':
      case '$':
        return [''];
      case '.':
        return ['a'];
      case '(': {
        if (this.pattern.startsWith('?:', this.at)) this.at += 2;
        const inside = this.alternatives();
        if (this.take() !== ')') throw new RangeError('unclosed group');
        return inside;
      }
      case '[':
        return this.characterClass();
      case '\\':
        return [this.escape()];
      default:
        return [character];
    }
  }

  private repeated(pieces: string[]): string[] {
    const quantifier = /^(?:[*+?]|\{(\d{1,3})(?:,\d*)?\})\??/.exec(this.pattern.slice(this.at));
    if (quantifier === null) return pieces;
    this.at += quantifier[0].length;
    const fewest = quantifier[1];
    if (fewest !== undefined) return pieces.map((piece) => piece.repeat(Number(fewest)));
    // One occurrence is more telling than none, and allowed by each of `*`, `+` and `?`.
    return quantifier[0].startsWith('+') ? pieces : [...pieces, ''];
  }

  /** Characters of a class that look ordinary first, then those that it names. */
  private characterClass(): string[] {
    const end = this.pattern.indexOf(']', this.at + 1);
    if (end < 0) throw new RangeError('unclosed class');
    const source = this.pattern.slice(this.at - 1, end + 1);
    const test = new RegExp(`^${source}$`);
    this.at = end + 1;
    const candidates = [...'a0A_-./: ', ...source.slice(1)];
    const found = [...new Set(candidates.filter((character) => test.test(character)))];
    if (found.length === 0) throw new RangeError('no sample for a class');
    return found.slice(0, MAX_CLASS_SAMPLES);
  }

  private escape(): string {
    const character = this.take();
    if (!/[a-zA-Z0-9]/.test(character)) return character;
    const sample = CLASS_SAMPLES[character];
    if (sample === undefined) throw new RangeError('unknown escape');
    return sample;
  }

  private peek(): string | undefined {
    return this.pattern[this.at];
  }

  private take(): string {
    const character = this.pattern[this.at];
    if (character === undefined) throw new RangeError('pattern ended');
    this.at += 1;
    return character;
  }
}
