import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The `git` that the configuration names: the real one, which at a point that is armed says so and
 * stands still. The command is the first word that is neither an option nor the value of `-c`.
 */
const GIT = `#!/bin/sh
stops=$(dirname "$0")
value= command=
for word do
  if [ -n "$value" ]; then value=; continue; fi
  case $word in
    -c) value=next ;;
    -*) ;;
    *) command=$word; break ;;
  esac
done
stop() {
  [ -e "$stops/$1.armed" ] || return 0
  mv "$stops/$1.armed" "$stops/$1.$$" 2>/dev/null || return 0
  echo $$ >"$stops/$1.$$"
  mv "$stops/$1.$$" "$stops/$1.reached"
  read -r _ <"$stops/$1.released"
}
if [ -e "$stops/calls" ]; then
  printf . >>"$stops/calls"
  stop "call $(($(wc -c <"$stops/calls")))"
fi
stop "before git $command"
git "$@"
code=$?
stop "after git $command"
exit $code
`;

/**
 * Points at which a worker's process, or a git process of its, stands still until the test has done
 * what it wants exactly there: `before git push`, `after git push`, `call 17` (the 17th git command
 * since {@link countCalls}), and with test/support/stoppableWorker.mjs `before activity planChange`
 * and `after activity planChange`.
 */
export class StopPoints {
  readonly folder = mkdtempSync(join(tmpdir(), 'mlops-stops-'));
  /** For `tools.git` of the configuration. */
  readonly git = join(this.folder, 'git');

  constructor() {
    writeFileSync(this.git, GIT);
    chmodSync(this.git, 0o755);
  }

  /** The next process that comes to the point stops there; only one does. */
  arm(point: string): void {
    execFileSync('mkfifo', [join(this.folder, `${point}.released`)]);
    writeFileSync(join(this.folder, `${point}.armed`), '');
  }

  /** Waits until a process stands at the point, and gives its id. */
  async reached(point: string, until: AbortSignal = new AbortController().signal): Promise<number> {
    const file = join(this.folder, `${point}.reached`);
    while (!existsSync(file)) {
      until.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Number(readFileSync(file, 'utf8'));
  }

  /** Lets the git process at the point go on; not for one that was killed. */
  async release(point: string): Promise<void> {
    await writeFile(join(this.folder, `${point}.released`), '\n');
    rmSync(join(this.folder, `${point}.reached`));
  }

  /** Ends the git process at the point, as the end of its machine would. */
  async end(point: string): Promise<void> {
    endGroup(await this.reached(point));
    rmSync(join(this.folder, `${point}.reached`));
  }

  /** Git commands since the first call of this. */
  countCalls(): number {
    const file = join(this.folder, 'calls');
    appendFileSync(file, '');
    return statSync(file).size;
  }

  /** Ends the git processes that still stand at a point; a worker is ended by whoever started it. */
  remove(): void {
    for (const name of readdirSync(this.folder)) {
      if (name.endsWith('.reached') && !name.includes(' activity '))
        endGroup(Number(readFileSync(join(this.folder, name), 'utf8')));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Git runs in a process group of its own, which outlives the worker. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
