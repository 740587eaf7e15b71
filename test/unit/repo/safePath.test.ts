import { describe, expect, it } from 'vitest';
import { safeSegments } from '../../../src/repo/safePath.js';

describe('safeSegments', () => {
  it.each([
    ['a', ['a']],
    ['monitoring/rules.yml', ['monitoring', 'rules.yml']],
    ['-n', ['-n']],
    ['.github/workflows/train.yml', ['.github', 'workflows', 'train.yml']],
    ['.gitignore', ['.gitignore']],
    ['a..b/...', ['a..b', '...']],
    ['git~x', ['git~x']],
    ['with space/é', ['with space', 'é']],
    ['a%0Ab', ['a\nb']],
  ])('splits %s', (path, segments) => {
    expect(safeSegments(path).map((segment) => Buffer.from(segment).toString())).toEqual(segments);
  });

  it.each([
    '',
    '/etc/passwd',
    'a//b',
    'a/',
    '.',
    '..',
    'a/../b',
    'a/./b',
    '.git/config',
    'a/.git/hooks/x',
    '.GIT/config',
    '.gIt',
    '.git /config',
    '.git./config',
    '.git. . /config',
    '.git::$INDEX_ALLOCATION/config',
    'git~1/config',
    'GIT~2/config',
    '.g\u200cit/config',
    '.git\u200d/config',
    '\ufeff.git/config',
    '.\u2060git/config',
    '.ｇit/config',
    '．git/config',
    '.gıt/config',
    '.g%FFit/config',
    'a\\..\\b',
    'a\\.git\\config',
    'a%00b',
    '%61',
    `${'a/'.repeat(2100)}b`,
  ])('refuses %j', (path) => {
    expect(() => safeSegments(path)).toThrowError(expect.objectContaining({ code: 'MLOPS-GIT-008' }));
  });
});
