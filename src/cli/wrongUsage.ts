import { type ErrorCode, MlopsError } from '../contract/errors.js';

/**
 * The command was called with options that don't go together, with a value that can't be meant, or
 * on input that can't be used: exit code 2.
 */
export class WrongUsage extends MlopsError {
  constructor(message: string, options: { where: string; mend: string; code?: ErrorCode; cause?: unknown }) {
    const { code = 'MLOPS-INPUT-001', ...rest } = options;
    super(code, message, rest);
  }
}
