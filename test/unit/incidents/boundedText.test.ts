import { describe, expect, it } from 'vitest';
import { boundedText } from '../../../src/incidents/boundedText.js';

describe('boundedText', () => {
  it('leaves text that fits as it is', () => {
    expect(boundedText('abc', 3)).toBe('abc');
  });

  it('cuts to the limit and says how long it was', () => {
    expect(boundedText('x'.repeat(40), 24)).toBe(`${'x'.repeat(7)}… [40 characters]`);
  });

  it('never leaves half a character at the cut', () => {
    const cut = boundedText(`${'x'.repeat(6)}${'😀'.repeat(20)}`, 24);
    expect(cut).toBe('xxxxxx… [46 characters]');
  });
});
