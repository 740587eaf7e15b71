import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const ENV = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '@1000000000 +0000',
  GIT_COMMITTER_DATE: '@1000000000 +0000',
};

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mlops-git-'));
  made.push(directory);
  return directory;
}

export interface TestFile {
  path: string | Buffer;
  content: string | Buffer;
  mode?: '100644' | '100755' | '120000' | '160000';
}

/** A bare repository to serve as remote, filled by plain git so that the code under test has no part in it. */
export class TestRemote {
  readonly path = join(temporaryFolder(), 'remote.git');

  constructor() {
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.path], { env: ENV });
  }

  git(args: string[], options: { input?: string | Buffer; env?: Record<string, string> } = {}): Buffer {
    return execFileSync('git', ['--git-dir', this.path, ...args], {
      input: options.input ?? '',
      env: { ...ENV, ...options.env },
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  line(...args: string[]): string {
    return this.git(args).toString().trim();
  }

  /** A commit of exactly these files; moves the branch. */
  commit(files: TestFile[], options: { parent?: string; branch?: string; message?: string } = {}): string {
    const index = { GIT_INDEX_FILE: join(this.path, 'test-index') };
    rmSync(index.GIT_INDEX_FILE, { force: true });
    const records = files.map(({ path, content, mode = '100644' }) => {
      const oid = mode === '160000' ? content.toString() : this.blob(content);
      return Buffer.concat([Buffer.from(`${mode} ${oid} 0\t`), Buffer.from(path), Buffer.from([0])]);
    });
    this.git(['update-index', '-z', '--index-info'], { input: Buffer.concat(records), env: index });
    const tree = this.git(['write-tree', '--missing-ok'], { env: index }).toString().trim();
    const parents = options.parent === undefined ? [] : ['-p', options.parent];
    const commit = this.line('commit-tree', tree, ...parents, '-m', options.message ?? 'test');
    this.git(['update-ref', `refs/heads/${options.branch ?? 'main'}`, commit]);
    return commit;
  }

  blob(content: string | Buffer): string {
    return this.git(['hash-object', '-w', '--stdin'], { input: content }).toString().trim();
  }

  /** Every ref with its id. */
  refs(): string {
    return this.line('for-each-ref', '--format=%(refname) %(objectname)');
  }
}
