import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readShownProposal } from '../../../src/cli/shownProposal.js';
import { MlopsError } from '../../../src/contract/errors.js';
import { type Proposal, planDigest } from '../../../src/contract/plan.js';
import { AFTER, AFTER_BLOB, AFTER_SHA256, proposal } from './samples.js';

/** A store that holds the proposal and the new file, whatever their hashes. */
function sourceWith(shown: unknown, content: Uint8Array | string = AFTER) {
  const contents: Record<string, string | Uint8Array> = { proposal: JSON.stringify(shown), [AFTER_SHA256]: content };
  return {
    get: async (sha256: string) => {
      const found = contents[sha256];
      if (found === undefined) throw new MlopsError('MLOPS-ART-001', 'no artifact');
      return typeof found === 'string' ? new TextEncoder().encode(found) : found;
    },
  };
}
const read = (shown: unknown, content?: Uint8Array | string) =>
  readShownProposal(sourceWith(shown, content), 'proposal', proposal.digest);
const gitBlob = (text: string) =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

/** A whole-file proposal for given texts, with a digest of its own. */
function proposalOf(before: string | null, after: string, diff: string): Proposal {
  const edit = {
    kind: 'editFile' as const,
    path: 'f',
    before: before === null ? null : gitBlob(before),
    after: gitBlob(after),
    mode: '100644' as const,
    closes: [],
  };
  const plan = { ...proposal.plan, operations: [edit] };
  return { ...proposal, plan, digest: planDigest(plan), diff, contents: { [gitBlob(after)]: AFTER_SHA256 } };
}

describe('readShownProposal', () => {
  it('gives the proposal whose digest and diff were computed again', async () => {
    expect(await read(proposal)).toEqual(proposal);
  });

  it('refuses a plan that has another digest than the question', async () => {
    const altered = { ...proposal, plan: { ...proposal.plan, message: 'something else' } };
    await expect(read(altered)).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('refuses a proposal that only claims the digest', async () => {
    await expect(read({ ...proposal, digest: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it.each([
    [
      'a harmless added line',
      proposal.diff.replace('+  - expr: feature_drift_psi > 0.25', '+  - expr: feature_drift_psi > 0.20'),
    ],
    ['another old line', proposal.diff.replace('-  - expr: drift > 0.25', '-  - expr: drift > 0.20')],
    ['no diff', ''],
    ['another file', proposal.diff.replaceAll('monitoring/rules.yml', 'monitoring/other.yml')],
    ['one more file', `${proposal.diff}--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n`],
  ])('refuses %s in place of the plan’s own change', async (_what, diff) => {
    await expect(read({ ...proposal, diff })).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('refuses stored content that is not the planned blob', async () => {
    await expect(read(proposal, AFTER.replace('0.25', '0.99'))).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
  });

  it('refuses a plan whose content is not stored', async () => {
    await expect(read({ ...proposal, contents: {} })).rejects.toMatchObject({ code: 'MLOPS-APR-013' });
    await expect(read({ ...proposal, contents: { [AFTER_BLOB]: 'ee'.repeat(32) } })).rejects.toMatchObject({
      code: 'MLOPS-ART-001',
    });
  });

  it('refuses what is no proposal', async () => {
    await expect(read({ plan: {} })).rejects.toMatchObject({ code: 'MLOPS-ART-001' });
  });

  it.each([
    [
      'CRLF and a byte order mark',
      '\ufeffa\r\nb\r\n',
      '\ufeffa\r\nc\r\n',
      '--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n \ufeffa\r\n-b\r\n+c\r\n',
    ],
    [
      'a missing final line feed',
      'a\nb',
      'a\nc',
      '--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n',
    ],
    ['a new file', null, 'a\n', '--- /dev/null\n+++ b/f\n@@ -0,0 +1,1 @@\n+a\n'],
  ])('proves a change with %s', async (_what, before, after, diff) => {
    const shown = proposalOf(before, after, diff);
    const result = await readShownProposal(sourceWith(shown, after), 'proposal', shown.digest);
    expect(result.diff).toBe(diff);
  });

  it('does not take a changed line ending for the same line', async () => {
    const shown = proposalOf('a\r\nb\n', 'a\nc\n', '--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n');
    await expect(readShownProposal(sourceWith(shown, 'a\nc\n'), 'proposal', shown.digest)).rejects.toMatchObject({
      code: 'MLOPS-APR-013',
    });
  });
});
