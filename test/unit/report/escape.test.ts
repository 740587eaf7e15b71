import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fenced, inlineCode, inlineCodeCell, markdownText, visible } from '../../../src/report/escape.js';

/** Any text: ASCII as often as the rest of Unicode, lone surrogates among it. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff })), { maxLength: 30 })
  .map((points) => String.fromCodePoint(...points));

describe('visible', () => {
  it('shows what hides: controls, bidirectional and zero-width characters, odd blanks', () => {
    expect(visible('a\u001b[31mb\u202ec\u200bd\u00a0e\nf\u{e0041}')).toBe(
      'a⟨U+001B⟩[31mb⟨U+202E⟩c⟨U+200B⟩d⟨U+00A0⟩e⟨U+000A⟩f⟨U+E0041⟩',
    );
  });

  it('shows letters that pose as others, and leaves words of other scripts alone', () => {
    expect(visible('p\u0430ypal')).toBe('p⟨U+0430⟩ypal');
    expect(visible('\uff41dmin \u{1d41a}')).toBe('⟨U+FF41⟩dmin ⟨U+1D41A⟩');
    expect(visible('Модель naïve Größe 模型')).toBe('Модель naïve Größe 模型');
  });

  it('can’t be made to look like an escape by the text itself', () => {
    expect(visible('⟨U+202E⟩')).toBe('⟨U+27E8⟩U+202E⟨U+27E9⟩');
  });
});

describe('markdownText', () => {
  it('lets no Markdown or HTML of a text through', () => {
    expect(markdownText('<b>*x*</b> [l](http://e) | `c` ![i](u) www.e.x @me #1 a & b')).toBe(
      '&lt;b&gt;\\*x\\*&lt;/b&gt; \\[l\\](http\\://e) &#124; \\`c\\` \\!\\[i\\](u) www\\.e.x \\@me \\#1 a &amp; b',
    );
    expect(markdownText('- item')).toBe('\\- item');
    expect(markdownText('1. item')).toBe('1\\. item');
    expect(markdownText('    code')).toBe('code');
  });

  it('leaves an ordinary sentence readable', () => {
    expect(markdownText('The alert (5 m) never fires: nothing exports it.')).toBe(
      'The alert (5 m) never fires: nothing exports it.',
    );
  });

  it('is one line without raw markup, whatever it is given', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const out = markdownText(text);
        expect(out).not.toMatch(/[<>|\n\r]/);
        expect(out.replace(/\\./g, '')).not.toMatch(/[`*_[\]~]/);
      }),
    );
  });
});

describe('inlineCode', () => {
  it('fences with more backticks than the text has', () => {
    expect(inlineCode('a`b')).toBe('``a`b``');
    expect(inlineCode('`')).toBe('`` ` ``');
    expect(inlineCode('``x')).toBe('``` ``x ```');
    expect(inlineCode('')).toBe('(empty)');
    expect(inlineCode('a\nb')).toBe('`a⟨U+000A⟩b`');
  });

  it('escapes borders within a table, also behind a backslash', () => {
    expect(inlineCodeCell('a|b')).toBe('`a\\|b`');
    expect(inlineCodeCell('a\\|b')).toBe('`a\\⟨U+007C⟩b`');
  });
});

describe('fenced', () => {
  it('can’t be left from inside', () => {
    expect(fenced('a\n```\n# b', 'diff')).toBe('````diff\na\n```\n# b\n````');
  });

  it('keeps lines and tabs, and shows carriage returns', () => {
    expect(fenced('a\r\n\tb\n')).toBe('```\na⟨U+000D⟩\n\tb\n```');
  });
});
