import type { Command } from 'commander';
import { OUTCOME_EXIT_CODES } from '../../contract/outcome.js';
import { type Asker, askerFor } from '../ask.js';
import type { CommandContext } from '../context.js';
import { CleanUp } from '../demo/cleanUp.js';
import { type DemoOptions, runDemo } from '../demo/runDemo.js';
import { Screen } from '../demo/screen.js';
import { Interrupted } from '../interrupted.js';
import { paragraph } from '../render/layout.js';
import { runs, type Shell } from '../shell.js';
import { untilSignal } from '../untilSignal.js';
import { WrongUsage } from '../wrongUsage.js';

interface DemoFlags {
  yes?: boolean;
  no?: boolean;
  report?: string;
  keep?: boolean;
}

/** `demo`: the main job on the sample repository, with nothing to set up. */
export function addDemo(program: Command, shell: Shell): void {
  const command = program
    .command('demo')
    .description('Show a whole change task on a sample repository, with a Temporal server of its own')
    .option('--yes', 'approve without asking, through the same signed path')
    .option('--no', 'reject without asking')
    .option('--report <file>', 'also write the record there; `temporal-mlops verify` checks it')
    .option('--keep', 'keep the folder with the repository, configuration and keys')
    .addHelpText(
      'after',
      '\nNeeds git and Python 3; the Temporal server, promtool and amtool are fetched where they are missing,\nwith a line that says so. Exits with the outcome (0 verified, 12 rejected, …).\n',
    );
  runs<[], DemoFlags>(command, shell, demo);
}

async function demo(context: CommandContext, flags: DemoFlags): Promise<void> {
  const options = demoOptions(flags, context);
  const interrupt = new AbortController();
  const cleanUp = new CleanUp();
  const screen = new Screen(context.terminal, (text) => context.streams.out.write(text), { silent: context.json });
  let asker: Asker | undefined;
  const ask = () => {
    asker ??= askerFor(context.streams, context.interactive);
    return asker;
  };
  const interrupted = untilSignal(['SIGINT', 'SIGTERM', 'SIGHUP']).then((): never => {
    interrupt.abort();
    // A second Ctrl-C doesn't wait; the server is then killed on exit.
    void untilSignal(['SIGINT', 'SIGTERM']).then(() => process.exit(130));
    throw new Interrupted();
  });
  try {
    const result = await Promise.race([
      runDemo(options, { screen, asker: ask, cleanUp, signal: interrupt.signal }),
      interrupted,
    ]);
    if (result.link !== undefined) {
      screen.print(['', ...paragraph('The web UI link works while the server runs.', context.terminal)]);
      await Promise.race([ask().text('Press Enter to stop it.'), interrupted]);
    }
    context.answer(result);
    context.exitCode = OUTCOME_EXIT_CODES[result.outcome];
  } finally {
    asker?.close();
    screen.now(context.terminal.style.dim('Stopping what was started …'));
    await cleanUp.run();
    screen.clear();
  }
}

function demoOptions(flags: DemoFlags, { json, interactive }: CommandContext): DemoOptions {
  if (flags.yes === true && flags.no === true)
    throw new WrongUsage('Either --yes or --no.', { where: 'demo', mend: 'Leave one of them out.' });
  const decision = flags.yes === true ? 'approve' : flags.no === true ? 'reject' : undefined;
  if (json && decision === undefined) {
    throw new WrongUsage('With --json nobody can be asked.', {
      where: '--json',
      mend: 'Add --yes or --no.',
    });
  }
  return {
    decision,
    reportFile: flags.report,
    keep: flags.keep === true,
    lingers: interactive && decision === undefined,
  };
}
