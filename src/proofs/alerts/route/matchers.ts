import type { MatchOperator } from '../../../promql/ast.js';
import { UnsupportedQuery } from '../../../promql/errors.js';
import {
  compileRegularExpression,
  type RegularExpression,
  RegularExpressionError,
} from '../../../promql/regularExpression.js';

export type Labels = Readonly<Record<string, string>>;

/** One condition on one label, as routes and inhibition rules have it. */
export interface LabelMatcher {
  label: string;
  operator: MatchOperator;
  value: string;
  /** Compiled and anchored, for `=~` and `!~`. */
  pattern?: RegularExpression;
}

/** A text that is no matcher to any Alertmanager. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
}

/** Whether a regular expression can't be used: broken by RE2's grammar, or beyond the bounds here. */
export function isPatternError(error: unknown): error is Error {
  return error instanceof RegularExpressionError || error instanceof UnsupportedQuery;
}

/** Value of a label; an absent one is empty. */
export function labelOf(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] as string) : '';
}

/** @throws an error for which {@link isPatternError} holds when the value is no regular expression though the operator wants one. */
export function labelMatcher(label: string, operator: MatchOperator, value: string): LabelMatcher {
  const matcher = { label, operator, value };
  return operator === '=~' || operator === '!~' ? { ...matcher, pattern: compileRegularExpression(value) } : matcher;
}

export function matches(matcher: LabelMatcher, labels: Labels): boolean {
  const value = labelOf(labels, matcher.label);
  const same = matcher.pattern === undefined ? value === matcher.value : matcher.pattern.test(value);
  return same === (matcher.operator === '=' || matcher.operator === '=~');
}

/** No matchers match every alert. */
export function matchAll(matchers: readonly LabelMatcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels));
}

export function printMatcher({ label, operator, value }: LabelMatcher): string {
  const name = CLASSIC_NAME.test(label) ? label : quoted(label);
  return `${name}${operator}${quoted(value)}`;
}

/** Double quotes with `\\`, `\"` and `\n` escaped, which every syntax of matchers understands. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

const CLASSIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const MAX_LENGTH = 20_000;

/**
 * The matchers of one entry of `matchers`, with or without braces. As Alertmanager since 0.27 reads
 * it: by the classic syntax where that is possible, else by the one with UTF-8 label names
 * (<https://prometheus.io/docs/alerting/latest/configuration/#matcher>).
 *
 * @returns `utf8` when only the newer syntax, which Alertmanager has since 0.27, can read it.
 * @throws MatcherError when neither can.
 * @throws an error for which {@link isPatternError} holds when a regular expression is broken.
 */
export function parseMatchers(text: string): { matchers: LabelMatcher[]; utf8: boolean } {
  if (text.length > MAX_LENGTH) throw new MatcherError('the matcher is too long');
  try {
    return { matchers: parseClassic(text), utf8: false };
  } catch (error) {
    if (!(error instanceof MatcherError || isPatternError(error))) throw error;
    try {
      return { matchers: new Utf8Parser(text).parse(), utf8: true };
    } catch (second) {
      if (second instanceof MatcherError || isPatternError(second)) throw error;
      throw second;
    }
  }
}

function parseClassic(text: string): LabelMatcher[] {
  const inside = text.replace(/^\{/, '').replace(/\}$/, '');
  const tokens: string[] = [];
  let token = '';
  let within = false;
  let escaped = false;
  for (const character of inside) {
    if (character === ',' && !within) {
      tokens.push(token);
      token = '';
      continue;
    }
    if (character === '"' && !escaped) within = !within;
    // Alertmanager lets a quoted comma pass without ending an escape.
    if (character !== ',') escaped = character === '\\' && !escaped;
    token += character;
  }
  if (token.trim() !== '') tokens.push(token);
  return tokens.map(parseClassicMatcher);
}

function parseClassicMatcher(text: string): LabelMatcher {
  const form = /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)([\s\S]*)$/.exec(text);
  if (form === null) throw new MatcherError(`bad matcher format: ${text}`);
  const [, label, operator, rest] = form as unknown as [string, string, MatchOperator, string];
  let raw = rest.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '');
  let open = raw.startsWith('"');
  if (open) raw = raw.slice(1);
  let value = '';
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw[at] as string;
    const next = raw[at + 1];
    if (character === '\\' && next !== undefined) {
      // A backslash before anything else stands for itself.
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`;
      at += 1;
    } else if (character === '"') {
      if (!open || at < raw.length - 1) throw new MatcherError(`unescaped double quote in the matcher ${text}`);
      open = false;
    } else value += character;
  }
  if (open) throw new MatcherError(`missing double quote in the matcher ${text}`);
  return labelMatcher(label, operator, value);
}

type Token = { kind: '{' | '}' | ',' | MatchOperator | 'end' } | { kind: 'text'; value: string };

/** White space of Go's `unicode.IsSpace`. */
const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const UNQUOTED = /^[^{}!=~,\\"'`\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

class Utf8Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  parse(): LabelMatcher[] {
    const matchers: LabelMatcher[] = [];
    const braces = this.peek().kind === '{';
    if (braces) this.next();
    while (this.peek().kind === 'text') {
      const label = this.word();
      const operator = this.next().kind;
      if (operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~') throw this.bad();
      matchers.push(labelMatcher(label, operator, this.word()));
      if (this.peek().kind !== ',') break;
      this.next();
    }
    if (braces && this.next().kind !== '}') throw this.bad();
    if (this.next().kind !== 'end') throw this.bad();
    return matchers;
  }

  private word(): string {
    const token = this.next();
    if (token.kind !== 'text') throw this.bad();
    return token.value;
  }

  private peek(): Token {
    const { at } = this;
    const token = this.next();
    this.at = at;
    return token;
  }

  private next(): Token {
    this.at += SPACE.exec(this.text.slice(this.at))?.[0].length ?? 0;
    const rest = this.text.slice(this.at);
    if (rest === '') return { kind: 'end' };
    const sign = /^(?:[{},]|=~|!=|!~|=)/.exec(rest)?.[0];
    if (sign !== undefined) {
      this.at += sign.length;
      return { kind: sign as '{' | '}' | ',' | MatchOperator };
    }
    const written = /^"(?:[^"\\]|\\[\s\S])*"/.exec(rest)?.[0];
    if (written !== undefined) {
      this.at += written.length;
      return { kind: 'text', value: this.unquote(written) };
    }
    const plain = UNQUOTED.exec(rest)?.[0];
    if (plain === undefined) throw this.bad();
    this.at += plain.length;
    return { kind: 'text', value: plain };
  }

  /** A string literal of Go. */
  private unquote(written: string): string {
    const inside = written.slice(1, -1);
    if (inside.includes('\n')) throw this.bad();
    const bytes: number[] = [];
    const piece =
      /\\(?:([abfnrtv\\"])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2}))|\\|[^\\]+/g;
    for (const [all, simple, hex, short, long, octal] of inside.matchAll(piece)) {
      if (simple !== undefined) bytes.push((GO_ESCAPES[simple] as string).charCodeAt(0));
      else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
      else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
      else if (short !== undefined || long !== undefined) {
        const point = Number.parseInt((short ?? long) as string, 16);
        if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw this.bad();
        bytes.push(...new TextEncoder().encode(String.fromCodePoint(point)));
      } else if (all === '\\') throw this.bad();
      else bytes.push(...new TextEncoder().encode(all));
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    } catch {
      throw this.bad();
    }
  }

  private bad(): MatcherError {
    return new MatcherError(`bad matcher format: ${this.text}`);
  }
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};
