import { describe, expect, it } from 'vitest';
import { checkRepositoryUrl, redactUrl } from '../../../src/repo/repositoryUrl.js';

describe('checkRepositoryUrl', () => {
  it.each([
    ['/srv/git/models.git', 'file'],
    ['/srv/git/with space.git', 'file'],
    ['file:///srv/git/models.git', 'file'],
    ['ssh://git@example.com:2222/team/models.git', 'ssh'],
    ['git@example.com:team/models.git', 'ssh'],
    ['example.com:models.git', 'ssh'],
    ['https://example.com/team/models.git', 'https'],
    ['http://127.0.0.1:3000/models.git', 'http'],
    ['http://localhost/models.git', 'http'],
    ['http://[::1]:3000/models.git', 'http'],
  ])('accepts %s', (url, transport) => {
    expect(checkRepositoryUrl(url).transport).toBe(transport);
  });

  it.each([
    '',
    'models.git',
    './models.git',
    '../models.git',
    '~/models.git',
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=x',
    'ext::sh -c whoami',
    'ext::whoami',
    'fd::17',
    'git://example.com/models.git',
    'ftp://example.com/models.git',
    'http://example.com/models.git',
    'http://127.0.0.1.example.com/models.git',
    'ssh://-oProxyCommand=x/models.git',
    'ssh://example.com/-x',
    'ssh://git:secret@example.com/models.git',
    '-x@example.com:models.git',
    'git@-x:models.git',
    'git@example.com:-x',
    'file://other-host/models.git',
    'https://example.com/models.git?token=secret',
    'https://example.com/models.git#x',
    'https://exa mple.com/models.git',
    '/srv/git\n/models.git',
    'https://user:se/cret@example.com/models.git',
  ])('refuses %j without showing what it holds', (url) => {
    let thrown: unknown;
    try {
      checkRepositoryUrl(url);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'MLOPS-GIT-007' });
    expect(JSON.stringify({ ...(thrown as object), message: (thrown as Error).message })).not.toMatch(
      /secret|se\/|cret/,
    );
  });

  it('takes user and password out of an https URL', () => {
    expect(checkRepositoryUrl('https://me:p%40ss@example.com/models.git')).toMatchObject({
      url: 'https://example.com/models.git',
      display: 'https://example.com/models.git',
      username: 'me',
      password: 'p@ss',
    });
  });

  it('leaves the user in an ssh URL, where it is no secret, but does not show it', () => {
    expect(checkRepositoryUrl('git@example.com:team/models.git')).toMatchObject({
      url: 'git@example.com:team/models.git',
      display: 'example.com:team/models.git',
    });
  });
});

describe('redactUrl', () => {
  it.each([
    ['https://user:secret@example.com/a/b.git?token=secret#secret', 'https://example.com/a/b.git'],
    ['https://secret@example.com:8443/a.git', 'https://example.com:8443/a.git'],
    ['https://example.com/a@b/c.git', 'https://example.com/a@b/c.git'],
    ['https://user:se/cret@example.com/x', 'https://…'],
    ['https://user:12#secret@example.com/x', 'https://…'],
    ['https://user:12?secret@example.com/x', 'https://…'],
    ['/srv/a@b/c.git', '/srv/a@b/c.git'],
    ['git@example.com:team/models.git', 'example.com:team/models.git'],
  ])('shows %s as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
