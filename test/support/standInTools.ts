import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from './installation.js';

/** Programs that stand before the real ones and do something more; the worker runs them by its configuration. */
type Site = Pick<Installation, 'folder' | 'remote' | 'branch' | 'config' | 'refs'>;

/** A git that stops at one subcommand until it is let go. */
export interface HeldGit {
  /** From now on the subcommand waits. */
  hold(): void;
  /** Resolves when a held command waits. */
  reached(): Promise<void>;
  /** Lets what waits, and what comes after, go on. */
  release(): void;
}

/** Call before the worker starts. */
export function holdGitAt(site: Site, subcommand: string): HeldGit {
  const gate = join(site.folder, `hold-${subcommand}`);
  const mark = join(site.folder, `held-${subcommand}`);
  site.config.tools.git = script(
    site,
    `git-${subcommand}`,
    `for word in "$@"; do
  if [ "$word" = ${subcommand} ]; then
    while [ -e '${gate}' ]; do : > '${mark}'; sleep 0.05; done
    break
  fi
done
exec '${programPath('git')}' "$@"`,
  );
  return {
    hold: () => {
      rmSync(mark, { force: true });
      writeFileSync(gate, '');
    },
    reached: () => eventually(() => existsSync(mark)),
    release: () => rmSync(gate, { force: true }),
  };
}

/**
 * A promtool that is the real one while the branch is where it is now, and finds fault with
 * everything once the branch has moved. Call before the worker starts.
 *
 * @param afterMove shell commands that run before each fault
 */
export function failPromtoolOnceMoved(site: Site, afterMove = ':'): void {
  const base = site.refs()[`refs/heads/${site.branch}`];
  const git = `'${programPath('git')}' --git-dir='${site.remote}'`;
  site.config.tools.promtool = script(
    site,
    'promtool',
    `if [ "$(${git} rev-parse refs/heads/${site.branch})" = ${base} ]; then
  exec '${process.env.PROMTOOL ?? programPath('promtool')}' "$@"
fi
git() { ${git} "$@"; }
${afterMove}
echo 'FAILED: the environment changed' >&2
exit 1`,
  );
}

/** A promtool that accepts no rule file, as one of a later version might. Call before the worker starts. */
export function rejectRulesByPromtool(site: Site): void {
  site.config.tools.promtool = script(
    site,
    'promtool',
    `if [ "$1 $2" = 'check rules' ]; then echo 'FAILED: no such field' >&2; exit 1; fi
exec '${process.env.PROMTOOL ?? programPath('promtool')}' "$@"`,
  );
}

/** Looks again and again until something has happened; the test's own time limit ends it. */
export async function eventually(happened: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await happened())) await new Promise((resolve) => setTimeout(resolve, 25));
}

/** Resolves when the clock shows a moment (milliseconds since 1970, or RFC 3339); for what is about time itself. */
export function clockReaches(moment: number | string): Promise<void> {
  const at = typeof moment === 'string' ? Date.parse(moment) : moment;
  return eventually(() => Date.now() >= at);
}

function script(site: Site, name: string, body: string): string {
  const path = join(site.folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

function programPath(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}
