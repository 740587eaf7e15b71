import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parsePolicy, policyDigest } from '../approval/loadPolicy.js';
import { MlopsError } from '../contract/errors.js';
import type { Plan } from '../contract/plan.js';
import { runGit } from '../repo/gitCommand.js';
import { isRefName } from '../repo/refName.js';
import type { CommitContent } from '../report/recordAnchor.js';

/** How many versions of a policy that lives on a branch of its own are looked at. */
const MAX_POLICY_VERSIONS = 200;

/** A repository on this machine, read as the trust anchor of a record. Writes nothing. */
export interface RepositoryAnchor {
  /** A commit that a branch or remote branch reaches. */
  repo(commit: string): Promise<CommitContent | undefined>;
  /** The policy that judged a plan, as the repository has it. */
  repoPolicy(plan: Plan): Promise<string | undefined>;
}

/**
 * Opens a clone (bare or not).
 * @throws MlopsError MLOPS-GIT-007 when the path holds no git repository.
 */
export async function openRepositoryAnchor(path: string): Promise<RepositoryAnchor> {
  const gitDir = await gitDirOf(resolve(path));
  const git = (args: string[], exitCodes = [0]) => runGit(args, { gitDir, exitCodes });

  const show = async (commit: string, file: string) => {
    const { code, stdout } = await git(['cat-file', 'blob', `${commit}:${file}`], [0, 128]);
    return code === 0 ? stdout.toString('utf8') : undefined;
  };
  return {
    async repo(commit) {
      if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) return undefined;
      const refs = await git(
        ['for-each-ref', '--count=1', `--contains=${commit}`, 'refs/heads', 'refs/remotes'],
        [0, 128, 129],
      );
      if (refs.code !== 0 || refs.stdout.length === 0) return undefined;
      return parseCommit((await git(['cat-file', 'commit', commit])).stdout.toString('utf8'));
    },
    async repoPolicy(plan) {
      const { branch, policyBranch, policyPath } = plan.target;
      if (policyBranch === branch) return show(plan.base, policyPath);
      // Which commit of another branch judged the plan isn't in it; the digest finds the version.
      if (!isRefName(policyBranch)) return undefined;
      const args = [
        'rev-list',
        `--max-count=${MAX_POLICY_VERSIONS}`,
        '--end-of-options',
        `refs/heads/${policyBranch}`,
        '--',
        policyPath,
      ];
      const { code, stdout } = await git(args, [0, 128]);
      const versions =
        code === 0
          ? stdout
              .toString('utf8')
              .split('\n')
              .filter((line) => line !== '')
          : [];
      const texts: string[] = [];
      for (const version of versions) {
        const text = await show(version, policyPath);
        if (text === undefined) continue;
        if (hasDigest(text, policyPath, plan.policy)) return text;
        texts.push(text);
      }
      return texts[0];
    },
  };
}

async function gitDirOf(path: string): Promise<string> {
  const isFolder = (candidate: string) =>
    stat(candidate).then(
      (found) => found.isDirectory(),
      () => false,
    );
  const gitDir = (await isFolder(join(path, '.git'))) ? join(path, '.git') : path;
  if (await isFolder(join(gitDir, 'objects'))) return gitDir;
  throw new MlopsError('MLOPS-GIT-007', 'This is no git repository.', {
    where: path,
    mend: 'Give the path of a clone, bare or not.',
  });
}

function hasDigest(text: string, path: string, digest: string): boolean {
  try {
    return policyDigest(parsePolicy(text, path)) === digest;
  } catch {
    return false;
  }
}

/** A commit object's text: headers, an empty line, the message (git-hash-object(1), format of commits). */
export function parseCommit(text: string): CommitContent {
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end).split('\n');
  const values = (name: string) =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return { tree: values('tree')[0] ?? '', parents: values('parent'), message: text.slice(end + 2) };
}
