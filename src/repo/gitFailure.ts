import { existsSync } from 'node:fs';
import type { ErrorCode } from '../contract/errors.js';
import { MlopsError } from '../contract/errors.js';
import type { RepositoryUrl } from './repositoryUrl.js';

interface FailureKind {
  pattern: RegExp;
  code: ErrorCode;
  message: string;
  mend?: string;
}

function anyOf(...patterns: RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), 'i');
}

/**
 * What git, ssh and curl say (in the C locale), most specific first. The remote's own words reach the
 * person; these patterns only choose the code.
 */
const FAILURES: FailureKind[] = [
  {
    pattern: /dubious ownership/,
    code: 'MLOPS-GIT-007',
    message: 'git refuses the repository because it belongs to another user',
    mend: 'Let the user who runs the worker own the repository, or use ssh:// or https://.',
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known/,
    code: 'MLOPS-GIT-004',
    message: "the remote's host key is not known",
    mend: "Add the host's key to the target's known hosts file, after checking its fingerprint.",
  },
  {
    pattern: anyOf(
      /Authentication failed/,
      /could not read (Username|Password)/,
      /terminal prompts disabled/,
      /Permission denied/,
      /returned error: 40[13]/,
      /HTTP 40[13]/,
      /Access denied/,
      /Permission to \S+ denied/,
      /Load key .*: (invalid format|error in libcrypto)/,
    ),
    code: 'MLOPS-GIT-004',
    message: 'the remote refused the credentials',
  },
  {
    pattern: /transport '\S*' not allowed/,
    code: 'MLOPS-GIT-007',
    message: 'the URL is of a kind that is not allowed',
  },
  {
    pattern: /mismatched algorithms|unknown object format|unsupported hash algorithm/,
    code: 'MLOPS-GIT-007',
    message: 'the repository uses another object format than SHA-1',
  },
  {
    pattern: /does not support --atomic/,
    code: 'MLOPS-GIT-005',
    message: 'the server cannot change a branch and tags in one step',
    mend: 'Use a server that supports atomic pushes (git 2.4 or newer).',
  },
  {
    pattern: anyOf(
      /could not resolve/,
      /failed to connect/,
      /couldn't connect/,
      /connection (refused|timed out|reset|closed)/,
      /timed out/,
      /no route to host/,
      /network is unreachable/,
      /SSL certificate/,
      /SSL_ERROR/,
      /gnutls/,
      /returned error: (429|5\d\d)/,
      /HTTP 5\d\d/,
      /Empty reply/,
      /Operation too slow/,
      /HTTP\/2 stream/,
    ),
    code: 'MLOPS-GIT-001',
    message: 'the repository cannot be reached',
  },
  {
    pattern: /not found|could not be found|returned error: 404|not valid: is this a git repository/i,
    code: 'MLOPS-GIT-007',
    message: 'the remote has no such repository, or the credentials may not see it',
  },
  {
    pattern: /does not appear to be a git repository|not a git repository/,
    code: 'MLOPS-GIT-007',
    message: 'it is no git repository',
  },
  {
    pattern: /early EOF|hung up unexpectedly|unexpected disconnect|Could not read from remote repository/,
    code: 'MLOPS-GIT-001',
    message: 'the connection to the repository broke',
  },
];

/** Longest excerpt of git's or the forge's words in a message. */
const MAX_WORDS = 2000;

/**
 * Turns a failed git command into an error of the table.
 * @param command the subcommand, for example `fetch`; never the whole argument list.
 * @param words git's standard error, already redacted.
 */
export function gitFailure(command: string, words: string, remote?: RepositoryUrl): MlopsError {
  const said = boundedWords(words);
  const where = remote === undefined ? {} : { where: remote.display };
  if (remote?.path !== undefined && !existsSync(remote.path)) {
    return new MlopsError('MLOPS-GIT-001', 'The repository directory does not exist.', where);
  }
  const kind = FAILURES.find(({ pattern }) => pattern.test(words));
  // A local command can't fail for want of a network: there the words are about something else.
  if (kind === undefined || remote === undefined) {
    return new MlopsError('MLOPS-GIT-006', `git ${command} failed: ${said || 'it said nothing'}`, where);
  }
  return new MlopsError(kind.code, `git ${command}: ${kind.message}. ${said}`.trim(), {
    ...where,
    ...(kind.mend === undefined ? {} : { mend: kind.mend }),
  });
}

/** At most {@link MAX_WORDS} characters, without control characters but line feeds. */
export function boundedWords(words: string): string {
  const clean = words.replace(/(?!\n)\p{Cc}\[[0-9;?]*[ -/]*[@-~]/gu, '').replace(/(?!\n)\p{Cc}/gu, ' ');
  const trimmed = clean.replace(/ +\n/g, '\n').trim();
  return trimmed.length <= MAX_WORDS ? trimmed : `${trimmed.slice(0, MAX_WORDS)} …`;
}
