/**
 * Everything that a report shows comes from outside: repositories, alerts, approvers' comments.
 * These functions make it visible and harmless for Markdown (CommonMark and GitHub's dialect) and
 * for the HTML and the terminals that Markdown ends up in.
 */

/**
 * Characters that can't be seen or that deceive: controls, formats (bidirectional and zero-width
 * ones), separators and blanks other than the space, private, unassigned and lone surrogates,
 * variation selectors, fillers; and the brackets that mark an escape, so that none can be forged.
 */
const UNSEEN = new RegExp(
  [
    '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\u2800\\u115f\\u1160\\u3164\\uffa0\\u27e8\\u27e9]',
    '(?! )\\p{Zs}|\\u034f|[\\u17b4\\u17b5]|[\\u180b-\\u180f]|[\\ufe00-\\ufe0f]|[\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'gu',
);
const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Scripts with letters that look like Latin ones. */
const LOOKALIKE =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/gu;
const LETTER_OUTSIDE_ASCII = /(?!\w)[\p{L}\p{Nd}]/gu;

/**
 * A text in which nothing hides. What can't be seen stands as `⟨U+202E⟩`; so do letters that pose
 * as others: Cyrillic, Greek and similar ones within a word that also has Latin letters, and
 * letters that are ASCII letters in another dress (fullwidth, mathematical).
 *
 * @param keep characters that stay as they are, for example line feed and tab in a block.
 */
export function visible(text: string, keep = ''): string {
  const shown = text.replace(UNSEEN, (character) => (keep.includes(character) ? character : codePoint(character)));
  return shown.replace(WORD, (word) => {
    const plain = word.replace(LETTER_OUTSIDE_ASCII, (letter) =>
      /^[A-Za-z0-9]+$/.test(letter.normalize('NFKC')) ? codePoint(letter) : letter,
    );
    return LATIN.test(word) ? plain.replace(LOOKALIKE, codePoint) : plain;
  });
}

/**
 * A text as one line of Markdown prose that renders as exactly this text: no emphasis, link, image,
 * HTML, table border, heading, list or automatic link comes of it.
 */
export function markdownText(text: string): string {
  return visible(text)
    .trim()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]~$#@!]/g, '\\$&')
    .replace(/\|/g, '&#124;')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\bwww\./gi, (match) => `${match.slice(0, -1)}\\.`)
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2');
}

/**
 * A text as inline code; its fence is longer than any run of backticks in it. An empty text is
 * shown as "(empty)".
 */
export function inlineCode(text: string): string {
  const shown = visible(text);
  if (shown.trim() === '') return shown === '' ? '(empty)' : `\`${codePoints(shown)}\``;
  const fence = '`'.repeat(longestRun(shown, '`') + 1);
  const space = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${space}${shown}${space}${fence}`;
}

/** Inline code for a table's cell, where GitHub's dialect takes `|` for a border even within code. */
export function inlineCodeCell(text: string): string {
  // A backslash before it would take the escape away.
  return inlineCode(text).replace(/(\\*)\|/g, (_, slashes: string) =>
    slashes === '' ? '\\|' : slashes + codePoint('|'),
  );
}

/**
 * A text as a fenced block; the fence is longer than any run of backticks in it. Line feeds and
 * tabs stay, everything else that can't be seen is shown, carriage returns included.
 *
 * @param language info string of ours, for example `diff`.
 */
export function fenced(text: string, language = ''): string {
  const shown = visible(text, '\n\t').replace(/\n+$/, '');
  const fence = '`'.repeat(Math.max(3, longestRun(shown, '`') + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

function codePoint(character: string): string {
  return `⟨U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

function codePoints(text: string): string {
  return [...text].map(codePoint).join('');
}

function longestRun(text: string, character: string): number {
  let longest = 0;
  let run = 0;
  for (const one of text) {
    run = one === character ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Text for the content or a quoted attribute of HTML or SVG: no markup of it survives, and nothing hides. */
export function escapeHtml(text: string): string {
  return visible(text, '\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
