import { spawn } from 'node:child_process';
import { MlopsError } from '../contract/errors.js';
import { gitFailure } from './gitFailure.js';
import type { RepositoryUrl } from './repositoryUrl.js';
import { redactUrls } from './repositoryUrl.js';

/** What a remote asks for. None of it ever stands in an argument, a message or a log. */
export interface Credentials {
  /** For https; default `git`, which forges accept with a token as password. */
  username?: string;
  /** For https: password or token. */
  password?: string;
  /** For ssh: private key without passphrase; the only identity that is then offered. */
  sshKeyFile?: string;
  /** For ssh: known hosts file in place of the user's. Unknown hosts are always refused. */
  knownHostsFile?: string;
}

export interface GitOptions {
  /** The bare repository; without it git runs outside of any. */
  gitDir?: string;
  /** The git program; default `git` on the PATH. */
  git?: string;
  stdin?: Uint8Array | string;
  /** Variables for this command beside the hardened ones, for example `GIT_AUTHOR_NAME`. */
  env?: Record<string, string>;
  /** Set for commands that speak to a remote: opens its one transport and hands over the credentials. */
  remote?: { url: RepositoryUrl; credentials?: Credentials };
  /** Milliseconds until the process group is killed; default 120,000. */
  timeoutMs?: number;
  /** Bytes of standard output beyond which the command is stopped; default 64 MiB. */
  maxOutputBytes?: number;
  /** Kills the process group; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Exit codes that are an answer rather than a failure; default only 0. */
  exitCodes?: readonly number[];
}

export interface GitResult {
  code: number;
  stdout: Buffer;
  /** Redacted. */
  stderr: string;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_STDERR = 256 * 1024;

/**
 * Configuration given by argument, which git ranks above every file. Hooks and monitors off, nothing
 * in the background (it would outlive the activity), no attributes from the machine, longer waits for
 * locks because several processes share a clone.
 */
const HARDENED_CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.quotePath=false',
  'core.packedRefsTimeout=20000',
  'core.filesRefLockTimeout=20000',
  'protocol.version=2',
  'transfer.bundleURI=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.default=nothing',
  'push.followTags=false',
  'push.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
  'credential.helper=',
];

/** Read by `sh`, which git starts; the secrets come from the environment of this one command. */
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$MLOPS_GIT_USERNAME" "$MLOPS_GIT_PASSWORD"; }; f';

/** The only variables of the worker that git gets; no `GIT_*` among them. */
const PASSED_ON = [
  'PATH',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
];

/**
 * Runs the system's git with an argument list (never a shell) and a hardened environment: no system or
 * user configuration, hooks, prompts, `GIT_*` variables of the worker or transports but the one of
 * `options.remote`.
 *
 * @throws MlopsError MLOPS-GIT-001, -004, -006, -007 as {@link gitFailure} maps git's words; MLOPS-GIT-006
 * also for a time or output limit and a missing program. An abort throws the signal's reason.
 */
export async function runGit(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const command = args[0] ?? '';
  const secrets = secretsOf(options.remote);
  const fullArgs = [
    ...(options.gitDir === undefined ? [] : [`--git-dir=${options.gitDir}`]),
    ...HARDENED_CONFIG.flatMap((setting) => ['-c', setting]),
    ...credentialArgs(options.remote, secrets),
    ...args,
  ];
  const finished = await spawnGit(options.git ?? 'git', fullArgs, environment(options, secrets), options, command);
  const stderr = redact(finished.stderr, secrets);
  if (finished.stopped !== undefined) {
    throw new MlopsError('MLOPS-GIT-006', `git ${command} ${finished.stopped}`, whereOf(options));
  }
  const code = finished.code ?? -1;
  if (!(options.exitCodes ?? [0]).includes(code)) throw gitFailure(command, stderr, options.remote?.url);
  return { code, stdout: finished.stdout, stderr };
}

interface Secrets {
  username: string;
  password: string;
}

function secretsOf(remote: GitOptions['remote']): Secrets | undefined {
  const password = remote?.credentials?.password ?? remote?.url.password;
  const username = remote?.credentials?.username ?? remote?.url.username;
  if (password === undefined && username === undefined) return undefined;
  // Secret files usually end in a line feed. The helper's answer is line by line.
  const secrets = { username: (username ?? 'git').trimEnd(), password: (password ?? '').replace(/[\r\n]+$/, '') };
  if (/\p{Cc}/u.test(secrets.username + secrets.password)) {
    throw new MlopsError('MLOPS-GIT-004', 'The user name or password holds a control character.');
  }
  return secrets;
}

function credentialArgs(remote: GitOptions['remote'], secrets: Secrets | undefined): string[] {
  if (remote?.url.origin === undefined || secrets === undefined) return [];
  // Scoped to the origin, so that a redirect to another host gets nothing.
  return ['-c', `credential.${remote.url.origin}.helper=${CREDENTIAL_HELPER}`];
}

function environment(options: GitOptions, secrets: Secrets | undefined): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    // git and curl look for .gitconfig, .netrc and attributes there; ssh takes the user's home from the system.
    HOME: '/dev/null',
    XDG_CONFIG_HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_ALLOW_PROTOCOL: options.remote?.url.transport ?? '',
    GIT_SSH_COMMAND: sshCommand(options.remote?.credentials),
    GIT_SSH_VARIANT: 'ssh',
    ...(secrets === undefined ? {} : { MLOPS_GIT_USERNAME: secrets.username, MLOPS_GIT_PASSWORD: secrets.password }),
    ...options.env,
  };
}

function sshCommand(credentials: Credentials | undefined): string {
  const words = ['ssh', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ConnectTimeout=30'];
  if (credentials?.sshKeyFile !== undefined) {
    words.push('-F', '/dev/null', '-o', 'IdentitiesOnly=yes', '-i', credentials.sshKeyFile);
  }
  if (credentials?.knownHostsFile !== undefined) {
    // ssh splits this option at spaces, but for double quotes; both files of the machine give way to it.
    words.push(
      '-o',
      `UserKnownHostsFile="${plainFile(credentials.knownHostsFile)}"`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
    );
  }
  // git hands GIT_SSH_COMMAND to sh.
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

function plainFile(path: string): string {
  if (/["\\\n%$]/.test(path)) {
    throw new MlopsError(
      'MLOPS-CFG-001',
      'The name of the known hosts file holds a character that ssh would interpret.',
    );
  }
  return path;
}

interface Finished {
  code: number | null;
  stdout: Buffer;
  stderr: string;
  /** Why it was killed. */
  stopped?: string;
}

function spawnGit(
  git: string,
  args: string[],
  env: Record<string, string>,
  options: GitOptions,
  command: string,
): Promise<Finished> {
  const { signal } = options;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maxOutput = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    // Its own process group: ssh, the credential helper and index-pack end with it.
    const child = spawn(git, args, { env, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const words: Buffer[] = [];
    let outputBytes = 0;
    let wordBytes = 0;
    let stopped: string | undefined;

    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    };
    const stop = (why: string): void => {
      stopped ??= why;
      kill();
    };
    const timer = setTimeout(() => stop(`took longer than ${timeoutMs} ms and was stopped`), timeoutMs);
    const tidy = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    signal?.addEventListener('abort', kill, { once: true });

    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > maxOutput) stop(`gave more than ${maxOutput} bytes and was stopped`);
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      wordBytes += chunk.length;
      if (wordBytes <= MAX_STDERR) words.push(chunk);
    });
    // A command that fails early closes its input; its exit code and words say why.
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    child.on('error', (cause) => {
      tidy();
      reject(
        new MlopsError('MLOPS-GIT-006', `git ${command} could not be started.`, {
          mend: 'Install git, or set its path in the configuration.',
          cause,
        }),
      );
    });
    child.on('close', (code) => {
      tidy();
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      resolve({
        code,
        stdout: Buffer.concat(output),
        stderr: Buffer.concat(words).toString('utf8'),
        ...(stopped === undefined ? {} : { stopped }),
      });
    });
  });
}

function redact(text: string, secrets: Secrets | undefined): string {
  let clean = redactUrls(text);
  for (const secret of [secrets?.password, secrets && encodeURIComponent(secrets.password)]) {
    if (secret) clean = clean.replaceAll(secret, '***');
  }
  return clean;
}

function whereOf(options: GitOptions): { where?: string } {
  return options.remote === undefined ? {} : { where: options.remote.url.display };
}
