import { describe, expect, it } from 'vitest';
import { boundedWords, gitFailure } from '../../../src/repo/gitFailure.js';
import { checkRepositoryUrl } from '../../../src/repo/repositoryUrl.js';

const REMOTE = checkRepositoryUrl('https://example.com/models.git');

describe('gitFailure', () => {
  it.each([
    ["fatal: unable to access 'https://example.com/models.git/': Could not resolve host: example.com", 'MLOPS-GIT-001'],
    ["fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused", 'MLOPS-GIT-001'],
    ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'MLOPS-GIT-001'],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 503", 'MLOPS-GIT-001'],
    [
      'ssh: Could not resolve hostname x: Name or service not known\nfatal: Could not read from remote repository.',
      'MLOPS-GIT-001',
    ],
    [
      'ssh: connect to host x port 22: No route to host\nfatal: Could not read from remote repository.',
      'MLOPS-GIT-001',
    ],
    [
      'kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.',
      'MLOPS-GIT-001',
    ],
    ['fatal: the remote end hung up unexpectedly', 'MLOPS-GIT-001'],
    ['fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF', 'MLOPS-GIT-001'],
    ["remote: Invalid username or password.\nfatal: Authentication failed for 'https://example.com/'", 'MLOPS-GIT-004'],
    ["fatal: could not read Username for 'https://example.com': terminal prompts disabled", 'MLOPS-GIT-004'],
    ['remote: Permission to a/b.git denied to c.\nfatal: The requested URL returned error: 403', 'MLOPS-GIT-004'],
    ['git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'MLOPS-GIT-004'],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'MLOPS-GIT-004'],
    ["fatal: transport 'ext' not allowed", 'MLOPS-GIT-007'],
    ["remote: Repository not found.\nfatal: repository 'https://example.com/x/' not found", 'MLOPS-GIT-007'],
    ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'MLOPS-GIT-007'],
    [
      "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
      'MLOPS-GIT-007',
    ],
    ['fatal: mismatched algorithms: client sha1; server sha256', 'MLOPS-GIT-007'],
    ['fatal: the receiving end does not support --atomic push', 'MLOPS-GIT-005'],
    ['fatal: something that nobody has seen before', 'MLOPS-GIT-006'],
  ])('maps %j to %s', (words, code) => {
    const error = gitFailure('fetch', words, REMOTE);
    expect(error).toMatchObject({ code, where: 'https://example.com/models.git' });
    expect(error.message).toContain(boundedWords(words));
  });

  it('says MLOPS-GIT-006 of a local command whatever its words', () => {
    expect(gitFailure('hash-object', 'fatal: Permission denied').code).toBe('MLOPS-GIT-006');
  });
});

describe('boundedWords', () => {
  it('drops terminal escapes and control characters', () => {
    expect(boundedWords('\u001b[31mred\u001b[0m\rnext\u0007 \nline\u009b2J')).toBe('red next\nline 2J');
  });

  it('keeps 2000 characters', () => {
    expect(boundedWords('x'.repeat(5000))).toBe(`${'x'.repeat(2000)} …`);
  });
});
