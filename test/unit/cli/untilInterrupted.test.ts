import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../../src/cli/interrupted.js';
import { untilInterrupted } from '../../../src/cli/untilInterrupted.js';

describe('untilInterrupted', () => {
  it('gives what the work gives and leaves no listener', async () => {
    const before = process.listenerCount('SIGINT');
    expect(await untilInterrupted(async () => 7)).toBe(7);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it('aborts the work at Ctrl-C, so that it cleans up and fails as interrupted', async () => {
    let cleaned = false;
    const work = untilInterrupted(async (signal) => {
      try {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      } finally {
        cleaned = true;
      }
    });
    process.emit('SIGINT');
    await expect(work).rejects.toBeInstanceOf(Interrupted);
    expect(cleaned).toBe(true);
  });
});
