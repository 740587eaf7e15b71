import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const STOPPABLE = fileURLToPath(new URL('stoppableWorker.mjs', import.meta.url));

/** A worker in a process of its own, which can be killed and started again. */
export class WorkerProcess {
  readonly #arguments: string[];
  #child: ChildProcess | undefined;

  /** @param stops folder of stop points for activities; without it this is the command line's worker. */
  constructor(configFile: string, stops?: string) {
    this.#arguments = stops ? [STOPPABLE, configFile, stops] : [MAIN, 'worker', '--config', configFile];
  }

  start(): void {
    if (this.running) throw new Error('the worker is running');
    this.#child = spawn(process.execPath, this.#arguments, { stdio: 'ignore' });
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || !this.running) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async restart(): Promise<void> {
    await this.kill();
    this.start();
  }
}
