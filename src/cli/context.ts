import type { Command } from 'commander';
import { FileArtifactStore } from '../artifacts/fileStore.js';
import { MlopsError } from '../contract/errors.js';
import { loadConfig, type WorkerConfig } from '../worker/config.js';
import { connectTemporal, type TemporalAccess } from './connection.js';
import { type Terminal, terminalOf } from './render/terminal.js';
import { TaskClient } from './taskClient.js';

export const DEFAULT_CONFIG_FILE = 'temporal-mlops.yaml';

/** Options that every command has. */
export interface GlobalOptions {
  config?: string;
  address?: string;
  namespace?: string;
  json?: boolean;
  debug?: boolean;
}

/** What a command needs of the process; tests give streams of their own. */
export interface Streams {
  out: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  err: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
}

/** One run of a command: its options, where it writes, and how it ends. */
export class CommandContext {
  readonly options: GlobalOptions;
  readonly streams: Streams;
  readonly terminal: Terminal;
  /** Exit code when nothing is thrown. */
  exitCode = 0;

  constructor(command: Command, streams: Streams) {
    this.options = command.optsWithGlobals<GlobalOptions>();
    this.streams = streams;
    this.terminal = terminalOf(streams.out, streams.env);
  }

  get json(): boolean {
    return this.options.json === true;
  }

  /** Whether a person can be asked. */
  get interactive(): boolean {
    return !this.json && this.terminal.interactive && this.streams.input.isTTY === true;
  }

  /** Lines for a person; silent with --json. */
  print(lines: readonly string[]): void {
    if (!this.json && lines.length > 0) this.streams.out.write(`${lines.join('\n')}\n`);
  }

  /** Progress for a person, beside the result: standard error. */
  progress(line: string): void {
    if (!this.json) this.streams.err.write(`${line}\n`);
  }

  /** The machine's answer, one JSON document; silent without --json. */
  answer(value: unknown): void {
    if (this.json) this.streams.out.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  get configPath(): string {
    return this.options.config ?? (this.streams.env.TEMPORAL_MLOPS_CONFIG || DEFAULT_CONFIG_FILE);
  }

  config(): Promise<WorkerConfig> {
    return loadConfig(this.configPath);
  }

  /** The configuration where there is one; a file that was named must be there. */
  async configIfAny(): Promise<WorkerConfig | undefined> {
    const named = this.options.config !== undefined || Boolean(this.streams.env.TEMPORAL_MLOPS_CONFIG);
    try {
      return await this.config();
    } catch (error) {
      if (!named && error instanceof MlopsError && error.code === 'MLOPS-INPUT-002') return undefined;
      throw error;
    }
  }

  /** Runs with a connection to Temporal and closes it, whatever happens. */
  async withTasks<T>(
    run: (tasks: TaskClient, access: TemporalAccess, config: WorkerConfig | undefined) => Promise<T>,
  ): Promise<T> {
    const config = await this.configIfAny();
    const access = await connectTemporal({ address: this.options.address, namespace: this.options.namespace }, config);
    try {
      return await run(
        new TaskClient(access.client, { taskQueue: config?.temporal.taskQueue ?? 'mlops' }),
        access,
        config,
      );
    } finally {
      await access.connection.close();
    }
  }

  /** The artifact store that the configuration names. */
  store(config: WorkerConfig | undefined): FileArtifactStore {
    if (config === undefined) {
      throw new MlopsError(
        'MLOPS-INPUT-002',
        'Without the configuration it is not known where plans and reports are stored.',
        {
          where: this.configPath,
          mend: 'Name it with --config FILE.',
        },
      );
    }
    return new FileArtifactStore(config.dataDir);
  }
}
