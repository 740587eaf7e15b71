import type { Command } from 'commander';
import { CommandContext, type Streams } from './context.js';

/** One run of the program: its streams, and the exit code that the command left. */
export interface Shell {
  streams: Streams;
  exitCode: number;
}

/** Attaches what a command does; errors go up to the program's one place that renders them. */
export function runs<Args extends unknown[], Options extends object>(
  command: Command,
  shell: Shell,
  run: (context: CommandContext, options: Options, ...args: Args) => Promise<void>,
): Command {
  return command.action(async () => {
    const context = new CommandContext(command, shell.streams);
    await run(context, command.opts<Options>(), ...(command.processedArgs as Args));
    shell.exitCode = context.exitCode;
  });
}
