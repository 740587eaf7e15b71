/**
 * `stoppableWorker.mjs CONFIG FOLDER`: the worker of the command line, with a point before and after
 * each activity at which it stands still when the test has armed it (see stopPoints.ts).
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../dist/worker/config.js';
import { startWorker } from '../../dist/worker/runWorker.js';

const [, , configFile, folder] = process.argv;

async function stop(point) {
  const file = join(folder, point);
  if (!existsSync(`${file}.armed`)) return;
  renameSync(`${file}.armed`, `${file}.taken`);
  writeFileSync(`${file}.taken`, String(process.pid));
  renameSync(`${file}.taken`, `${file}.reached`);
  await new Promise(() => {});
}

const inbound = (name) => ({
  async execute(input, next) {
    await stop(`before activity ${name}`);
    const output = await next(input);
    await stop(`after activity ${name}`);
    return output;
  },
});

const worker = await startWorker(await loadConfig(configFile), {
  interceptors: { activity: [(context) => ({ inbound: inbound(context.info.activityType) })] },
});
await worker.failed;
