import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { parseKey } from '../approval/keys.js';
import { FileArtifactStore } from '../artifacts/fileStore.js';
import { MlopsError } from '../contract/errors.js';
import { registerSearchAttributeCommand, SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';
import { findTool } from '../monitoring/tool.js';
import { readSecret, type WorkerConfig } from './config.js';
import { MlopsPlugin } from './plugin.js';

export interface RunningWorker {
  /** Stops taking work, waits for what runs, and closes the connection. */
  stop(): Promise<void>;
  /** Rejects when the worker fails; never resolves before it is stopped. */
  failed: Promise<never>;
}

/** Address and namespace: the configuration's, else the environment's or a profile's. */
export async function temporalAddress(
  config: WorkerConfig,
): Promise<{ address: string; namespace: string; apiKey?: string; options: object }> {
  const profile = loadClientConnectConfig({});
  const options = profile.connectionOptions as { address?: string };
  const apiKey = config.temporal.apiKey ? await readSecret(config.temporal.apiKey, config.directory) : undefined;
  return {
    address: config.temporal.address ?? options.address ?? '127.0.0.1:7233',
    namespace: config.temporal.namespace ?? profile.namespace ?? 'default',
    ...(apiKey ? { apiKey } : {}),
    options,
  };
}

/** What the activities need, built from the configuration; tools that are missing stay undefined and are said so where they are needed. */
export async function createDependencies(config: WorkerConfig, namespace: string): Promise<ActivityDependencies> {
  const [promtool, amtool] = await Promise.all([
    findTool('promtool', config.tools.promtool).catch(() => undefined),
    findTool('amtool', config.tools.amtool).catch(() => undefined),
  ]);
  return {
    config,
    namespace,
    store: new FileArtifactStore(config.dataDir),
    recordKey: parseKey(await readSecret(config.recordKey, config.directory), config.recordKey),
    tools: { git: config.tools.git ?? 'git', ...(promtool ? { promtool } : {}), ...(amtool ? { amtool } : {}) },
  };
}

/**
 * Starts a worker for change tasks.
 *
 * @throws MlopsError MLOPS-TMP-001 when the server can't be reached, MLOPS-TMP-006 when a search
 * attribute isn't registered (with the command that registers it), MLOPS-CFG-003 or -004 for secrets.
 */
export async function startWorker(
  config: WorkerConfig,
  overrides: Partial<WorkerOptions> = {},
): Promise<RunningWorker> {
  const { address, namespace, apiKey, options } = await temporalAddress(config);
  const dependencies = await createDependencies(config, namespace);
  let connection: NativeConnection;
  try {
    connection = await NativeConnection.connect({ ...options, address, ...(apiKey ? { apiKey } : {}) });
  } catch (cause) {
    throw new MlopsError('MLOPS-TMP-001', `no Temporal server answers at ${address}`, { where: address, cause });
  }
  try {
    await assertSearchAttributes(connection, namespace);
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: config.temporal.taskQueue,
      plugins: [new MlopsPlugin(dependencies)],
      // A cancellation reaches an activity with a heartbeat that is really sent.
      maxHeartbeatThrottleInterval: '2 seconds',
      shutdownGraceTime: '30 seconds',
      ...overrides,
    });
    const run = worker.run();
    const failed = new Promise<never>((_resolve, reject) => run.catch(reject));
    // Whoever doesn't look at it must not be ended by it.
    failed.catch(() => undefined);
    return {
      failed,
      stop: async () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await run.catch(() => undefined);
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** An attribute that isn't registered would fail every workflow task, again and again; better said at the start. */
export async function assertSearchAttributes(
  connection: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SEARCH_ATTRIBUTES).filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
  if (missing.length === 0) return;
  throw new MlopsError('MLOPS-TMP-006', `not registered in namespace ${namespace}: ${missing.join(', ')}`, {
    where: namespace,
    mend: missing.map((name) => registerSearchAttributeCommand(name, namespace)).join('\n'),
  });
}
