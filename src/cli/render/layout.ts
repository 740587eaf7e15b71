import { boxSigns, type Terminal } from './terminal.js';
import { visible } from './visible.js';

/** East Asian Wide and Fullwidth (Unicode TR 11), and emoji: two columns each. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const COMBINING = /[\p{Mn}\p{Me}]/u;

/** Columns that a text without control characters takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += characterColumns(character);
  return columns;
}

function characterColumns(character: string): number {
  if (character < '\u0300') return 1;
  return COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** Cuts a text into pieces of at most `width` columns, anywhere; nothing is lost. */
export function chop(text: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let columns = 0;
  for (const character of text) {
    const wide = characterColumns(character);
    if (columns + wide > width && piece !== '') {
      pieces.push(piece);
      piece = '';
      columns = 0;
    }
    piece += character;
    columns += wide;
  }
  return [...pieces, piece];
}

/** Breaks a text at spaces into lines of at most `width` columns; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (columnsOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = chop(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) as string;
  }
  return [...lines, line];
}

export interface ParagraphOptions {
  /** Stands before the first line; the others are indented as far. */
  first?: string;
  /** Spaces before everything. */
  indent?: number;
  style?: (text: string) => string;
}

/** Text from anywhere as lines that fit: escaped, wrapped, then styled line by line. */
export function paragraph(text: string, terminal: Terminal, options: ParagraphOptions = {}): string[] {
  const { first = '', indent = 0, style = (line: string) => line } = options;
  const before = ' '.repeat(indent);
  const hang = ' '.repeat(columnsOf(first));
  const width = Math.max(8, terminal.width - indent - hang.length);
  return wrap(visible(text, terminal), width).map(
    (line, index) => `${before}${index === 0 ? first : hang}${style(line)}`,
  );
}

/** A text with several lines, such as a list of errors or the words of git: each line is a paragraph. */
export function paragraphs(text: string, terminal: Terminal, options: ParagraphOptions = {}): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line) => paragraph(line, terminal, options));
}

/**
 * A command, path, id or address on a line of its own, escaped and never broken: it is for copying.
 * A terminal that is too narrow shows it on several lines and still copies it as one.
 */
export function verbatim(
  text: string,
  terminal: Terminal,
  options: Pick<ParagraphOptions, 'indent' | 'style'> = {},
): string {
  const { indent = 0, style = (line: string) => line } = options;
  return `${' '.repeat(indent)}${style(visible(text, terminal))}`;
}

/** A heading with a line's space above it. */
export function heading(title: string, note: string, terminal: Terminal): string[] {
  const inOneLine = columnsOf(title) + 2 + columnsOf(note) <= terminal.width;
  if (note === '' || inOneLine)
    return ['', `${terminal.style.bold(title)}${note === '' ? '' : `  ${terminal.style.dim(note)}`}`];
  return ['', terminal.style.bold(title), ...paragraph(note, terminal, { style: terminal.style.dim })];
}

/** Lines of text in a frame as wide as the terminal. Texts are escaped and wrapped. */
export function box(
  title: string,
  texts: { text: string; style?: (text: string) => string }[],
  terminal: Terminal,
  edge: (text: string) => string,
): string[] {
  const sign = boxSigns(terminal);
  const inner = terminal.width - 4;
  const shownTitle = chop(visible(title, terminal), inner - 2)[0] as string;
  const topFill = sign.line.repeat(Math.max(0, inner - columnsOf(shownTitle) - 1));
  const body = texts.flatMap(({ text, style = (line: string) => line }) =>
    wrap(visible(text, terminal), inner).map((line) => {
      const padding = ' '.repeat(Math.max(0, inner - columnsOf(line)));
      return `${edge(sign.side)} ${style(line)}${padding} ${edge(sign.side)}`;
    }),
  );
  return [
    `${edge(`${sign.topLeft}${sign.line}`)} ${terminal.style.bold(shownTitle)} ${edge(`${topFill}${sign.topRight}`)}`,
    ...body,
    edge(`${sign.bottomLeft}${sign.line.repeat(inner + 2)}${sign.bottomRight}`),
  ];
}
