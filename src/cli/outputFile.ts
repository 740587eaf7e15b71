import { access, open, rm, writeFile } from 'node:fs/promises';
import { MlopsError } from '../contract/errors.js';

/**
 * Makes sure that a file can be written before work begins whose result it is to hold. What stands there stays.
 * @throws MlopsError MLOPS-INPUT-002 when it can't.
 */
export async function assertWritable(path: string): Promise<void> {
  const existed = await access(path).then(
    () => true,
    () => false,
  );
  try {
    await (await open(path, 'a')).close();
    if (!existed) await rm(path);
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

/**
 * Writes a file that the user named.
 * @throws MlopsError MLOPS-INPUT-002 when it can't be written.
 */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

function notWritable(path: string, cause: unknown): MlopsError {
  return new MlopsError('MLOPS-INPUT-002', `The file cannot be written: ${(cause as Error).message}`, {
    where: path,
    mend: 'Name a file in a folder that exists and that you may write to.',
    cause,
  });
}
