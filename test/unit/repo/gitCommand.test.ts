import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BareClone } from '../../../src/repo/bareClone.js';
import { runGit } from '../../../src/repo/gitCommand.js';
import { checkRepositoryUrl } from '../../../src/repo/repositoryUrl.js';
import { TestRemote, temporaryFolder } from './testRepository.js';

const SECRET = 's3cr3t-t0ken';

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  vi.unstubAllEnvs();
});

/** A git that notes its arguments and environment, then is the real one. */
function notingGit(): { git: string; args: () => string; env: () => string } {
  const folder = temporaryFolder();
  const git = join(folder, 'git');
  writeFileSync(git, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${folder}/args'\nenv >> '${folder}/env'\nexec git "$@"\n`);
  chmodSync(git, 0o755);
  return {
    git,
    args: () => readFileSync(join(folder, 'args'), 'utf8'),
    env: () => readFileSync(join(folder, 'env'), 'utf8'),
  };
}

/** Serves a repository by git's own CGI program, to whoever knows user and password. */
async function httpServer(remote: TestRemote, user: string, password: string): Promise<string> {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  remote.git(['config', 'http.receivepack', 'true']);
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end('no\n');
      return;
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const child = execFile(
      'git',
      ['http-backend'],
      {
        encoding: 'buffer',
        maxBuffer: 1 << 26,
        env: {
          PATH: process.env.PATH ?? '',
          GIT_PROJECT_ROOT: join(remote.path, '..'),
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: pathname,
          QUERY_STRING: search.slice(1),
          REQUEST_METHOD: request.method ?? 'GET',
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
          HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
          REMOTE_USER: user,
        },
      },
      (_error, stdout) => {
        const end = stdout.indexOf('\r\n\r\n');
        const headers = stdout
          .toString('latin1', 0, end)
          .split('\r\n')
          .map((line) => line.split(': ') as [string, string]);
        const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
        response.writeHead(
          Number.parseInt(status, 10),
          Object.fromEntries(headers.filter(([name]) => name !== 'Status')),
        );
        response.end(stdout.subarray(end + 4));
      },
    );
    request.pipe(child.stdin as NodeJS.WritableStream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/remote.git`;
}

describe('runGit', () => {
  it('takes nothing from the system, the user or the environment of the worker', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Mallory\n[alias]\n\tevil = !touch evil\n');
    vi.stubEnv('HOME', home);
    vi.stubEnv('XDG_CONFIG_HOME', home);
    vi.stubEnv('GIT_CONFIG_GLOBAL', join(home, '.gitconfig'));
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'user.email');
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'mallory@example.com');
    vi.stubEnv('GIT_DIR', home);
    vi.stubEnv('GIT_SSH_COMMAND', 'touch evil');
    vi.stubEnv('GIT_TRACE', join(home, 'trace'));
    const { stdout } = await runGit(['config', '--list']);
    expect(stdout.toString()).not.toMatch(/mallory|evil/i);
    const { git, env } = notingGit();
    await runGit(['version'], { git });
    const variables = env()
      .split('\n')
      .filter((line) => /^GIT_|^SSH_ASKPASS|^HOME|^LC_ALL/.test(line))
      .sort();
    expect(variables).toEqual([
      'GIT_ALLOW_PROTOCOL=',
      'GIT_ASKPASS=',
      'GIT_ATTR_NOSYSTEM=1',
      'GIT_CONFIG_GLOBAL=/dev/null',
      'GIT_CONFIG_NOSYSTEM=1',
      'GIT_LFS_SKIP_SMUDGE=1',
      'GIT_NO_LAZY_FETCH=1',
      'GIT_NO_REPLACE_OBJECTS=1',
      'GIT_OPTIONAL_LOCKS=0',
      "GIT_SSH_COMMAND='ssh' '-o' 'BatchMode=yes' '-o' 'StrictHostKeyChecking=yes' '-o' 'ConnectTimeout=30'",
      'GIT_SSH_VARIANT=ssh',
      'GIT_TERMINAL_PROMPT=0',
      'HOME=/dev/null',
      'LC_ALL=C',
      'SSH_ASKPASS_REQUIRE=never',
    ]);
  });

  it('lets git use only the transport of the remote', async () => {
    const https = checkRepositoryUrl('https://example.com/x.git');
    const folder = temporaryFolder();
    for (const url of [`ext::touch ${folder}/evil`, `file://${folder}`, 'http://127.0.0.1:1/x']) {
      await expect(runGit(['ls-remote', url], { remote: { url: https } })).rejects.toThrowError(/not allowed/);
    }
  });

  it('offers ssh only the key that is given, and knows only the hosts of the file that is given', async () => {
    const { git, env } = notingGit();
    const url = checkRepositoryUrl('git@example.com:x.git');
    const credentials = { sshKeyFile: "/keys/it's mine", knownHostsFile: '/keys/known hosts' };
    await runGit(['version'], { git, remote: { url, credentials } });
    expect(env()).toContain(
      "GIT_SSH_COMMAND='ssh' '-o' 'BatchMode=yes' '-o' 'StrictHostKeyChecking=yes' '-o' 'ConnectTimeout=30' '-F' " +
        "'/dev/null' '-o' 'IdentitiesOnly=yes' '-i' '/keys/it'\\''s mine' '-o' " +
        `'UserKnownHostsFile="/keys/known hosts"' '-o' 'GlobalKnownHostsFile=/dev/null'\n`,
    );
    const odd = { knownHostsFile: '/keys/a"b' };
    await expect(runGit(['version'], { remote: { url, credentials: odd } })).rejects.toMatchObject({
      code: 'MLOPS-CFG-001',
    });
  });

  it('hands over user and password by a helper, never in an argument', async () => {
    const remote = new TestRemote();
    const head = remote.commit([{ path: 'a', content: 'a\n' }]);
    const url = await httpServer(remote, 'bot', SECRET);
    const { git, args } = notingGit();
    const directory = join(temporaryFolder(), 'clone');
    const clone = await BareClone.open({
      directory,
      url,
      git,
      credentials: { username: 'bot', password: `${SECRET}\n` },
    });
    await clone.fetch('task', { branches: ['main'] });
    expect(await clone.branchHead('task', 'main')).toBe(head);
    expect(args()).toContain(url);
    expect(args()).not.toContain(SECRET);
    expect(args()).not.toContain('bot');
    expect(readFileSync(join(directory, 'config'), 'utf8')).not.toMatch(/127\.0\.0\.1|bot/);
  });

  it('takes the password out of a URL that carries one, and pushes with it', async () => {
    const remote = new TestRemote();
    const base = remote.commit([{ path: 'a', content: 'a\n' }]);
    const url = (await httpServer(remote, 'bot', SECRET)).replace('http://', `http://bot:${SECRET}@`);
    const { git, args } = notingGit();
    const clone = await BareClone.open({ directory: join(temporaryFolder(), 'clone'), url, git });
    await clone.fetch('task', { branches: ['main'] });
    const ident = { name: 'Bot', email: 'bot@example.com' };
    const tree = await clone.treeOf(base);
    const commit = await clone.commitTree({
      tree,
      parent: base,
      message: 'm',
      date: 1,
      author: ident,
      committer: ident,
    });
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toEqual({ result: 'pushed' });
    expect(remote.line('rev-parse', 'main')).toBe(commit);
    expect(args()).not.toContain(SECRET);
  });

  it('says MLOPS-GIT-004 for a wrong password without repeating it', async () => {
    const url = await httpServer(new TestRemote(), 'bot', 'other');
    const credentials = { username: 'bot', password: SECRET };
    const clone = await BareClone.open({ directory: join(temporaryFolder(), 'clone'), url, credentials });
    const error = await clone.remoteRefs().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MLOPS-GIT-004', where: url });
    expect((error as Error).message).not.toContain(SECRET);
  });

  it('hides the password when the remote repeats it', async () => {
    const { git } = notingGit();
    writeFileSync(
      git,
      `#!/bin/sh\necho "remote: bad token $MLOPS_GIT_PASSWORD at https://u:p@example.com/x?k=v" >&2\nexit 128\n`,
    );
    const url = checkRepositoryUrl('https://example.com/x.git');
    await expect(runGit(['fetch'], { git, remote: { url, credentials: { password: SECRET } } })).rejects.toThrowError(
      /^git fetch failed: remote: bad token \*\*\* at https:\/\/example\.com\/x$/,
    );
  });

  it('refuses a password that would forge a line of the helper', async () => {
    const url = checkRepositoryUrl('https://example.com/x.git');
    const credentials = { password: 'a\nhost=evil.example' };
    await expect(runGit(['version'], { remote: { url, credentials } })).rejects.toMatchObject({
      code: 'MLOPS-GIT-004',
    });
  });

  it('stops a command, and what it started, at its time limit', async () => {
    const { git } = notingGit();
    const folder = temporaryFolder();
    writeFileSync(git, `#!/bin/sh\nsleep 600 &\necho $! > '${folder}/pid'\nwait\n`);
    await expect(runGit(['fetch'], { git, timeoutMs: 300 })).rejects.toMatchObject({
      code: 'MLOPS-GIT-006',
      message: 'git fetch took longer than 300 ms and was stopped',
    });
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
  });

  it('stops a command at its output limit', async () => {
    const { git } = notingGit();
    writeFileSync(git, '#!/bin/sh\nexec yes\n');
    await expect(runGit(['ls-tree'], { git, maxOutputBytes: 1000 })).rejects.toMatchObject({
      message: 'git ls-tree gave more than 1000 bytes and was stopped',
    });
  });

  it('stops a command when it is cancelled, with the reason', async () => {
    const { git } = notingGit();
    const folder = temporaryFolder();
    writeFileSync(git, `#!/bin/sh\ntouch '${folder}/started'\nexec sleep 600\n`);
    const controller = new AbortController();
    const running = runGit(['fetch'], { git, signal: controller.signal });
    const outcome = expect(running).rejects.toThrowError('cancelled by the test');
    await vi.waitFor(() => readFileSync(join(folder, 'started')));
    controller.abort(new Error('cancelled by the test'));
    await outcome;
    await expect(runGit(['version'], { signal: controller.signal })).rejects.toThrowError('cancelled by the test');
  });

  it('says how to mend a missing git', async () => {
    await expect(runGit(['version'], { git: '/nonexistent/git' })).rejects.toMatchObject({
      code: 'MLOPS-GIT-006',
      mend: 'Install git, or set its path in the configuration.',
    });
  });

  it('runs no hook of the clone and no program of its configuration', async () => {
    const remote = new TestRemote();
    const base = remote.commit([
      { path: 'a', content: 'a\n' },
      { path: '.gitattributes', content: '* filter=evil diff=evil\n' },
    ]);
    const directory = join(temporaryFolder(), 'clone');
    const clone = await BareClone.open({ directory, url: remote.path });
    const folder = temporaryFolder();
    mkdirSync(join(directory, 'hooks'), { recursive: true });
    for (const hook of ['pre-push', 'reference-transaction', 'post-index-change', 'commit-msg', 'fsmonitor']) {
      writeFileSync(join(directory, 'hooks', hook), `#!/bin/sh\ntouch '${folder}/evil'\n`);
      chmodSync(join(directory, 'hooks', hook), 0o755);
    }
    const evil = `touch '${folder}/evil'`;
    await runGit(['config', 'core.fsmonitor', join(directory, 'hooks', 'fsmonitor')], { gitDir: directory });
    await runGit(['config', 'filter.evil.clean', evil], { gitDir: directory });
    await runGit(['config', 'diff.evil.textconv', evil], { gitDir: directory });
    await runGit(['config', 'diff.external', evil], { gitDir: directory });
    await clone.fetch('task', { branches: ['main'] });
    const before = remote.line('rev-parse', 'main:a');
    const after = await clone.writeBlob('b\n');
    const tree = await clone.writeTree(base, [
      { kind: 'editFile', path: 'a', before, after, mode: '100644', closes: [] },
    ]);
    const ident = { name: 'Bot', email: 'bot@example.com' };
    const commit = await clone.commitTree({
      tree,
      parent: base,
      message: 'm',
      date: 1,
      author: ident,
      committer: ident,
    });
    expect(await clone.diff(base, commit)).toContain('-a\n+b\n');
    await clone.numstat(base, commit);
    expect(await clone.push('task', { branch: 'main', commit, expectedOld: base })).toEqual({ result: 'pushed' });
    expect(() => readFileSync(join(folder, 'evil'))).toThrowError(/ENOENT/);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A child that nobody has waited for yet has ended all the same.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
