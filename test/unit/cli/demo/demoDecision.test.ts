import { describe, expect, it } from 'vitest';
import { askerFor } from '../../../../src/cli/ask.js';
import { chooseDecision } from '../../../../src/cli/demo/demoDecision.js';
import { Screen } from '../../../../src/cli/demo/screen.js';
import { plainTerminal } from '../render/plainTerminal.js';
import { proposal } from '../samples.js';
import { testStreams } from '../testStreams.js';

async function choose(input: string) {
  const streams = testStreams({ input });
  const screen = new Screen(plainTerminal(80), (text) => streams.out.write(text));
  const chosen = await chooseDecision(askerFor(streams, false), proposal, screen);
  return { chosen, stdout: streams.stdout() };
}

describe('the demo’s question', () => {
  it.each([
    ['approve\n', 'approve'],
    ['2\n', 'reject'],
  ])('takes %j for %s', async (input, verdict) => {
    expect((await choose(input)).chosen).toEqual({ verdict, comment: '' });
  });

  it('asks what to revise, and again when nothing is said', async () => {
    expect((await choose('revise\n\nrevise\n keep the label \n')).chosen).toEqual({
      verdict: 'revise',
      comment: 'keep the label',
    });
  });

  it('shows the whole diff and asks again', async () => {
    const { chosen, stdout } = await choose('4\n1\n');
    expect(chosen?.verdict).toBe('approve');
    expect(stdout).toContain('--- a/monitoring/rules.yml\n+++ b/monitoring/rules.yml\n');
  });

  it('never takes silence for a decision', async () => {
    expect((await choose('')).chosen).toBeUndefined();
    expect((await choose('revise\n')).chosen).toBeUndefined();
  });
});
