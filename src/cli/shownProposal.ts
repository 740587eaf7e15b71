import { createHash } from 'node:crypto';
import { applyPatch, parsePatch, reversePatch, type StructuredPatch } from 'diff';
import { MlopsError } from '../contract/errors.js';
import { editsOf } from '../contract/operation.js';
import { type Proposal, planDigest, planSchema } from '../contract/plan.js';
import { withoutPrefix } from './render/diff.js';

/** Where content is read by its SHA-256. */
export interface ContentSource {
  get(sha256: string): Promise<Uint8Array>;
}

/**
 * Reads a proposal that a person is about to be shown, and proves that what they will see is what
 * they would sign: the plan's digest is computed again from these very bytes, and the diff, taken
 * back from each new file's content, must give exactly the blob that the plan says stood there
 * before.
 *
 * @throws MlopsError MLOPS-ART-001 when content is missing, MLOPS-APR-013 when the digest or the
 * diff differs; then nothing may be approved.
 */
export async function readShownProposal(source: ContentSource, artifact: string, digest: string): Promise<Proposal> {
  const proposal = parseProposal(await source.get(artifact), artifact);
  const computed = planDigest(proposal.plan);
  if (computed !== digest || proposal.digest !== digest) {
    throw mismatch(`The stored plan has the digest ${computed}, the question is about ${digest}.`, artifact);
  }
  await assertDiffIsThePlan(proposal, source);
  return proposal;
}

function parseProposal(bytes: Uint8Array, artifact: string): Proposal {
  try {
    const proposal = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Proposal;
    planSchema.parse(proposal.plan);
    return proposal;
  } catch (cause) {
    throw new MlopsError('MLOPS-ART-001', 'The stored proposal cannot be read.', { where: artifact, cause });
  }
}

async function assertDiffIsThePlan(proposal: Proposal, source: ContentSource): Promise<void> {
  const patches = new Map(parsePatch(proposal.diff).map((patch) => [patchedPath(patch), patch]));
  const edits = editsOf(proposal.plan.operations);
  const planned = new Set(edits.map((edit) => edit.path));
  for (const path of patches.keys()) {
    if (!planned.has(path)) throw mismatch('The diff shows a file that the plan does not change.', path);
  }
  for (const edit of edits) {
    const patch = patches.get(edit.path);
    if (patch === undefined) throw mismatch('The plan changes a file that the diff does not show.', edit.path);
    const after = await textOf(edit.after, proposal, source, edit.path);
    const before = applyPatch(after, reversePatch(patch), { autoConvertLineEndings: false, fuzzFactor: 0 });
    if (before === false || blobId(before, edit.before ?? edit.after) !== (edit.before ?? blobId('', edit.after))) {
      throw mismatch('The diff does not lead from the file’s old content to its planned content.', edit.path);
    }
  }
}

async function textOf(blob: string | null, proposal: Proposal, source: ContentSource, path: string): Promise<string> {
  if (blob === null) return '';
  const sha256 = Object.hasOwn(proposal.contents, blob) ? proposal.contents[blob] : undefined;
  if (sha256 === undefined) throw mismatch('The planned content of a file is not stored.', path);
  const bytes = await source.get(sha256);
  if (blobId(bytes, blob) !== blob) throw mismatch('The stored content is not the blob that the plan names.', path);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw mismatch('The file is not UTF-8, so its change cannot be shown whole.', path);
  }
}

/** Git's id of a blob; which hash the repository uses shows in the length of another id of it. */
function blobId(content: string | Uint8Array, like: string | null): string {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  const hash = createHash(like?.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function patchedPath(patch: StructuredPatch): string {
  return withoutPrefix(patch.newFileName === '/dev/null' ? patch.oldFileName : patch.newFileName);
}

function mismatch(message: string, where: string): MlopsError {
  return new MlopsError('MLOPS-APR-013', message, {
    where,
    mend: 'It cannot be approved here. Look for who changed the artifact store.',
  });
}
