import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { box, chop, columnsOf, heading, paragraph, wrap } from '../../../../src/cli/render/layout.js';
import { plainTerminal } from './plainTerminal.js';

describe('columnsOf', () => {
  it('counts wide characters twice and combining ones not', () => {
    expect(columnsOf('abc')).toBe(3);
    expect(columnsOf('模型')).toBe(4);
    expect(columnsOf('e\u0301')).toBe(1);
  });
});

describe('wrap', () => {
  it('breaks at spaces and cuts only what is longer than a line', () => {
    expect(wrap('the alert can never fire', 10)).toEqual(['the alert', 'can never', 'fire']);
    expect(wrap('see monitoring/rules', 8)).toEqual(['see', 'monitori', 'ng/rules']);
  });

  it('never gives a line that is too wide, and loses nothing but spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 4, max: 40 }), (text, width) => {
        const clean = text.replace(/[\p{Mn}\p{Me}]/gu, '');
        const lines = wrap(clean, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(clean.replaceAll(' ', ''));
        for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('chop', () => {
  it('keeps every character, spaces too', () => {
    expect(chop('  a b  c', 3)).toEqual(['  a', ' b ', ' c']);
  });
});

describe('paragraph', () => {
  it('hangs under its first word', () => {
    expect(paragraph('one two three four', plainTerminal(24), { first: 'why: ', indent: 4 })).toEqual([
      '    why: one two three',
      '         four',
    ]);
  });

  it('escapes what comes from outside', () => {
    expect(paragraph('a\u001b[31mb', plainTerminal(40))).toEqual(['a<ESC>[31mb']);
  });
});

describe('heading', () => {
  it('puts the note on lines of its own where it does not fit', () => {
    expect(heading('Risks', '7 found', plainTerminal(40))).toEqual(['', 'Risks  7 found']);
    expect(heading('Rehearsal', '+ must pass, - must be refused', plainTerminal(24))).toEqual([
      '',
      'Rehearsal',
      '+ must pass, - must be',
      'refused',
    ]);
  });
});

describe('box', () => {
  const texts = [{ text: 'Live AUC below 0.85' }];

  it('frames text to the full width', () => {
    expect(box('Incident', texts, plainTerminal(30), (edge) => edge)).toEqual([
      '╭─ Incident ─────────────────╮',
      '│ Live AUC below 0.85        │',
      '╰────────────────────────────╯',
    ]);
  });

  it('does the same with ASCII', () => {
    expect(box('Incident', texts, plainTerminal(30, { unicode: false }), (edge) => edge)).toEqual([
      '+- Incident -----------------+',
      '| Live AUC below 0.85        |',
      '+----------------------------+',
    ]);
  });
});
