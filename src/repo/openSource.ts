import { existsSync, mkdtempSync, readFileSync, type Stats, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { encodePath } from '../contract/encodedPath.js';
import { MlopsError } from '../contract/errors.js';
import type { Snapshot, SnapshotEntry } from '../contract/snapshot.js';
import { BareClone } from './bareClone.js';
import { folderSnapshot } from './folderSnapshot.js';
import { runGit } from './gitCommand.js';
import { redactUrl } from './repositoryUrl.js';

export interface SourceOptions {
  /** A branch in place of the working tree, or of the one that the repository names as its own. */
  branch?: string;
  /** Which files' content is read. */
  wanted: (entry: SnapshotEntry) => boolean;
  /** The git program; default `git` on the PATH. */
  git?: string;
  /** Stops what git does; the clone is removed all the same. */
  signal?: AbortSignal;
}

/** The files of a repository that somebody named on the command line. */
export interface Source {
  snapshot: Snapshot;
  /** Its name for people, without credentials. */
  name: string;
  /** The folder that was read, where it was one: only its files can be changed. */
  folder?: string;
}

const URL_LIKE = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/|[^/\s:@]+@[^/\s:]+:)/;
const TASK = 'read';

/**
 * Reads a repository wherever it is: a folder as it lies there (what git ignores left out, where it is
 * a git repository), a bare clone, or a git URL, which is cloned bare into a temporary folder that is
 * removed again. Nothing of it is executed or checked out.
 *
 * @throws MlopsError MLOPS-INPUT-001 for a file, MLOPS-INPUT-002 for a path that is missing or can't be read,
 * MLOPS-GIT-002 for an empty repository, MLOPS-GIT-003 for a missing branch; MLOPS-GIT-001, -004, -006, -007
 */
export async function openSource(where: string, options: SourceOptions): Promise<Source> {
  if (URL_LIKE.test(where)) return openUrl(where, options);
  const folder = resolve(where);
  const status = statusOf(folder, where);
  if (!status.isDirectory()) {
    throw new MlopsError('MLOPS-INPUT-001', 'It is a file, not the folder of a repository.', {
      where,
      mend: 'Name the folder that holds it, or the URL of a git repository.',
    });
  }
  const gitDir = gitDirOf(folder);
  const bare = gitDir === undefined && isBare(folder);
  if (!bare && (gitDir === undefined || options.branch === undefined)) {
    if (options.branch !== undefined) {
      throw new MlopsError('MLOPS-GIT-007', 'The folder is no git repository, so it has no branches.', {
        where,
        mend: 'Leave --branch out: the files are read as they lie there.',
      });
    }
    return { ...(await readFolder(folder, where, gitDir?.path, options)), name: basename(folder), folder };
  }
  const directory = gitDir?.path ?? folder;
  const commit = await localCommit(directory, where, options);
  const clone = await BareClone.open({ directory, url: directory, ...gitOption(options) });
  const snapshot = notEmpty(await clone.snapshot(commit, options.wanted), where);
  return { snapshot, name: basename(bare ? folder.replace(/\.git$/, '') : folder) };
}

async function openUrl(url: string, options: SourceOptions): Promise<Source> {
  const directory = mkdtempSync(join(tmpdir(), 'temporal-mlops-clone-'));
  try {
    const clone = await BareClone.open({ directory, url, ...gitOption(options) });
    const branch = options.branch ?? defaultBranch(await clone.remoteRefs(), clone.displayUrl);
    await clone.fetch(TASK, { branches: [branch], tags: false, depth: 1 });
    const snapshot = await clone.snapshot(await clone.branchHead(TASK, branch), options.wanted);
    const name = basename(redactUrl(url).replace(/\/+$/, '')).replace(/\.git$/, '') || clone.displayUrl;
    return { snapshot: notEmpty(snapshot, clone.displayUrl), name };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The branch that `HEAD` stands for; of several at its commit `main` or `master`. */
function defaultBranch(refs: ReadonlyMap<string, string>, where: string): string {
  const branches = [...refs].flatMap(([ref, oid]) =>
    ref.startsWith('refs/heads/') ? [{ name: ref.slice('refs/heads/'.length), oid }] : [],
  );
  if (branches.length === 0) throw empty(where);
  const head = refs.get('HEAD');
  const names = branches.filter(({ oid }) => oid === head).map(({ name }) => name);
  const [chosen] = [...['main', 'master'].filter((name) => names.includes(name)), ...names];
  if (chosen !== undefined) return chosen;
  throw new MlopsError('MLOPS-GIT-003', 'The repository names no default branch that exists.', {
    where,
    mend: `Name one with --branch: ${listed(branches.map(({ name }) => name))}.`,
  });
}

async function localCommit(directory: string, where: string, options: SourceOptions): Promise<string> {
  const ref = options.branch === undefined ? 'HEAD' : `refs/heads/${options.branch}`;
  const git = { gitDir: directory, ...gitOption(options) };
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const { code, stdout } = await runGit(args, { ...git, exitCodes: [0, 1, 128] });
  if (code === 0) return stdout.toString('latin1').trim();
  const heads = await runGit(['for-each-ref', '--format=%(refname:short)', 'refs/heads/'], git);
  const branches = heads.stdout.toString('utf8').split('\n').filter(Boolean);
  if (branches.length === 0) throw empty(where);
  throw new MlopsError('MLOPS-GIT-003', `There is no branch ${options.branch ?? 'that HEAD names'}.`, {
    where,
    mend: `Name one with --branch: ${listed(branches)}.`,
  });
}

async function readFolder(
  folder: string,
  where: string,
  gitDir: string | undefined,
  options: SourceOptions,
): Promise<{ snapshot: Snapshot }> {
  const paths = gitDir === undefined ? undefined : await trackedOrNew(folder, gitDir, options);
  try {
    return { snapshot: notEmpty(folderSnapshot(folder, options.wanted, paths), where) };
  } catch (error) {
    throw error instanceof MlopsError ? error : unreadable(where, error);
  }
}

/**
 * Paths below a folder that git tracks or would add; `undefined` when git can't tell, and then everything
 * counts. Listing reads the index and the ignore files; it runs no filter, hook or monitor.
 */
async function trackedOrNew(folder: string, gitDir: string, options: SourceOptions): Promise<string[] | undefined> {
  const top = dirname(gitDirOf(folder)?.marker ?? gitDir);
  const below = relative(top, folder).split(sep).join('/');
  const prefix = below === '' ? Buffer.alloc(0) : Buffer.from(`${below}/`);
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--full-name'];
  try {
    const { stdout } = await runGit([...args, '--', ...(below === '' ? [] : [below])], {
      gitDir,
      env: { GIT_WORK_TREE: top, GIT_LITERAL_PATHSPECS: '1' },
      maxOutputBytes: 256 * 1024 * 1024,
      ...gitOption(options),
    });
    const paths = new Set<string>();
    for (let at = 0; at < stdout.length; ) {
      const end = stdout.indexOf(0, at);
      const path = stdout.subarray(at, end < 0 ? stdout.length : end);
      at = (end < 0 ? stdout.length : end) + 1;
      // A repository within this one is listed with a slash at its end.
      const name = path.at(-1) === 0x2f ? path.subarray(0, -1) : path;
      if (name.subarray(0, prefix.length).equals(prefix)) paths.add(encodePath(name.subarray(prefix.length)));
    }
    return [...paths];
  } catch {
    return undefined;
  }
}

/** The `.git` that a folder belongs to: a folder, or a file that names one as worktrees and submodules have it. */
function gitDirOf(folder: string): { path: string; marker: string } | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const marker = join(at, '.git');
    const status = statSync(marker, { throwIfNoEntry: false });
    if (status?.isDirectory() && existsSync(join(marker, 'HEAD'))) return { path: marker, marker };
    if (status?.isFile() && status.size < 4096) {
      const named = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(marker, 'utf8'))?.[1];
      const path = named === undefined ? undefined : resolve(at, named);
      if (path !== undefined && existsSync(join(path, 'HEAD'))) return { path, marker };
    }
    if (dirname(at) === at) return undefined;
  }
}

function isBare(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)));
}

function statusOf(folder: string, where: string): Stats {
  try {
    return statSync(folder);
  } catch (error) {
    throw unreadable(where, error);
  }
}

/** What the system's errors that people meet here mean, in words. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such folder.',
  ENOTDIR: 'There is no such folder.',
  EACCES: 'The folder may not be read.',
  EPERM: 'The folder may not be read.',
  ELOOP: 'The folder is a link that leads back to itself.',
};

function unreadable(where: string, cause: unknown): MlopsError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new MlopsError('MLOPS-INPUT-002', SYSTEM_ERRORS[code] ?? `The folder cannot be read: ${code}`, {
    where,
    mend: 'Name an existing folder, a bare clone, or the URL of a git repository.',
    cause,
  });
}

function notEmpty<T extends Snapshot>(snapshot: T, where: string): T {
  if (snapshot.entries.length === 0) throw empty(where);
  return snapshot;
}

function empty(where: string): MlopsError {
  return new MlopsError('MLOPS-GIT-002', 'The repository is empty.', {
    where,
    mend: 'Name a repository or folder that has files.',
  });
}

function gitOption({ git, signal }: SourceOptions): { git?: string; signal?: AbortSignal } {
  return { ...(git === undefined ? {} : { git }), ...(signal === undefined ? {} : { signal }) };
}

function listed(names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return `${names.slice(0, 10).join(', ')}${more}`;
}
