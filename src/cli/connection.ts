import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { MlopsError } from '../contract/errors.js';
import { readSecret, type WorkerConfig } from '../worker/config.js';
import { temporalProfile } from '../worker/temporalProfile.js';

/** How long the server may take to answer the first call. */
const CONNECT_WITHIN_MS = 5_000;

/** What the command line or the caller says; it wins over the configuration file, which wins over the environment. */
export interface ConnectionChoice {
  address?: string | undefined;
  namespace?: string | undefined;
}

export interface TemporalAccess {
  client: Client;
  connection: Connection;
  namespace: string;
  address: string;
}

/**
 * Where the server is and which namespace: flag, then configuration file, then environment or envconfig profile.
 * @throws MlopsError MLOPS-TMP-007 for a profile that can't be used, MLOPS-CFG-003 for the API key.
 */
export async function connectionSettings(
  choice: ConnectionChoice,
  config: WorkerConfig | undefined,
): Promise<{ options: ConnectionOptions; namespace: string; address: string }> {
  const environment = temporalProfile();
  const address =
    choice.address ?? config?.temporal.address ?? environment.connectionOptions.address ?? 'localhost:7233';
  const namespace = choice.namespace ?? config?.temporal.namespace ?? environment.namespace ?? 'default';
  const apiKey =
    config?.temporal.apiKey === undefined ? undefined : await readSecret(config.temporal.apiKey, config.directory);
  const options = { ...environment.connectionOptions, address, ...(apiKey === undefined ? {} : { apiKey }) };
  return { options, namespace, address };
}

/**
 * Connects to Temporal and makes sure that it answers.
 * @throws MlopsError MLOPS-TMP-001 when it doesn't within 5 s.
 */
export async function connectTemporal(
  choice: ConnectionChoice,
  config: WorkerConfig | undefined,
): Promise<TemporalAccess> {
  const { options, namespace, address } = await connectionSettings(choice, config);
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_WITHIN_MS });
    return { client: new Client({ connection, namespace }), connection, namespace, address };
  } catch (cause) {
    throw new MlopsError('MLOPS-TMP-001', `The Temporal server does not answer: ${(cause as Error).message}`, {
      where: address,
      cause,
    });
  }
}
