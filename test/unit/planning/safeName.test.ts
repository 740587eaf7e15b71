import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeName } from '../../../src/planning/safeName.js';

/** Any text: ASCII as often as the rest of Unicode, lone surrogates among it. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff })), { maxLength: 30 })
  .map((points) => String.fromCodePoint(...points));

describe('safeName', () => {
  it('keeps ordinary names as they are', () => {
    for (const name of ['FeatureDriftHigh', 'monitoring/rules/fraud.rules.yml', 'fraud:auc_5m', 'Überwachung', 'a b']) {
      expect(safeName(name)).toBe(name);
    }
  });

  it('has one line, no sign that anything acts on, and a bound, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom('a: b', 'https://x', '@a #1', '\u202e', '\u001b[0m')), (text) => {
        const name = safeName(text, 20);
        expect([...name].length).toBeLessThanOrEqual(20);
        expect(name).not.toMatch(/[\p{C}`<>@#*\\|[\]]|:\s|:\/\//u);
        expect(name.trim()).not.toBe('');
      }),
    );
  });
});
