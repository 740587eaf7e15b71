import { MlopsError } from '../contract/errors.js';

/** A repository URL that passed {@link checkRepositoryUrl}, taken apart. */
export interface RepositoryUrl {
  /** The one transport that git may use for it. */
  transport: 'file' | 'ssh' | 'https' | 'http';
  /** What git is given: without password, and for http(s) without user name. */
  url: string;
  /** For messages, plans and reports: without user, password and query. */
  display: string;
  /** `https://host:port`, the scope of a credential; http(s) only. */
  origin?: string;
  /** Absolute directory; `file` only. */
  path?: string;
  /** User and password that the URL carried; http(s) only. They reach git by a credential helper. */
  username?: string;
  password?: string;
}

/** `user@host:path`, the short form of ssh (git-clone(1), "Git URLs"). */
const SCP_LIKE =
  /^(?:([A-Za-z0-9_~][A-Za-z0-9._~+-]*)@)?([A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):(?!\/\/|:)([^-].*)$/;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Accepts an absolute path, `file://`, `ssh://`, `user@host:path`, `https://`, and `http://` on the
 * loopback interface. Everything else could run a program (`ext::`), be taken for an option (a
 * leading dash) or send a credential in clear text, and is refused.
 *
 * @throws MlopsError MLOPS-GIT-007; the message never holds the user, password or query.
 */
export function checkRepositoryUrl(url: string): RepositoryUrl {
  const refuse = (why: string): never => {
    throw new MlopsError('MLOPS-GIT-007', `The repository URL ${why}.`, { where: redactUrl(url) });
  };
  if (url === '') refuse('is empty');
  if (url.length > 2048) refuse('is longer than 2048 characters');
  if (/[\s\p{Cc}]/u.test(url) && !url.startsWith('/')) refuse('holds white space or control characters');
  if (/\p{Cc}/u.test(url)) refuse('holds control characters');
  if (url.startsWith('-')) refuse('starts with a dash');
  if (url.startsWith('/')) return { transport: 'file', url, display: url, path: url };
  if (/^[A-Za-z0-9+.-]*::/.test(url)) refuse('names a remote helper');
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url)) return checkUrlWithScheme(url, refuse);
  const scp = SCP_LIKE.exec(url);
  if (scp !== null) return { transport: 'ssh', url, display: redactUrl(url) };
  return refuse('is no absolute path and of no kind that is allowed');
}

function checkUrlWithScheme(url: string, refuse: (why: string) => never): RepositoryUrl {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return refuse('cannot be parsed');
  }
  if (parsed.search !== '' || parsed.hash !== '') refuse('has a query or fragment');
  const display = redactUrl(url);
  switch (parsed.protocol) {
    case 'file:': {
      if (parsed.host !== '' && parsed.host !== 'localhost') refuse('names a host in a file URL');
      const path = decodeURIComponentOr(parsed.pathname, refuse);
      return { transport: 'file', url: `file://${parsed.pathname}`, display, path };
    }
    case 'ssh:': {
      if (parsed.password !== '') refuse('carries a password; ssh uses keys');
      if (!/^[A-Za-z0-9[]/.test(parsed.hostname)) refuse('has no proper host');
      if (parsed.username.startsWith('-') || parsed.pathname.startsWith('/-'))
        refuse('has a part that starts with a dash');
      return { transport: 'ssh', url, display };
    }
    case 'http:':
    case 'https:': {
      const transport = parsed.protocol === 'https:' ? 'https' : 'http';
      if (transport === 'http' && !LOOPBACK.test(parsed.hostname)) refuse('is unencrypted and not on this machine');
      return {
        transport,
        url: `${parsed.origin}${parsed.pathname}`,
        display,
        origin: parsed.origin,
        ...(parsed.username === '' ? {} : { username: decodeURIComponentOr(parsed.username, refuse) }),
        ...(parsed.password === '' ? {} : { password: decodeURIComponentOr(parsed.password, refuse) }),
      };
    }
    default:
      return refuse('is of a kind that is not allowed');
  }
}

function decodeURIComponentOr(text: string, refuse: (why: string) => never): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('has a wrong percent encoding');
  }
}

const HOST_AND_PORT = /^(\[[0-9A-Fa-f:.]+\]|[^:@]*)(:\d*)?$/;

/**
 * The URL without user, password, query and fragment, fit for messages, plans and reports. Of a URL
 * that is malformed, because the password holds an unescaped delimiter, only what is surely no secret
 * remains.
 */
export function redactUrl(url: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(url)?.[0];
  if (scheme === undefined)
    return url.startsWith('/') ? url : url.slice(url.lastIndexOf('@') + 1).replace(/[?#].*$/s, '');
  const rest = url.slice(scheme.length);
  const end = rest.search(/[?#]/);
  if (end >= 0 && rest.indexOf('@', end) >= 0) return `${scheme}…`;
  const visible = end < 0 ? rest : rest.slice(0, end);
  const slash = visible.indexOf('/');
  const authority = slash < 0 ? visible : visible.slice(0, slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (!HOST_AND_PORT.test(host)) return `${scheme}…`;
  return scheme + host + visible.slice(authority.length);
}

/** Removes user, password and query of every URL in a text. */
export function redactUrls(text: string): string {
  return text.replace(/[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s'"<>]+/g, (url) => redactUrl(url));
}
