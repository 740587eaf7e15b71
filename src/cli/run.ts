import { type Command, CommanderError } from 'commander';
import type { ErrorDetails } from '../contract/errors.js';
import type { Streams } from './context.js';
import { Interrupted } from './interrupted.js';
import { createProgram } from './program.js';
import { errorDetails, renderError } from './render/error.js';
import type { Shell } from './shell.js';
import { WrongUsage } from './wrongUsage.js';

export const EXIT_ERROR = 1;
export const EXIT_USAGE = 2;
export const EXIT_INTERRUPTED = 130;

/** Runs the command line and gives its exit code. All errors are rendered here, and nowhere else. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const shell: Shell = { streams, exitCode: 0 };
  const program = createProgram(shell);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Without a command the help is printed by then.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_USAGE;
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    const details = error instanceof CommanderError ? usageDetails(error, args, program) : errorDetails(error);
    if (args.includes('--json')) streams.out.write(`${JSON.stringify({ error: details }, null, 2)}\n`);
    else streams.err.write(`${renderError(details).join('\n')}\n`);
    if (args.includes('--debug') && error instanceof Error) streams.err.write(`${error.stack}\n`);
    return error instanceof CommanderError || error instanceof WrongUsage ? EXIT_USAGE : EXIT_ERROR;
  }
}

/** What the parser of the command line refused, as an error of the table. */
function usageDetails(error: CommanderError, args: readonly string[], program: Command): ErrorDetails {
  const command = args.find((arg) => program.commands.some((known) => known.name() === arg));
  const name = command === undefined ? 'temporal-mlops' : `temporal-mlops ${command}`;
  return {
    code: 'MLOPS-INPUT-001',
    message: error.message.replace(/^error: /, ''),
    where: name,
    mend: `See \`${name} --help\`.`,
  };
}
