import type { CommandResult, CommandRunner } from '../../../../src/worker/tools/commandRunner.js';

/** A machine that has exactly these programs, and answers commands from a list of rules. */
export function fakeRunner(machine: {
  path?: Record<string, string>;
  executables?: string[];
  answers?: [pattern: RegExp, result: Partial<CommandResult>, effect?: () => void][];
}): CommandRunner & { commands: string[] } {
  const commands: string[] = [];
  return {
    commands,
    which: async (name) => machine.path?.[name],
    isExecutable: async (path) => machine.executables?.includes(path) ?? false,
    run: async (file, args) => {
      const command = [file, ...args].join(' ');
      commands.push(command);
      const found = machine.answers?.find(([pattern]) => pattern.test(command));
      found?.[2]?.();
      return { code: 0, stdout: '', stderr: '', ...found?.[1] };
    },
  };
}
