/** A name that is followed by an opening parenthesis. */
export interface CalledName {
  name: string;
  at: number;
}

/** What of a query's text can be told without its grammar. */
export interface ScannedText {
  called: readonly CalledName[];
  /** First character outside strings and comments that no query has, such as a no-break space. */
  illegal: { character: string; at: number } | undefined;
}

const PIECE = /#[^\n]*|"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|`[^`]*`?|[A-Za-z_:][A-Za-z0-9_:]*|[\s\S]/gu;
const LEGAL = /^[\t\n\r -~]$/;

/** Splits a query into strings, comments, names and single characters, in linear time. */
export function scanQuery(text: string): ScannedText {
  const called: CalledName[] = [];
  let illegal: ScannedText['illegal'];
  let name: CalledName | undefined;
  for (const { 0: piece, index } of text.matchAll(PIECE)) {
    if (/^[A-Za-z_:]/.test(piece)) {
      name = { name: piece, at: index };
    } else if (piece === '(') {
      if (name !== undefined) called.push(name);
      name = undefined;
    } else if (/^[#"'`]/.test(piece)) {
      if (!piece.startsWith('#')) name = undefined;
    } else if (!LEGAL.test(piece)) {
      illegal ??= { character: piece, at: index };
      name = undefined;
    } else if (!/^\s$/.test(piece)) {
      name = undefined;
    }
  }
  return { called, illegal };
}
