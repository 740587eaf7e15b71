import { describe, expect, it } from 'vitest';
import { askerFor } from '../../../src/cli/ask.js';
import { testStreams } from './testStreams.js';

const choices = [
  { value: 'approve', label: 'approve it' },
  { value: 'reject', label: 'reject it' },
] as const;

describe('asking on a pipe', () => {
  it('takes a number or the word', async () => {
    const asker = askerFor(testStreams({ input: '2\nAPPROVE\n' }), false);
    expect(await asker.select('Well?', choices)).toBe('reject');
    expect(await asker.select('Well?', choices)).toBe('approve');
  });

  it('lists the choices and asks again after something else', async () => {
    const streams = testStreams({ input: '3\nyes\n1\n' });
    expect(await askerFor(streams, false).select('Well?', choices)).toBe('approve');
    expect(streams.stdout()).toContain('Well?\n  1) approve it\n  2) reject it\nNumber or word: ');
    expect(streams.stdout().match(/Please answer with a number from 1 to 2/g)).toHaveLength(2);
  });

  it('has no answer when the input has ended', async () => {
    const asker = askerFor(testStreams({ input: '' }), false);
    expect(await asker.select('Well?', choices)).toBeUndefined();
    expect(await asker.text('Why?')).toBeUndefined();
  });

  it('keeps lines that came before they were asked for', async () => {
    const asker = askerFor(testStreams({ input: 'first\n  second  \n' }), false);
    expect([await asker.text('a'), await asker.text('b')]).toEqual(['first', 'second']);
  });
});
