const LITERAL = /^([a-zA-Z]*)('''|"""|'|")([\s\S]*)$/;
const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
};

/** Whether a string literal, or the first part of a continued one that has it, is an f-string. */
export function isFormatted(source: string): boolean {
  return /(^|['"\s])[rRbB]?[fF][rR]?['"]/.test(source.slice(0, 10_000));
}

/**
 * Value of a string literal as Python's lexical analysis reads it (prefixes, triple quotes, usual
 * escapes). Replacement fields of f-strings stay as written.
 */
export function decodePythonString(source: string): string {
  const match = LITERAL.exec(source);
  if (!match) return source;
  const [, prefix, quote, rest] = match as unknown as [string, string, string, string];
  const body = rest.endsWith(quote) ? rest.slice(0, -quote.length) : rest;
  if (/r/i.test(prefix)) return body;
  return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|\r?\n|[\s\S])/g, (whole, code: string) => {
    if (code.endsWith('\n')) return '';
    if (/^[xu]/.test(code) && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? whole;
  });
}
