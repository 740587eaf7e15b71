import { QueryError } from './errors.js';

const PLAIN_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
};

/**
 * Value of a quoted string, with the escapes that Go has (`\x41` and octal escapes are bytes; what
 * isn't UTF-8 in the end becomes U+FFFD).
 *
 * @param at where the literal stands in the query, for the error.
 * @throws QueryError when it isn't closed or has an escape that Go doesn't know.
 */
export function unquote(literal: string, at: number): string {
  const quote = literal.charAt(0);
  const body = literal.slice(1, -1);
  if (literal.length < 2 || literal.at(-1) !== quote) throw new QueryError('unterminated quoted string', at);
  if (quote === '`') return body;
  if (body.includes('\n')) throw new QueryError('a line break in a quoted string', at);
  if (!body.includes('\\')) return body;

  const encoder = new TextEncoder();
  const bytes: number[] = [];
  let index = 0;
  const fail = (): never => {
    throw new QueryError('an escape sequence that is not known in a quoted string', at + 1 + index);
  };
  const digits = (from: number, count: number, base: 8 | 16): number => {
    const text = body.slice(from, from + count);
    if (text.length < count || !(base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(text)) fail();
    return Number.parseInt(text, base);
  };
  while (index < body.length) {
    const plain = body.indexOf('\\', index);
    const end = plain < 0 ? body.length : plain;
    if (end > index) bytes.push(...encoder.encode(body.slice(index, end)));
    index = end;
    if (index === body.length) break;
    const letter = body.charAt(index + 1);
    const byte = letter === quote ? quote.charCodeAt(0) : PLAIN_ESCAPES[letter];
    if (byte !== undefined) {
      bytes.push(byte);
      index += 2;
    } else if (letter === 'x') {
      bytes.push(digits(index + 2, 2, 16));
      index += 4;
    } else if (letter === 'u' || letter === 'U') {
      const count = letter === 'u' ? 4 : 8;
      const code = digits(index + 2, count, 16);
      if (code > 0x10ffff) fail();
      bytes.push(...encoder.encode(String.fromCodePoint(code)));
      index += 2 + count;
    } else {
      const code = digits(index + 1, 3, 8);
      if (code > 255) fail();
      bytes.push(code);
      index += 4;
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(bytes));
}

/** A string as a literal that every version of Prometheus reads. */
export function quoteString(value: string): string {
  return JSON.stringify(value);
}
