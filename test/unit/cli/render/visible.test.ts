import { describe, expect, it } from 'vitest';
import { visible } from '../../../../src/cli/render/visible.js';

describe('visible', () => {
  it.each([
    ['an escape sequence', '\u001b[2Jgone', '<ESC>[2Jgone'],
    ['a C1 control', 'a\u009b31mb', 'a<U+009B>31mb'],
    ['a carriage return', 'evil\rgood', 'evil<CR>good'],
    ['a line feed', 'a\nb', 'a<LF>b'],
    ['a tab', 'a\tb', 'a<TAB>b'],
    ['a bell', 'a\u0007', 'a<U+0007>'],
    ['right-to-left override (Trojan Source)', 'a\u202eb', 'a<U+202E>b'],
    ['a bidirectional isolate', '\u2066x\u2069', '<U+2066>x<U+2069>'],
    ['the Arabic letter mark', '\u061c', '<U+061C>'],
    ['a zero-width space', 'pass\u200bword', 'pass<U+200B>word'],
    ['a zero-width joiner', 'a\u200db', 'a<U+200D>b'],
    ['a byte order mark', '\ufeffx', '<U+FEFF>x'],
    ['a soft hyphen', 'a\u00adb', 'a<U+00AD>b'],
    ['a Hangul filler', 'a\u3164b', 'a<U+3164>b'],
    ['a variation selector', 'a\ufe0f', 'a<U+FE0F>'],
    ['a tag character', 'a\u{e0041}', 'a<U+E0041>'],
    ['a no-break space', 'a\u00a0b', 'a<U+00A0>b'],
    ['a line separator', 'a\u2028b', 'a<U+2028>b'],
    ['a lone surrogate', 'a\ud800b', 'a<U+D800>b'],
    ['a private character', '\ue000', '<U+E000>'],
  ])('shows %s', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves ordinary text of any script as it is', () => {
    expect(visible('AUC ≥ 0.85, Größe, 模型, модель 😀')).toBe('AUC ≥ 0.85, Größe, 模型, модель 😀');
  });

  it('marks everything beyond ASCII where that cannot be shown', () => {
    expect(visible('Größe 😀', { unicode: false })).toBe('Gr<U+00F6><U+00DF>e <U+1F600>');
  });
});
