/**
 * Whether `refs/heads/<name>` or `refs/tags/<name>` is a valid ref (git-check-ref-format(1)). Such a
 * name can stand in a refspec: it holds no `:`, `*`, `^` or white space.
 */
export function isRefName(name: string): boolean {
  if (name === '' || name.length > 1024 || name === '@') return false;
  if (/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/u.test(name)) return false;
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}
