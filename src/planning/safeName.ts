/**
 * A name from outside (alert, path, label) in a form that can stand in a commit message: one line,
 * bounded, letters, digits and a few signs of any script; everything else is a question mark. So it
 * can't start a trailer, mention a person, close an issue, link anywhere or reorder text.
 */
export function safeName(text: string, maximum = 80): string {
  const cleaned = text
    .slice(0, 4096)
    .replace(/\s+/gu, ' ')
    .replace(/(?<![\p{L}\p{N}_]):|:(?![\p{L}\p{N}_])/gu, '?')
    .replace(/[^\p{L}\p{N}\p{Mn} ._/+=%,:-]/gu, '?')
    .trim();
  if (cleaned === '') return '(unnamed)';
  const characters = [...cleaned];
  return characters.length <= maximum ? cleaned : `${characters.slice(0, maximum - 1).join('')}…`;
}
