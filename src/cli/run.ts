import { CommanderError } from 'commander';
import type { Streams } from './context.js';
import { Interrupted } from './interrupted.js';
import { createProgram } from './program.js';
import { errorDetails, renderError } from './render/error.js';
import type { Shell } from './shell.js';

export const EXIT_ERROR = 1;
export const EXIT_USAGE = 2;
export const EXIT_INTERRUPTED = 130;

/** Runs the command line and gives its exit code. All errors are rendered here, and nowhere else. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const shell: Shell = { streams, exitCode: 0 };
  try {
    await createProgram(shell).parseAsync([...args], { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    const details = errorDetails(error);
    if (args.includes('--json')) streams.out.write(`${JSON.stringify({ error: details }, null, 2)}\n`);
    else streams.err.write(`${renderError(details).join('\n')}\n`);
    if (args.includes('--debug') && error instanceof Error) streams.err.write(`${error.stack}\n`);
    return EXIT_ERROR;
  }
}
