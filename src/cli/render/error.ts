import { ERRORS, type ErrorCode, type ErrorDetails, MlopsError } from '../../contract/errors.js';
import { visible } from './visible.js';

/** Any thrown thing as an error of the table; what is in no table is a defect of ours. */
export function errorDetails(error: unknown): ErrorDetails {
  if (error instanceof MlopsError) return error.toDetails();
  const message = error instanceof Error ? error.message || error.name : String(error);
  return { code: 'MLOPS-INT-001', message, mend: ERRORS['MLOPS-INT-001'].mend };
}

/** `error MLOPS-XXX-nnn: what`, then where it is and how to mend it. Messages may have several lines. */
export function renderError(details: { code: string; message: string; where?: string; mend: string }): string[] {
  const [first, ...more] = details.message.split('\n').map((line) => visible(line));
  return [
    `error ${details.code}: ${first}`,
    ...more.map((line) => `  ${line}`),
    ...(details.where === undefined ? [] : [`  where: ${visible(details.where)}`]),
    `  mend:  ${visible(details.mend)}`,
  ];
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
