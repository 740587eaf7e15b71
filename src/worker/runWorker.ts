import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { parseKey } from '../approval/keys.js';
import { FileArtifactStore } from '../artifacts/fileStore.js';
import { MlopsError } from '../contract/errors.js';
import { findTool } from '../monitoring/tool.js';
import { readSecret, type WorkerConfig } from './config.js';
import { MlopsPlugin } from './plugin.js';
import { assertSearchAttributes } from './searchAttributes.js';
import { temporalProfile } from './temporalProfile.js';

export interface RunningWorker {
  /** Stops taking work, waits for what runs, and closes the connection. */
  stop(): Promise<void>;
  /** Rejects when the worker fails; never resolves before it is stopped. */
  failed: Promise<never>;
}

/**
 * Address and namespace: the configuration's, else the environment's or a profile's.
 * @throws MlopsError MLOPS-TMP-007 for a profile that can't be used, MLOPS-CFG-003 for the API key.
 */
export async function temporalAddress(
  config: WorkerConfig,
): Promise<{ address: string; namespace: string; apiKey?: string; options: object }> {
  const profile = temporalProfile();
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
    ...(config.commitKey
      ? { commitKey: parseKey(await readSecret(config.commitKey, config.directory), config.commitKey) }
      : {}),
    tools: { git: config.tools.git ?? 'git', ...(promtool ? { promtool } : {}), ...(amtool ? { amtool } : {}) },
  };
}

/**
 * Starts a worker for change tasks.
 *
 * @throws MlopsError MLOPS-TMP-001 when the server can't be reached, MLOPS-TMP-006 when a search
 * attribute isn't registered (with the command that registers it), MLOPS-TMP-007 for a profile file,
 * MLOPS-CFG-003 or -004 for secrets.
 */
export async function startWorker(
  config: WorkerConfig,
  overrides: Partial<WorkerOptions> = {},
): Promise<RunningWorker> {
  const { address, namespace, apiKey, options } = await temporalAddress(config);
  const dependencies = await createDependencies(config, namespace);
  await assertDataDirectory(config.dataDir);
  let connection: NativeConnection;
  try {
    connection = await NativeConnection.connect({ ...options, address, ...(apiKey ? { apiKey } : {}) });
  } catch (cause) {
    throw new MlopsError('MLOPS-TMP-001', `no Temporal server answers at ${address}`, { where: address, cause });
  }
  try {
    await assertNamespace(connection, namespace);
    await assertSearchAttributes(connection, { address, namespace });
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
    const stop = async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await run.catch(() => undefined);
      await connection.close();
    };
    let stopped: Promise<void> | undefined;
    return {
      failed,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** A folder that can't be made fails every task at its first artifact; better said at the start. */
async function assertDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (cause) {
    throw new MlopsError('MLOPS-ART-002', 'dataDir is no folder that can be written', { where: path, cause });
  }
}

async function assertNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (cause) {
    if ((cause as { code?: number }).code !== GRPC_NOT_FOUND) throw cause;
    throw new MlopsError('MLOPS-TMP-008', `the server has no namespace ${namespace}`, { where: namespace, cause });
  }
}

/** Status codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
const GRPC_NOT_FOUND = 5;
