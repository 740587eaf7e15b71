import type { Command } from 'commander';
import { startWorker } from '../../worker/runWorker.js';
import { connectionSettings } from '../connection.js';
import { runs, type Shell } from '../shell.js';
import { untilSignal } from '../untilSignal.js';

/** `worker`: carries out tasks until it is stopped. */
export function addWorker(program: Command, shell: Shell): void {
  const command = program
    .command('worker')
    .description('Run the worker that carries out change tasks, until Ctrl-C or SIGTERM')
    .addHelpText(
      'after',
      '\nExample:\n  temporal-mlops worker --config temporal-mlops.yaml\n\nTasks survive a restart; several workers may share a task queue and a dataDir.\n',
    );
  runs<[], object>(command, shell, async (context) => {
    const config = await context.config();
    const { address, namespace } = await connectionSettings(
      { address: context.options.address, namespace: context.options.namespace },
      config,
    );
    config.temporal = { ...config.temporal, address, namespace };
    const worker = await startWorker(config);
    try {
      context.print([
        `Worker of ${config.installation} polls ${config.temporal.taskQueue} in ${namespace} at ${address}. Ctrl-C stops it.`,
      ]);
      context.answer({
        address,
        namespace,
        taskQueue: config.temporal.taskQueue,
        targets: Object.keys(config.targets),
      });
      await Promise.race([untilSignal(['SIGINT', 'SIGTERM']), worker.failed]);
    } finally {
      await worker.stop();
    }
  });
}
