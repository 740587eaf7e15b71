import { beforeEach, describe, expect, it } from 'vitest';
import { Narrator } from '../../../../src/cli/demo/narrate.js';
import { Screen } from '../../../../src/cli/demo/screen.js';
import type { TaskStatus } from '../../../../src/contract/status.js';
import { plainTerminal } from '../render/plainTerminal.js';
import { AFTER, AFTER_SHA256, lifecycleMap, proposal, status } from '../samples.js';

const contents: Record<string, string> = {
  map: JSON.stringify(lifecycleMap),
  proposal: JSON.stringify(proposal),
  [AFTER_SHA256]: AFTER,
};
const store = { get: async (sha256: string) => new TextEncoder().encode(contents[sha256]) };
const mapped: TaskStatus = {
  ...status,
  map: { components: { training: 1, registration: 1, deployment: 0, monitoring: 0 }, artifact: 'map' },
};

describe('the demo’s narration', () => {
  let out = '';
  const narrator = (interactive: boolean) =>
    new Narrator(new Screen(plainTerminal(80, { interactive }), (text) => (out += text)), store);
  beforeEach(() => {
    out = '';
  });

  it('ticks a stage off and shows what it found, once', async () => {
    const told = narrator(false);
    await told.tell({ kind: 'stage', stage: 'map', state: 'done' }, mapped);
    await told.tell({ kind: 'stage', stage: 'map', state: 'done' }, mapped);
    expect(out.match(/✓ map/g)).toHaveLength(2);
    expect(out.match(/Lifecycle map/g)).toHaveLength(1);
  });

  it('draws the running stage over on a terminal, and leaves it out on a pipe', async () => {
    await narrator(false).tell({ kind: 'stage', stage: 'map', state: 'running' }, status);
    expect(out).toBe('');
    const told = narrator(true);
    await told.tell({ kind: 'stage', stage: 'plan', state: 'running' }, status);
    await told.tell({ kind: 'stage', stage: 'plan', state: 'done' }, status);
    expect(out).toBe('● plan      the smallest safe change\r\u001b[K✓ plan      the smallest safe change\n');
  });

  it('shows a proposal only after proving it', async () => {
    const told = narrator(false);
    await told.tell({ kind: 'proposal', digest: proposal.digest, artifact: 'proposal' }, status);
    expect(told.proposal).toEqual(proposal);
    expect(out).toContain('why: without it');
    await expect(
      told.tell({ kind: 'proposal', digest: 'ab'.repeat(32), artifact: 'proposal' }, status),
    ).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('tells refused messages, and nothing else of the timeline', async () => {
    const told = narrator(false);
    for (const entry of [...status.timeline, { at: '2026-11-25T10:06:00Z', what: 'quorum' }])
      await told.tell({ kind: 'timeline', entry }, status);
    expect(out).toContain('MLOPS-APR-002');
    expect(out).not.toContain('quorum');
  });
});
