/**
 * Characters that a terminal obeys, hides or reorders, so that what a person reads would differ from
 * what is there: controls and escape sequences, formats (bidirectional controls and zero-width
 * characters are among them), variation selectors and tags, fillers, line and paragraph separators,
 * odd spaces, private and unassigned characters, lone surrogates. See Unicode TR 36 and
 * "Trojan Source" (CVE-2021-42574).
 */
const DECEPTIVE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: joining characters are what is looked for
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFFA0\uFE00-\uFE0F\u{E0100}-\u{E01EF}]|(?! )\p{Zs}/gu;

const NAMED: Record<string, string> = { '\n': '<LF>', '\r': '<CR>', '\t': '<TAB>', '\u001b': '<ESC>' };

/** Text that comes from outside, for one line of a terminal: what deceives stands as `<U+202E>`. */
export function visible(text: string, options: { unicode: boolean } = { unicode: true }): string {
  const marked = text.replace(DECEPTIVE, mark);
  return options.unicode ? marked : marked.replace(/[^\x20-\x7e]/gu, mark);
}

function mark(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  return NAMED[character] ?? `<U+${code}>`;
}
