import pc from 'picocolors';

/** Colours and weights of text; without colour each returns its text unchanged. */
export type Style = Pick<
  ReturnType<typeof pc.createColors>,
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'blue'
>;

/** What the renderers may rely on. Plain data, so that rendering is a pure function. */
export interface Terminal {
  /** Columns that may be used. */
  width: number;
  /** Columns that tables and plots may use, which gain by width; unset: `width`. */
  room?: number;
  /** Whether characters beyond ASCII can be shown. */
  unicode: boolean;
  style: Style;
  /** Whether a line may be drawn over again, and a person can be asked with the arrow keys. */
  interactive: boolean;
}

/** Widest layout: longer lines are hard to read. */
const MAX_WIDTH = 100;
/** Of tables and plots, which aren't read line by line. */
const MAX_ROOM = 140;
const MIN_WIDTH = 24;

/**
 * The terminal behind a stream. Colour only on a terminal and never with `NO_COLOR` (no-color.org)
 * or `TERM=dumb`; `FORCE_COLOR` brings it to a pipe too. Unicode when the locale says UTF-8.
 */
export function terminalOf(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Terminal {
  const tty = stream.isTTY === true && env.TERM !== 'dumb';
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  const colour = !env.NO_COLOR && (tty || forced);
  const columns = stream.columns ?? (Number(env.COLUMNS) || 80);
  return {
    width: Math.max(MIN_WIDTH, Math.min(columns, MAX_WIDTH)),
    room: Math.max(MIN_WIDTH, Math.min(columns, MAX_ROOM)),
    unicode: showsUnicode(env, platform),
    style: pc.createColors(colour),
    interactive: tty,
  };
}

/** The first of these that is set decides, as POSIX says; on a Mac and on Windows UTF-8 is usual. */
function showsUnicode(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  if (locale === '') return platform === 'darwin' || platform === 'win32';
  return /utf-?8/i.test(locale);
}

/** Signs, with what stands for them where only ASCII can be shown. */
export function signs(terminal: Terminal) {
  return terminal.unicode
    ? {
        done: '✓',
        running: '●',
        waiting: '○',
        failed: '✗',
        skipped: '–',
        bullet: '•',
        arrow: '→',
        ellipsis: '…',
        rule: '─',
        wrapped: '↪',
      }
    : {
        done: '+',
        running: '*',
        waiting: '.',
        failed: 'x',
        skipped: '-',
        bullet: '-',
        arrow: '->',
        ellipsis: '...',
        rule: '-',
        wrapped: '\\',
      };
}

/** Characters of a box around text. */
export function boxSigns(terminal: Terminal) {
  return terminal.unicode
    ? { topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯', side: '│', line: '─' }
    : { topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', side: '|', line: '-' };
}
