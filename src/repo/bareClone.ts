import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sha256Hex } from '../contract/digest.js';
import type { EncodedPath } from '../contract/encodedPath.js';
import { encodePath } from '../contract/encodedPath.js';
import { MlopsError } from '../contract/errors.js';
import type { EditFile } from '../contract/operation.js';
import type { FileMode, Snapshot, SnapshotEntry } from '../contract/snapshot.js';
import { MAX_FILE_BYTES } from '../contract/snapshot.js';
import type { Credentials, GitOptions, GitResult } from './gitCommand.js';
import { runGit } from './gitCommand.js';
import type { PushRequest, PushResult } from './push.js';
import { pushArguments, pushResult } from './push.js';
import { isRefName } from './refName.js';
import type { RepositoryUrl } from './repositoryUrl.js';
import { checkRepositoryUrl } from './repositoryUrl.js';
import { safeSegments } from './safePath.js';
import type { TreeEntry } from './treeObject.js';
import { entryNamed, FOLDER_MODE, formatTree, parseTree, withEntry } from './treeObject.js';

export interface BareCloneOptions {
  /** The bare repository; made when absent. Several processes and targets' tasks may share it. */
  directory: string;
  url: string;
  credentials?: Credentials;
  /** The git program; default `git` on the PATH. */
  git?: string;
  signal?: AbortSignal;
  /** Milliseconds for each command that speaks to the remote; default 600,000. */
  timeoutMs?: number;
}

/** A tag that leads to a commit. */
export interface TagInfo {
  /** Object id of the ref: the tag object, or the commit of a lightweight tag. */
  oid: string;
  commit: string;
  annotated: boolean;
  /** Tagger's time, seconds since 1970; annotated tags only. */
  date?: number;
  /** Message without signature; empty for lightweight tags. */
  message: string;
}

/** Author, committer or tagger. */
export interface Ident {
  name: string;
  email: string;
}

interface FetchOptions {
  branches: string[];
  tags?: boolean;
  depth?: number;
}

/** Files wanted but not read: larger than {@link MAX_FILE_BYTES}, or beyond {@link MAX_SNAPSHOT_BYTES} in all. */
export interface CommitSnapshot extends Snapshot {
  readonly unread: readonly EncodedPath[];
}

/** Tag refs of a rehearsal, which only the local clone has. */
export interface ScratchRefs {
  /** Sets a tag; like on the remote an existing one is refused (MLOPS-GIT-010). */
  setTag(name: string, oid: string): Promise<void>;
  /** The task's tags as last fetched, with the scratch ones among them. */
  tags(): Promise<Map<string, TagInfo>>;
}

/** Bytes of files that a snapshot holds at most. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;

const MAX_LISTING_BYTES = 256 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 64 * 1024;
const REMOTE_TIMEOUT_MS = 600_000;
const OID = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * A bare clone of one remote: reads commits, builds trees, commits and tags, and pushes them; nothing
 * is ever checked out, so no filter, hook or symbolic link of the repository takes effect.
 *
 * Every task has refs of its own below `refs/mlops/<20 hex digits of the task's SHA-256>/`, so that
 * tasks and worker processes share the objects and don't disturb each other.
 */
export class BareClone {
  /** Trees that were read, by object id, and the trees of commits: neither ever changes. */
  private readonly trees = new Map<string, Promise<TreeEntry[]>>();
  private readonly treesOfCommits = new Map<string, string>();

  private constructor(
    /** Where the clone is. */
    readonly directory: string,
    private readonly remoteUrl: RepositoryUrl,
    private readonly options: BareCloneOptions,
  ) {}

  /**
   * Opens the clone, and makes it where there is none; doesn't speak to the remote. Of several
   * processes that make it at once, the first one's stays.
   * @throws MlopsError MLOPS-GIT-007 for a URL of a kind that isn't allowed; MLOPS-GIT-006
   */
  static async open(options: BareCloneOptions): Promise<BareClone> {
    const url = checkRepositoryUrl(options.url);
    const directory = resolve(options.directory);
    if (!existsSync(join(directory, 'HEAD'))) await makeBareRepository(directory, options);
    return new BareClone(directory, url, options);
  }

  /** The remote's URL without user, password and query. */
  get displayUrl(): string {
    return this.remoteUrl.display;
  }

  /**
   * Every ref of the remote: name → object id. The commit of an annotated tag has the name
   * `<ref>^{}`; `HEAD` is among them.
   * @throws MlopsError MLOPS-GIT-001, -004, -007
   */
  async remoteRefs(): Promise<Map<string, string>> {
    const { stdout } = await this.remote(['ls-remote', '--quiet', '--', this.remoteUrl.url]);
    const refs = new Map<string, string>();
    for (const line of splitBytes(stdout, 0x0a)) {
      const tab = line.indexOf(0x09);
      if (tab > 0) refs.set(encodePath(line.subarray(tab + 1)), line.toString('latin1', 0, tab));
    }
    return refs;
  }

  /**
   * Brings the branches, and unless `tags` is false every tag, into the task's namespace, and removes
   * from it what the remote no longer has or wasn't asked for.
   * @param options.depth commits of each branch that are brought; default all. A local path gives all anyway
   * @throws MlopsError MLOPS-GIT-002 for an empty repository, MLOPS-GIT-003 for a missing branch;
   * MLOPS-GIT-001, -004, -006, -007
   */
  async fetch(task: string, options: FetchOptions): Promise<void> {
    await this.assertBranches(options.branches);
    await retriedWhenLocked(() => this.fetchInto(namespaceOf(task), options));
  }

  private async fetchInto(space: string, options: FetchOptions): Promise<void> {
    const wanted = options.branches.map((branch) => `${space}/heads/${branch}`);
    await this.deleteRefs(`${space}/heads/`, (name) => !wanted.includes(name));
    const refspecs = options.branches.map((branch) => `+refs/heads/${branch}:${space}/heads/${branch}`);
    if (options.tags !== false) refspecs.push(`+refs/tags/*:${space}/tags/*`);
    const args = ['fetch', '--quiet', '--prune', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    if (options.depth !== undefined) args.push(`--depth=${options.depth}`);
    await this.remote([...args, '--no-auto-maintenance', '--', this.remoteUrl.url, ...refspecs]);
  }

  /** Head of a branch as last fetched for the task. @throws MlopsError MLOPS-GIT-003 */
  async branchHead(task: string, branch: string): Promise<string> {
    assertRefName(branch, 'branch');
    const head = await this.refCommit(`${namespaceOf(task)}/heads/${branch}`);
    if (head === undefined)
      throw new MlopsError('MLOPS-GIT-003', `The branch ${branch} was not fetched.`, { where: branch });
    return head;
  }

  /** The remote's tags as last fetched for the task; those that don't lead to a commit are left out. */
  async tags(task: string): Promise<Map<string, TagInfo>> {
    return this.readTags(`${namespaceOf(task)}/tags/`);
  }

  async treeOf(commit: string): Promise<string> {
    const known = this.treesOfCommits.get(commit);
    if (known !== undefined) return known;
    const tree = line((await this.local(['rev-parse', '--verify', `${oid(commit)}^{tree}`])).stdout);
    this.treesOfCommits.set(commit, tree);
    return tree;
  }

  async parentsOf(commit: string): Promise<string[]> {
    const { stdout } = await this.local(['rev-parse', `${oid(commit)}^@`]);
    return stdout.toString('latin1').split('\n').filter(Boolean);
  }

  /** Whether one commit is the other or reachable from it. Both must be in the clone. */
  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ['merge-base', '--is-ancestor', oid(ancestor), oid(descendant)];
    return (await this.local(args, { exitCodes: [0, 1] })).code === 0;
  }

  async hasObject(object: string): Promise<boolean> {
    return (await this.local(['cat-file', '-e', oid(object)], { exitCodes: [0, 1, 128] })).code === 0;
  }

  /**
   * One commit, or tree, in memory: every entry, and the content of the regular files that `wanted`
   * names. A symbolic link or submodule is an entry and never read.
   */
  async snapshot(commit: string, wanted: (entry: SnapshotEntry) => boolean): Promise<CommitSnapshot> {
    const { stdout } = await this.local(['ls-tree', '-r', '-z', '--long', '--full-tree', oid(commit)], {
      maxOutputBytes: MAX_LISTING_BYTES,
    });
    const entries = splitBytes(stdout, 0).map(listedEntry);
    const unread: EncodedPath[] = [];
    const read: SnapshotEntry[] = [];
    let total = 0;
    for (const entry of entries) {
      if (!entry.mode.startsWith('100') || !wanted(entry)) continue;
      if (entry.size > MAX_FILE_BYTES || total + entry.size > MAX_SNAPSHOT_BYTES) {
        unread.push(entry.path);
        continue;
      }
      total += entry.size;
      read.push(entry);
    }
    const blobs = await this.readObjects([...new Set(read.map((entry) => entry.oid))], MAX_SNAPSHOT_BYTES);
    const contents = new Map(read.map((entry) => [entry.path, blobs.get(entry.oid)?.content]));
    return {
      commit,
      entries,
      unread,
      read: (path) => contents.get(path),
      text: (path) => {
        const content = contents.get(path);
        return content === undefined ? undefined : utf8Text(content);
      },
    };
  }

  /**
   * A blob's bytes.
   * @throws MlopsError MLOPS-GIT-006 when there is none, or it is larger than `maxBytes` (default 1 MiB)
   */
  async readBlob(object: string, maxBytes: number = MAX_FILE_BYTES): Promise<Uint8Array> {
    const found = (await this.readObjects([oid(object)], maxBytes)).get(object);
    if (found?.type !== 'blob') throw new MlopsError('MLOPS-GIT-006', `There is no blob ${object} in the clone.`);
    if (found.content.length > maxBytes) {
      throw new MlopsError('MLOPS-GIT-006', `The blob ${object} is larger than ${maxBytes} bytes.`);
    }
    return found.content;
  }

  /** One regular file of a commit; `undefined` where there is none, be it a link, a submodule or a folder. */
  async readPath(
    commit: string,
    path: EncodedPath,
  ): Promise<{ oid: string; mode: FileMode; content: Uint8Array } | undefined> {
    const segments = safeSegments(path);
    let at = await this.treeOf(commit);
    for (const [index, segment] of segments.entries()) {
      const entry = entryNamed(await this.readTree(at), segment);
      if (entry === undefined) return undefined;
      if (index === segments.length - 1) {
        if (!isRegular(entry)) return undefined;
        return { oid: entry.oid, mode: fileMode(entry.mode), content: await this.readBlob(entry.oid) };
      }
      if (entry.mode !== FOLDER_MODE) return undefined;
      at = entry.oid;
    }
    return undefined;
  }

  /** Stores content as it is, without filters or line end conversion; gives its object id. */
  async writeBlob(content: Uint8Array | string): Promise<string> {
    return line(
      (await this.local(['hash-object', '-w', '-t', 'blob', '--no-filters', '--stdin'], { stdin: content })).stdout,
    );
  }

  /**
   * The tree that the edits make of a tree (or of a commit's). Only the tree objects on the way to an
   * edited path are written anew, from the bytes of the old ones, so everything else stays identical
   * whatever it is, and neither blobs nor an index are needed.
   *
   * @throws MlopsError MLOPS-GIT-008 for a path that isn't safe to write or leads through a symbolic
   * link, submodule or file; MLOPS-GIT-009 when the tree doesn't have what an edit says it replaces
   */
  async writeTree(base: string, edits: readonly EditFile[]): Promise<string> {
    let tree = await this.treeOf(base);
    for (const edit of edits) {
      tree = (await this.edited(tree, safeSegments(edit.path), edit)) ?? (await this.writeTreeObject([]));
    }
    return tree;
  }

  /** The tree with one edit; `undefined` when it is empty afterwards, since git keeps no empty folders. */
  private async edited(tree: string | undefined, segments: Uint8Array[], edit: EditFile): Promise<string | undefined> {
    const [name, ...rest] = segments as [Uint8Array, ...Uint8Array[]];
    const entries = tree === undefined ? [] : await this.readTree(tree);
    const found = entryNamed(entries, name);
    let replacement: TreeEntry | undefined;
    if (rest.length === 0) {
      assertExpected(found, edit);
      replacement = edit.after === null ? undefined : { mode: edit.mode, name, oid: oid(edit.after) };
    } else {
      if (found !== undefined && found.mode !== FOLDER_MODE) {
        throw new MlopsError('MLOPS-GIT-008', 'The path leads through a link, a submodule or a file.', {
          where: edit.path,
        });
      }
      const folder = await this.edited(found?.oid, rest, edit);
      replacement = folder === undefined ? undefined : { mode: FOLDER_MODE, name, oid: folder };
    }
    const changed = withEntry(entries, name, replacement);
    return changed.length === 0 ? undefined : this.writeTreeObject(changed);
  }

  /**
   * Makes a commit object whose id is a function of the arguments alone.
   * @param commit.date seconds since 1970; the zone is always `+0000`
   * @param commit.sign gives the armoured signature over the unsigned object, which stands in the header `gpgsig`
   */
  async commitTree(commit: {
    tree: string;
    parent: string;
    message: string;
    date: number;
    author: Ident;
    committer: Ident;
    sign?: ((unsigned: Uint8Array) => string) | undefined;
  }): Promise<string> {
    const date = `@${seconds(commit.date)} +0000`;
    const { stdout } = await this.local(['commit-tree', oid(commit.tree), '-p', oid(commit.parent), '-F', '-'], {
      stdin: message(commit.message),
      env: {
        GIT_AUTHOR_NAME: identPart(commit.author.name),
        GIT_AUTHOR_EMAIL: identPart(commit.author.email),
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: identPart(commit.committer.name),
        GIT_COMMITTER_EMAIL: identPart(commit.committer.email),
        GIT_COMMITTER_DATE: date,
      },
    });
    const unsigned = line(stdout);
    return commit.sign ? this.signedCommit(unsigned, commit.sign) : unsigned;
  }

  private async signedCommit(unsigned: string, sign: (unsigned: Uint8Array) => string): Promise<string> {
    const { stdout } = await this.local(['cat-file', 'commit', oid(unsigned)]);
    // Headers end at the first empty line; the signature's further lines begin with a space, as git folds headers.
    const end = stdout.indexOf('\n\n') + 1;
    const header = Buffer.from(`gpgsig ${sign(stdout).replaceAll('\n', '\n ')}\n`);
    const signed = Buffer.concat([stdout.subarray(0, end), header, stdout.subarray(end)]);
    return line((await this.local(['hash-object', '-t', 'commit', '-w', '--stdin'], { stdin: signed })).stdout);
  }

  /**
   * Makes an annotated tag object (no ref) whose id is a function of the arguments alone.
   * @param tag.date seconds since 1970; the zone is always `+0000`
   */
  async writeTag(tag: { name: string; commit: string; message: string; date: number; tagger: Ident }): Promise<string> {
    assertRefName(tag.name, 'tag');
    const tagger = `${identPart(tag.tagger.name)} <${identPart(tag.tagger.email)}> ${seconds(tag.date)} +0000`;
    const head = `object ${oid(tag.commit)}\ntype commit\ntag ${tag.name}\ntagger ${tagger}\n\n`;
    return line((await this.local(['mktag'], { stdin: head + message(tag.message) })).stdout);
  }

  /**
   * One push, atomic where it has several refs. A branch only moves from `expectedOld` to a commit whose
   * only parent is that, and a tag is only made, never moved; nothing is ever forced. What is already
   * there with the same id counts as pushed.
   *
   * @returns `stale` when the branch isn't where it was expected, `tag-exists` when a tag of that name
   * is there with another id; neither changed anything.
   * @throws MlopsError MLOPS-GIT-005 with the forge's words when the remote refuses; MLOPS-GIT-001, -004
   */
  async push(task: string, request: PushRequest): Promise<PushResult> {
    for (const tag of request.tags ?? []) assertRefName(tag.name, 'tag');
    if (request.branch !== undefined) {
      assertRefName(request.branch, 'branch');
      const parents = await this.parentsOf(request.commit);
      if (parents.length !== 1 || parents[0] !== request.expectedOld) {
        throw new MlopsError('MLOPS-INT-001', "The commit's only parent is not the expected head of the branch.");
      }
    }
    // A remote with a name has tracking refs: git itself records what it pushed, also when nobody is
    // left to hear of it.
    const settings = {
      'remote.mlops.url': this.remoteUrl.url,
      'remote.mlops.fetch': `+refs/heads/*:${namespaceOf(task)}/pushed/*`,
    };
    const args = pushArguments(request, 'mlops');
    const { stdout, stderr, code } = await this.remote(args, {
      exitCodes: [0, 1],
      env: settingsInEnvironment(settings),
    });
    const report = stdout.toString('utf8');
    return pushResult({ request, code, report, words: stderr, remote: this.remoteUrl }, () => this.remoteRefs());
  }

  /** Unified diff of two trees or commits for people: full ids, no renames; what isn't UTF-8 shows as U+FFFD. */
  async diff(from: string, to: string): Promise<string> {
    const args = [
      'diff-tree',
      '-r',
      '-p',
      '--unified=3',
      '--full-index',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
    ];
    return (await this.local([...args, '--no-color', oid(from), oid(to), '--'])).stdout.toString('utf8');
  }

  /** Lines added and removed for each file; 0 and 0 with `binary` where git sees no lines. */
  async numstat(
    from: string,
    to: string,
  ): Promise<{ path: EncodedPath; added: number; removed: number; binary: boolean }[]> {
    const args = ['diff-tree', '-r', '-z', '--numstat', '--no-renames', '--no-ext-diff', '--no-textconv'];
    const { stdout } = await this.local([...args, oid(from), oid(to), '--']);
    return splitBytes(stdout, 0).map((record) => {
      const first = record.indexOf(0x09);
      const second = record.indexOf(0x09, first + 1);
      const added = record.toString('latin1', 0, first);
      return {
        path: encodePath(record.subarray(second + 1)),
        added: added === '-' ? 0 : Number(added),
        removed: added === '-' ? 0 : Number(record.toString('latin1', first + 1, second)),
        binary: added === '-',
      };
    });
  }

  /** Keeps, in the task's namespace, that the commit was seen on the remote's branch; {@link dropTask} forgets it. */
  async rememberLanded(task: string, commit: string): Promise<void> {
    await this.updateRefs([`update ${namespaceOf(task)}/landed/${oid(commit)}\0${oid(commit)}\0\0`]);
  }

  /** Whether the commit was seen on the remote's branch, or git itself recorded that it pushed it there. */
  async remembersLanded(task: string, branch: string, commit: string): Promise<boolean> {
    assertRefName(branch, 'branch');
    if ((await this.refCommit(`${namespaceOf(task)}/landed/${oid(commit)}`)) !== undefined) return true;
    const pushed = await this.refCommit(`${namespaceOf(task)}/pushed/${branch}`);
    return pushed !== undefined && (await this.isAncestor(commit, pushed));
  }

  private async refCommit(ref: string): Promise<string | undefined> {
    const args = ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`];
    const { code, stdout } = await this.local(args, { exitCodes: [0, 1] });
    return code === 0 ? line(stdout) : undefined;
  }

  /** Removes all refs of a task; the remote isn't touched. */
  async dropTask(task: string): Promise<void> {
    await this.deleteRefs(`${namespaceOf(task)}/`, () => true);
  }

  /**
   * Runs `fn` with scratch tag refs, to try alias moves before anybody has approved them. They exist in
   * the local clone only and are removed afterwards; what a crash left is removed by the next call for the
   * task and by {@link dropTask}.
   */
  async withScratchRefs<T>(task: string, fn: (scratch: ScratchRefs) => Promise<T>): Promise<T> {
    const all = `${namespaceOf(task)}/scratch/`;
    await this.deleteRefs(all, () => true);
    const own = `${all}${randomBytes(8).toString('hex')}/`;
    const tags = async (): Promise<Map<string, TagInfo>> =>
      new Map([...(await this.tags(task)), ...(await this.readTags(`${own}tags/`))]);
    const setTag = async (name: string, object: string): Promise<void> => {
      assertRefName(name, 'tag');
      if ((await tags()).has(name)) throw new MlopsError('MLOPS-GIT-010', `The tag ${name} exists.`, { where: name });
      await this.updateRefs([`create ${own}tags/${name}\0${oid(object)}\0`]);
    };
    try {
      return await fn({ setTag, tags });
    } finally {
      await this.deleteRefs(own, () => true);
    }
  }

  private async assertBranches(branches: readonly string[]): Promise<void> {
    for (const branch of branches) assertRefName(branch, 'branch');
    const refs = await this.remoteRefs();
    const existing = [...refs.keys()].filter((name) => name.startsWith('refs/heads/')).map((name) => name.slice(11));
    if (existing.length === 0) {
      throw new MlopsError('MLOPS-GIT-002', 'The repository has no branch.', { where: this.displayUrl });
    }
    const missing = branches.find((branch) => !existing.includes(encodePath(Buffer.from(branch))));
    if (missing === undefined) return;
    const shown = existing.slice(0, 20).join(', ') + (existing.length > 20 ? `, and ${existing.length - 20} more` : '');
    throw new MlopsError('MLOPS-GIT-003', `There is no branch ${missing}. There are: ${shown}.`, {
      where: this.displayUrl,
    });
  }

  private async readTags(prefix: string): Promise<Map<string, TagInfo>> {
    // Each field ends in NUL, which no field can hold; for-each-ref adds a line feed after the last.
    const fields = ['refname', 'objectname', 'objecttype', '*objectname', '*objecttype', 'taggerdate:unix', 'contents'];
    const format = fields.map((field) => `%(${field})%00`).join('');
    const { stdout } = await this.local(['for-each-ref', `--format=${format}`, prefix], {
      maxOutputBytes: MAX_LISTING_BYTES,
    });
    const values = splitBytes(stdout, 0);
    const found = new Map<string, TagInfo>();
    for (let at = 0; at + fields.length <= values.length; at += fields.length) {
      const [ref, object, type, peeled, peeledType, date, contents] = values
        .slice(at, at + fields.length)
        .map((value, index) =>
          index === 0 ? encodePath(value.subarray(value[0] === 0x0a ? 1 : 0)) : value.toString('utf8'),
        ) as [string, string, string, string, string, string, string];
      const name = ref.slice(prefix.length);
      if (type === 'commit') found.set(name, { oid: object, commit: object, annotated: false, message: '' });
      if (type !== 'tag') continue;
      const commit = peeledType === 'commit' ? peeled : await this.commitBehind(object);
      if (commit === undefined) continue;
      found.set(name, {
        oid: object,
        commit,
        annotated: true,
        ...(date === '' ? {} : { date: Number(date) }),
        message: contents.replace(/^-----BEGIN (PGP|SSH|SIGNED) [\s\S]*$/m, ''),
      });
    }
    return found;
  }

  /** Commit of a tag of a tag; `undefined` when it leads to a blob or tree. */
  private async commitBehind(object: string): Promise<string | undefined> {
    const args = ['rev-parse', '--verify', '--quiet', `${oid(object)}^{commit}`];
    const { code, stdout } = await this.local(args, { exitCodes: [0, 1, 128] });
    return code === 0 ? line(stdout) : undefined;
  }

  private async readTree(tree: string): Promise<TreeEntry[]> {
    const known = this.trees.get(tree);
    if (known !== undefined) return known;
    const entries = this.parsedTree(tree);
    this.trees.set(tree, entries);
    entries.catch(() => this.trees.delete(tree));
    return entries;
  }

  private async parsedTree(tree: string): Promise<TreeEntry[]> {
    const found = (await this.readObjects([tree], MAX_LISTING_BYTES)).get(tree);
    if (found?.type !== 'tree') throw new MlopsError('MLOPS-GIT-006', `There is no tree ${tree} in the clone.`);
    return parseTree(found.content, tree.length / 2);
  }

  private async writeTreeObject(entries: readonly TreeEntry[]): Promise<string> {
    return line(
      (await this.local(['hash-object', '-w', '-t', 'tree', '--stdin'], { stdin: formatTree(entries) })).stdout,
    );
  }

  /** Objects by id, by one `cat-file --batch`; those that are missing are missing in the result too. */
  private async readObjects(
    objects: readonly string[],
    maxBytes: number,
  ): Promise<Map<string, { type: string; content: Uint8Array }>> {
    const found = new Map<string, { type: string; content: Uint8Array }>();
    if (objects.length === 0) return found;
    const { stdout } = await this.local(['cat-file', '--batch', '--buffer'], {
      stdin: `${objects.join('\n')}\n`,
      maxOutputBytes: maxBytes + objects.length * 256,
    });
    for (let at = 0; at < stdout.length; ) {
      const end = stdout.indexOf(0x0a, at);
      const [object, type, size] = stdout.toString('latin1', at, end).split(' ') as [string, string, string?];
      at = end + 1;
      if (size === undefined) continue;
      found.set(object, { type, content: Uint8Array.from(stdout.subarray(at, at + Number(size))) });
      at += Number(size) + 1;
    }
    return found;
  }

  private async deleteRefs(prefix: string, unwanted: (name: string) => boolean): Promise<void> {
    const { stdout } = await this.local(['for-each-ref', '--format=%(refname)', prefix], {
      maxOutputBytes: MAX_LISTING_BYTES,
    });
    const names = splitBytes(stdout, 0x0a).filter((name) => unwanted(name.toString('utf8')));
    if (names.length === 0) return;
    await this.updateRefs(names.map((name) => Buffer.concat([Buffer.from('delete '), name, Buffer.from('\0\0')])));
  }

  private async updateRefs(commands: readonly (string | Buffer)[]): Promise<void> {
    await this.local(['update-ref', '--stdin', '-z'], {
      stdin: Buffer.concat(commands.map((command) => Buffer.from(command))),
    });
  }

  private local(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    return runGit(args, { ...commonOptions(this.options), gitDir: this.directory, ...options });
  }

  private remote(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    const { credentials, timeoutMs = REMOTE_TIMEOUT_MS } = this.options;
    const remote = { url: this.remoteUrl, ...(credentials === undefined ? {} : { credentials }) };
    return this.local(args, { timeoutMs, remote, ...options });
  }
}

function commonOptions({ git, signal }: BareCloneOptions): GitOptions {
  return { ...(git === undefined ? {} : { git }), ...(signal === undefined ? {} : { signal }) };
}

/** Made beside its place and moved there whole, so that nobody ever sees half a repository. */
async function makeBareRepository(directory: string, options: BareCloneOptions): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  const draft = `${directory}.${randomBytes(8).toString('hex')}.new`;
  try {
    await runGit(['init', '--quiet', '--bare', '--template=', '--initial-branch=none', draft], commonOptions(options));
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was first, or it was an attempt of ours that was thought dead.
    if (!existsSync(join(directory, 'HEAD'))) throw error;
  }
}

/** Two attempts of one activity may meet in the task's namespace; the ref that one of them holds is soon free. */
async function retriedWhenLocked(run: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt === 5 || !(error instanceof MlopsError && error.message.includes('cannot lock ref'))) throw error;
    }
  }
}

/** Settings for one command, beside those of its arguments (git-config(1), `GIT_CONFIG_COUNT`). */
function settingsInEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(settings).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(Object.keys(settings).length), ...Object.fromEntries(pairs) };
}

/** Namespace of a task's refs, without a slash at the end. */
function namespaceOf(task: string): string {
  return `refs/mlops/${sha256Hex(task).slice(0, 20)}`;
}

function oid(text: string): string {
  if (!OID.test(text)) throw new MlopsError('MLOPS-INT-001', 'Something that is no object id was given to git.');
  return text;
}

function assertRefName(name: string, what: 'branch' | 'tag'): void {
  if (isRefName(name)) return;
  const code = what === 'branch' ? 'MLOPS-GIT-003' : 'MLOPS-INPUT-001';
  throw new MlopsError(code, `It cannot be the name of a ${what}.`, { where: JSON.stringify(name.slice(0, 200)) });
}

function assertExpected(found: TreeEntry | undefined, edit: EditFile): void {
  const where = { where: edit.path };
  if (found !== undefined && !isRegular(found)) {
    throw new MlopsError('MLOPS-GIT-008', 'The path is a folder, a link or a submodule.', where);
  }
  if ((found?.oid ?? null) !== edit.before) {
    const has = found === undefined ? 'no such file' : `blob ${found.oid}`;
    throw new MlopsError(
      'MLOPS-GIT-009',
      `The tree has ${has} where the edit expects ${edit.before ?? 'none'}.`,
      where,
    );
  }
  if (found !== undefined && fileMode(found.mode) !== edit.mode) {
    throw new MlopsError(
      'MLOPS-GIT-009',
      `The file has mode ${found.mode} where the edit expects ${edit.mode}.`,
      where,
    );
  }
}

function isRegular({ mode }: TreeEntry): boolean {
  return mode === '100644' || mode === '100755' || mode === '100664';
}

/** The modes of files that git knows; old repositories also hold 100664, which it treats as 100644. */
function fileMode(mode: string): FileMode {
  if (mode === '100755' || mode === '120000' || mode === '160000') return mode;
  return '100644';
}

/** A line of `ls-tree -r -z --long`: `<mode> <type> <oid> <size right-aligned>\t<path>`. */
function listedEntry(record: Buffer): SnapshotEntry {
  const tab = record.indexOf(0x09);
  const [mode, , object, size] = record.toString('latin1', 0, tab).split(/ +/) as [string, string, string, string];
  return {
    path: encodePath(record.subarray(tab + 1)),
    mode: fileMode(mode),
    oid: object,
    size: size === '-' ? -1 : Number(size),
  };
}

function utf8Text(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function message(text: string): string {
  if (text.includes('\0') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES || text.trim() === '') {
    throw new MlopsError('MLOPS-INPUT-001', 'A commit or tag message is empty, too long or holds a NUL.');
  }
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** A name or address as it can stand in a commit. git drops punctuation at both ends; something must remain. */
function identPart(text: string): string {
  if (/[<>\p{Cc}]/u.test(text) || !/[^\s.,:;"'\\]/.test(text)) {
    throw new MlopsError('MLOPS-INPUT-001', 'A name or address cannot stand in a commit.', {
      where: JSON.stringify(text),
    });
  }
  return text;
}

function seconds(date: number): number {
  if (!Number.isSafeInteger(date) || date < 0)
    throw new MlopsError('MLOPS-INT-001', 'A commit date is no whole number of seconds.');
  return date;
}

function line(stdout: Buffer): string {
  return stdout.toString('latin1').trimEnd();
}

/** The parts before each terminator; an empty rest is no part. */
function splitBytes(bytes: Buffer, terminator: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(terminator, at);
    const stop = end < 0 ? bytes.length : end;
    parts.push(bytes.subarray(at, stop));
    at = stop + 1;
  }
  return parts;
}
