import { type CommandRunner, systemRunner } from './commandRunner.js';

/** The two programs with which alerting is proved; `undefined` where one was not found. */
export interface PromTools {
  promtool: string | undefined;
  amtool: string | undefined;
  /** One line for a person, set when a program is missing: what follows from it and the command that mends it. */
  missing: string | undefined;
}

export interface FindPromToolsOptions {
  /** Paths that the configuration names. */
  configured?: { promtool?: string | undefined; amtool?: string | undefined };
  /** Whether the distribution's packages may be installed when root on Debian or Ubuntu. Default false. */
  install?: boolean;
  /** Told what is being installed, one line each; with what apt said when it failed. */
  progress?: (line: string) => void;
  runner?: CommandRunner;
  /** Default: the effective user of this process. */
  uid?: number;
}

/** Installs both programs on Debian and Ubuntu. */
export const APT_COMMAND = 'apt-get install -y --no-install-recommends prometheus prometheus-alertmanager';

/**
 * Finds promtool and amtool: the configured path, then the PATH, then (if allowed, and root on
 * Debian or Ubuntu) the distribution's packages. Never throws: without them the alerting path is
 * reported as not run.
 */
export async function findPromTools(options: FindPromToolsOptions = {}): Promise<PromTools> {
  const runner = options.runner ?? systemRunner;
  const progress = options.progress ?? (() => {});
  let found = await look(runner, options.configured ?? {});
  if (complete(found)) return { ...found, missing: undefined };

  const uid = options.uid ?? process.getuid?.();
  const apt = await runner.which('apt-get');
  if (options.install === true && uid === 0 && apt !== undefined) {
    progress(`Installing promtool and amtool: ${APT_COMMAND}`);
    const failure = await aptInstall(runner, apt);
    if (failure !== undefined) progress(failure);
    found = await look(runner, options.configured ?? {});
    if (complete(found)) return { ...found, missing: undefined };
  }
  return { ...found, missing: missingLine(found, apt !== undefined) };
}

type Found = Pick<PromTools, 'promtool' | 'amtool'>;

function complete(found: Found): boolean {
  return found.promtool !== undefined && found.amtool !== undefined;
}

async function look(
  runner: CommandRunner,
  configured: { promtool?: string | undefined; amtool?: string | undefined },
): Promise<Found> {
  const find = async (name: string, path: string | undefined) =>
    path !== undefined ? ((await runner.isExecutable(path)) ? path : undefined) : runner.which(name);
  return { promtool: await find('promtool', configured.promtool), amtool: await find('amtool', configured.amtool) };
}

/** What apt said when it failed, at most its last 15 lines. */
async function aptInstall(runner: CommandRunner, apt: string): Promise<string | undefined> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const [, ...args] = APT_COMMAND.split(' ');
  // An update that fails for one of several sources still leaves lists from which to install.
  const updated = await runner.run(apt, ['update'], { timeoutMs: 180_000, env });
  const installed = await runner.run(apt, args, { timeoutMs: 300_000, env });
  if (installed.code === 0) return undefined;
  return [updated.stderr, installed.stdout, installed.stderr].join('\n').trim().split('\n').slice(-15).join('\n');
}

function missingLine(found: Found, hasApt: boolean): string {
  const names = (['promtool', 'amtool'] as const).filter((name) => found[name] === undefined);
  const command = hasApt
    ? `sudo sh -c 'apt-get update && ${APT_COMMAND}'`
    : 'install Prometheus and Alertmanager (https://prometheus.io/download)';
  const set = names.map((name) => `tools.${name}`).join(' and ');
  return `${names.join(' and ')} not found; alerting cannot be proved and is reported as not run. To mend it: ${command}, or set ${set} in temporal-mlops.yaml.`;
}
