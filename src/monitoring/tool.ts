import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, posix } from 'node:path';
import { type ErrorCode, MlopsError } from '../contract/errors.js';

/** The command line tools of Prometheus and Alertmanager that judge the proofs. */
export type ToolName = 'promtool' | 'amtool';

/** Longest run of a tool, in milliseconds. */
export const TOOL_TIMEOUT_MS = 60_000;
/** Most output that is read from a tool, in bytes, for each of its two streams. */
export const TOOL_OUTPUT_BYTES = 4 * 1024 * 1024;

const MISSING: Record<ToolName, ErrorCode> = { promtool: 'MLOPS-PRF-001', amtool: 'MLOPS-PRF-002' };

/** What a tool said. Names of the folder it ran in are removed, so that equal runs give equal text. */
export interface ToolRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ToolInput {
  /** Absolute path of the tool, as {@link findTool} gives it. */
  tool: string;
  args: readonly string[];
  /** The only files that the tool sees: relative POSIX path → content. */
  files: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** Variables that the tool gets besides those that every one gets. */
  variables?: Readonly<Record<string, string>>;
}

/**
 * Finds a tool: the configured path if there is one, else the folders of PATH.
 *
 * @throws MlopsError MLOPS-PRF-001 (promtool) or MLOPS-PRF-002 (amtool) when there is no executable file.
 */
export async function findTool(name: ToolName, configuredPath?: string): Promise<string> {
  if (configuredPath !== undefined) {
    if (isAbsolute(configuredPath) && (await isExecutableFile(configuredPath))) return configuredPath;
    throw new MlopsError(MISSING[name], `${name} is not an executable file with an absolute path`, {
      where: `tools.${name}: ${configuredPath}`,
    });
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if (await isExecutableFile(candidate)) return candidate;
  }
  throw new MlopsError(MISSING[name], `${name} was not found`, { where: 'PATH' });
}

/**
 * Runs a tool in a new folder that holds copies of the given files and nothing else, with an
 * environment that holds no variable of ours but those that are named, and removes the folder afterwards.
 *
 * @throws MlopsError MLOPS-PRF-003 when the tool can't be started, takes too long or writes too much.
 * @throws the signal's reason when it is aborted.
 */
export async function runTool(input: ToolInput): Promise<ToolRun> {
  input.signal?.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'mlops-proof-'));
  try {
    for (const [path, content] of Object.entries(input.files)) {
      assertWithin(path);
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content, { flag: 'wx' });
    }
    const run = await execute(input, folder);
    return {
      exitCode: run.exitCode,
      stdout: withoutFolder(run.stdout, folder),
      stderr: withoutFolder(run.stderr, folder),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function execute(input: ToolInput, folder: string): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    execFile(
      input.tool,
      [...input.args],
      {
        cwd: folder,
        // HOME points to the empty folder: amtool reads its defaults from there.
        env: { HOME: folder, XDG_CONFIG_HOME: folder, TZ: 'UTC', LANG: 'C', ...input.variables },
        timeout: input.timeoutMs ?? TOOL_TIMEOUT_MS,
        maxBuffer: TOOL_OUTPUT_BYTES,
        killSignal: 'SIGKILL',
        ...(input.signal === undefined ? {} : { signal: input.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ exitCode: 0, stdout, stderr });
        if (input.signal?.aborted) return reject(input.signal.reason);
        if (typeof error.code === 'number' && !error.killed) return resolve({ exitCode: error.code, stdout, stderr });
        const what = error.killed ? 'took too long or was stopped' : 'could not be run or wrote too much';
        return reject(
          new MlopsError('MLOPS-PRF-003', `${input.args[0] ?? ''} of the proof tool ${what}`, {
            where: input.tool,
            cause: error,
          }),
        );
      },
    );
  });
}

function assertWithin(path: string): void {
  const normal = posix.normalize(path);
  if (path.includes('\0') || posix.isAbsolute(path) || normal === '..' || normal.startsWith('../') || normal === '.') {
    throw new MlopsError('MLOPS-PRF-003', 'a file for the proof tool lies outside its folder', { where: path });
  }
}

function withoutFolder(text: string, folder: string): string {
  return text.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
