import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * A line as a person types it into a shell: `temporal` is the real command line that the tests found,
 * `temporal-mlops` the built product.
 */
export function typed(line: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const temporal = dirname(process.env.TEMPORAL_CLI_PATH ?? 'temporal');
  return ran('bash', ['-c', `temporal-mlops() { "${process.execPath}" "${MAIN}" "$@"; }\n${line}`], {
    PATH: `${temporal}${delimiter}${process.env.PATH}`,
    ...env,
  });
}

function ran(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(file, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
