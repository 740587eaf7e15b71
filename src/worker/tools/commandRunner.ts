import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** What a finished command gave. `code` is -1 when it could not be started or was ended by the time limit. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The machine, as far as finding tools needs it; tests give one of their own. */
export interface CommandRunner {
  /** Absolute path of an executable on the PATH. */
  which(name: string): Promise<string | undefined>;
  /** Whether the path is a file that may be executed. */
  isExecutable(path: string): Promise<boolean>;
  /** Runs without a shell and never throws; output beyond 8 MiB ends the command. */
  run(
    file: string,
    args: readonly string[],
    options?: { timeoutMs?: number; env?: Record<string, string> },
  ): Promise<CommandResult>;
}

/** The machine that this process runs on. */
export const systemRunner: CommandRunner = {
  async which(name) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      // An empty entry means the current folder, where a repository could have placed something.
      if (folder === '') continue;
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
    return undefined;
  },
  isExecutable,
  run(file, args, options = {}) {
    return new Promise((resolve) => {
      execFile(
        file,
        [...args],
        {
          timeout: options.timeoutMs ?? 30_000,
          maxBuffer: 8 * 1024 * 1024,
          env: { ...process.env, ...options.env },
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, stdout, stderr: stderr || (code === -1 ? (error?.message ?? '') : '') });
        },
      );
    });
  },
};

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
