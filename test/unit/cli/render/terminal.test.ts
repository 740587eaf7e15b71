import { describe, expect, it } from 'vitest';
import { signs, terminalOf } from '../../../../src/cli/render/terminal.js';

const tty = { isTTY: true, columns: 120 };
const coloured = (terminal: ReturnType<typeof terminalOf>) => terminal.style.red('x') !== 'x';

describe('terminalOf', () => {
  it('uses at most 100 columns, and never fewer than 24', () => {
    expect(terminalOf(tty, {}).width).toBe(100);
    expect(terminalOf({ isTTY: true, columns: 40 }, {}).width).toBe(40);
    expect(terminalOf({ isTTY: true, columns: 10 }, {}).width).toBe(24);
  });

  it('leaves tables and plots up to 140 columns', () => {
    const rooms = [10, 120, 200].map((columns) => terminalOf({ isTTY: true, columns }, {}).room);
    expect(rooms).toEqual([24, 120, 140]);
  });

  it('takes 80 columns on a pipe, or what COLUMNS says', () => {
    expect(terminalOf({}, {}).width).toBe(80);
    expect(terminalOf({}, { COLUMNS: '60' }).width).toBe(60);
  });

  it.each([
    ['a terminal', tty, {}, true],
    ['a pipe', {}, {}, false],
    ['NO_COLOR', tty, { NO_COLOR: '1' }, false],
    ['NO_COLOR before FORCE_COLOR', tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR', tty, { NO_COLOR: '' }, true],
    ['FORCE_COLOR on a pipe', {}, { FORCE_COLOR: '1' }, true],
    ['a dumb terminal', tty, { TERM: 'dumb' }, false],
  ])('decides on colour for %s', (_what, stream, env, expected) => {
    expect(coloured(terminalOf(stream, env))).toBe(expected);
  });

  it.each([
    [{ LANG: 'en_GB.UTF-8' }, true],
    [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, false],
    [{ LC_CTYPE: 'de_DE.utf8' }, true],
    [{ LANG: 'POSIX' }, false],
    [{}, false],
  ])('reads from the locale %j whether Unicode can be shown', (env, expected) => {
    expect(terminalOf(tty, env, 'linux').unicode).toBe(expected);
  });

  it('has an ASCII sign for each sign', () => {
    const ascii = Object.values(signs({ ...terminalOf({}, {}), unicode: false }));
    for (const sign of ascii) expect(sign).toMatch(/^[\x20-\x7e]+$/);
  });
});
