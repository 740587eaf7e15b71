import { MlopsError } from '../contract/errors.js';
import { boundedWords, gitFailure } from './gitFailure.js';
import type { RepositoryUrl } from './repositoryUrl.js';

interface TagToPush {
  name: string;
  /** Object id of the tag, as `writeTag` gave it. */
  oid: string;
}

/** A commit onto a branch, tags, or both. */
export type PushRequest =
  | { branch: string; commit: string; expectedOld: string; tags?: readonly TagToPush[] }
  | { branch?: undefined; tags: readonly TagToPush[] };

export type PushResult =
  | { result: 'pushed' }
  /** The branch isn't at `expectedOld`. */
  | { result: 'stale'; detail: string }
  /** A tag of that name leads elsewhere. */
  | { result: 'tag-exists'; tag: string };

/**
 * The arguments of one push. Each ref has a lease with its expected old value (empty: must not exist),
 * which is the compare-and-set; there is no other force. Only several refs need `--atomic`, which an
 * old server may lack.
 *
 * @param remote name of the remote, or its URL
 */
export function pushArguments(request: PushRequest, remote: string): string[] {
  const leases: string[] = [];
  const refspecs: string[] = [];
  if (request.branch !== undefined) {
    leases.push(`--force-with-lease=refs/heads/${request.branch}:${request.expectedOld}`);
    refspecs.push(`${request.commit}:refs/heads/${request.branch}`);
  }
  for (const { name, oid } of request.tags ?? []) {
    leases.push(`--force-with-lease=refs/tags/${name}:`);
    refspecs.push(`${oid}:refs/tags/${name}`);
  }
  if (refspecs.length === 0) throw new MlopsError('MLOPS-INT-001', 'A push without a ref was asked for.');
  const atomic = refspecs.length > 1 ? ['--atomic'] : [];
  return ['push', '--porcelain', '--no-verify', '--no-follow-tags', ...atomic, ...leases, '--', remote, ...refspecs];
}

/**
 * Reads the porcelain report of a push: `<flag>\t<from>:<to>\t<summary>` for each ref (git-push(1)).
 *
 * A lease that git itself saw broken is told by `stale info`. A server that lost a race says what it
 * likes, and so does one that protects a branch; then the remote's refs, read again, tell them apart.
 *
 * @throws MlopsError MLOPS-GIT-005 with the remote's words
 */
export async function pushResult(
  push: { request: PushRequest; code: number; report: string; words: string; remote: RepositoryUrl },
  remoteRefs: () => Promise<Map<string, string>>,
): Promise<PushResult> {
  const { request, code, report, words, remote } = push;
  const refused = report
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields[0] === '!' && fields.length >= 3)
    .map(([, refspec, summary]) => ({ ref: (refspec as string).replace(/^[^:]*:/, ''), summary: summary as string }));
  if (code === 0 && refused.length === 0) return { result: 'pushed' };
  if (refused.length === 0) throw gitFailure('push', words, remote);
  const broken = refused.find(({ summary }) => summary.endsWith('(stale info)'));
  if (broken?.ref.startsWith('refs/heads/'))
    return { result: 'stale', detail: 'the branch is not where the plan expects it' };
  if (broken?.ref.startsWith('refs/tags/')) return { result: 'tag-exists', tag: broken.ref.slice('refs/tags/'.length) };

  const refs = await remoteRefs();
  if (request.branch !== undefined) {
    const head = refs.get(`refs/heads/${request.branch}`);
    if (head !== request.expectedOld)
      return { result: 'stale', detail: `the branch is at ${head ?? 'nothing: it is gone'}` };
  }
  for (const { name, oid } of request.tags ?? []) {
    const there = refs.get(`refs/tags/${name}`);
    if (there !== undefined && there !== oid) return { result: 'tag-exists', tag: name };
  }
  const reasons = refused.map(({ ref, summary }) => `${ref} ${summary}`).join('; ');
  throw new MlopsError('MLOPS-GIT-005', `The remote refused the push: ${boundedWords(`${reasons}\n${words}`)}`, {
    where: remote.display,
  });
}
