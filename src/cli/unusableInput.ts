import { MlopsError } from '../contract/errors.js';
import { WrongUsage } from './wrongUsage.js';

/**
 * Input that can't be used ends with exit code 2 where a command judges something, so that a script tells
 * it from a fault that was found.
 *
 * @param command name for errors that say no place
 * @param codes beginnings of the codes that mean it; default input errors only
 */
export async function orUnusable<T>(
  command: string,
  read: () => Promise<T>,
  codes: readonly string[] = ['MLOPS-INPUT-'],
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WrongUsage || !(error instanceof MlopsError)) throw error;
    if (!codes.some((beginning) => error.code.startsWith(beginning))) throw error;
    const { code, message, where = command, mend, cause } = error;
    throw new WrongUsage(message, { code, where, mend, cause });
  }
}
