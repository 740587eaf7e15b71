import { Context } from '@temporalio/activity';

/** A third of the workflow's heartbeat time limit, so that one lost beat doesn't end the attempt. */
const INTERVAL_MS = 10_000;

/**
 * Beats while the work goes on, so that a killed worker is noticed and a cancellation arrives; the
 * work gets the signal that cancellation aborts.
 */
export async function whileBeating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const beat = setInterval(() => context.heartbeat(), INTERVAL_MS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}
