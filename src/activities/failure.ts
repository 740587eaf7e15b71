import { ApplicationFailure, Context } from '@temporalio/activity';
import { MlopsError } from '../contract/errors.js';

/**
 * Runs an activity's work so that it fails with a typed failure: the code of the error table as
 * type, retryable or not as the table says, and `where` and `mend` as details. The cause stays out
 * of history, since it may quote what the remote said.
 */
export async function withTypedFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const context = Context.current();
    // Rejects with the CancelledFailure that Temporal expects.
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw toFailure(error);
  }
}

export function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof MlopsError) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !error.retryable,
      details: [error.toDetails()],
    });
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return ApplicationFailure.create({ message: message.slice(0, 1000), type: 'MLOPS-INT-001', nonRetryable: false });
}
