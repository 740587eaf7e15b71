import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of this package: the folder of package.json, in the sources and when built. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Where tools that were fetched are kept: `.tools/` of the package while that can be written, else
 * `temporal-mlops/tools` in the user's cache folder (XDG Base Directory Specification).
 */
export async function toolsDirectory(options: { packageRoot?: string; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  const root = options.packageRoot ?? PACKAGE_ROOT;
  const env = options.env ?? process.env;
  try {
    await access(root, constants.W_OK);
    return join(root, '.tools');
  } catch {
    return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'temporal-mlops', 'tools');
  }
}
