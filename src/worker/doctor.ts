import { Connection, type ConnectionOptions } from '@temporalio/client';
import { parseKey, type SigningKey } from '../approval/keys.js';
import { FileArtifactStore } from '../artifacts/fileStore.js';
import { MlopsError } from '../contract/errors.js';
import { type Credentials, runGit } from '../repo/gitCommand.js';
import { checkRepositoryUrl } from '../repo/repositoryUrl.js';
import { sshPublicKey } from '../repo/sshSignature.js';
import { readSecret, type TargetConfig, type WorkerConfig } from './config.js';
import { missingSearchAttributes, type TemporalNamespace } from './searchAttributes.js';
import { type CommandRunner, systemRunner } from './tools/commandRunner.js';
import { findPromTools } from './tools/promTools.js';

/** One check, with what was found and, where something is wrong, how to mend it. */
export interface Diagnosis {
  name: string;
  ok: boolean;
  detail: string;
  mend?: string;
  /** The command that mends it, for copying. */
  command?: string;
}

export interface DiagnoseOptions {
  connection: ConnectionOptions;
  namespace: string;
  address: string;
  runner?: CommandRunner;
}

/** Clocks that differ by more than this make decisions count as expired or as from the future. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Checks everything that a worker needs. Never throws; writes nothing but a probe file in `dataDir`. */
export async function diagnose(config: WorkerConfig, options: DiagnoseOptions): Promise<Diagnosis[]> {
  const runner = options.runner ?? systemRunner;
  const groups = await Promise.all([
    temporalChecks(config, options),
    gitChecks(config),
    promToolChecks(config, runner),
    keyChecks(config),
    storeCheck(config),
  ]);
  return groups.flat();
}

async function temporalChecks(config: WorkerConfig, options: DiagnoseOptions): Promise<Diagnosis[]> {
  const { namespace, address } = options;
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...options.connection, connectTimeout: 5_000 });
  } catch (error) {
    return [
      {
        name: 'Temporal',
        ok: false,
        detail: `${address} does not answer: ${(error as Error).message}`,
        mend: 'Check the address, or start one with `temporal server start-dev`.',
      },
    ];
  }
  try {
    return await connection.withDeadline(Date.now() + 10_000, async () => {
      const service = connection.workflowService;
      const described = await service.describeNamespace({ namespace }).catch((error: Error) => error);
      if (described instanceof Error) {
        return [
          {
            name: 'Temporal',
            ok: false,
            detail: `${address} answers, namespace ${namespace} does not: ${described.message}`,
            command: `temporal operator namespace create --address ${address} --namespace ${namespace}`,
          },
        ];
      }
      return [
        { name: 'Temporal', ok: true, detail: `${address}, namespace ${namespace}` },
        ...(await searchAttributeChecks(connection, { address, namespace })),
        ...(await queueChecks(connection, namespace, config.temporal.taskQueue)),
      ];
    });
  } catch (error) {
    return [
      {
        name: 'Temporal',
        ok: false,
        detail: (error as Error).message,
        mend: 'Check the permissions of the API key or certificate.',
      },
    ];
  } finally {
    await connection.close();
  }
}

async function searchAttributeChecks(connection: Connection, server: TemporalNamespace): Promise<Diagnosis[]> {
  const name = 'Search attributes';
  const missing = await missingSearchAttributes(connection, server);
  if (missing === undefined) return [{ name, ok: true, detail: 'all registered as Keyword' }];
  return [
    {
      name,
      ok: false,
      detail: `not registered as Keyword: ${missing.names.join(', ')}`,
      command: missing.command,
    },
  ];
}

async function queueChecks(connection: Connection, namespace: string, taskQueue: string): Promise<Diagnosis[]> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 1,
  });
  const seen = (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000);
  // No worker is no fault: whoever sets one up asks before there is one.
  const workers = {
    name: 'Task queue',
    ok: true,
    detail: `${taskQueue} has ${seen.length === 0 ? 'no worker yet' : `${seen.length} poller(s)`}`,
  };
  if (seen.length === 0) return [workers];
  // The server's clock shows only in when it last saw a worker; one that lies ahead means that ours is late.
  const ahead = Math.max(...seen) - Date.now();
  const ok = ahead <= CLOCK_TOLERANCE_MS;
  const detail = ok ? 'not behind the Temporal server' : `${Math.round(ahead / 1000)} s behind the Temporal server`;
  return [
    workers,
    { name: 'Clock', ok, detail, ...(ok ? {} : { mend: 'Set the clock (NTP): decisions carry times.' }) },
  ];
}

async function gitChecks(config: WorkerConfig): Promise<Diagnosis[]> {
  const git = config.tools.git === undefined ? {} : { git: config.tools.git };
  try {
    const { stdout } = await runGit(['--version'], git);
    const targets = await Promise.all(
      Object.entries(config.targets).map(([id, target]) => repositoryCheck(config, id, target)),
    );
    return [{ name: 'git', ok: true, detail: stdout.toString('utf8').trim() }, ...targets];
  } catch (error) {
    return [{ name: 'git', ok: false, detail: (error as Error).message, mend: 'Install git, or set tools.git.' }];
  }
}

async function repositoryCheck(config: WorkerConfig, id: string, target: TargetConfig): Promise<Diagnosis> {
  const name = `Target ${id}`;
  try {
    const url = checkRepositoryUrl(target.repository);
    const credentials = await credentialsOf(config, target);
    const { stdout } = await runGit(['ls-remote', '--heads', '--', url.url], {
      ...(config.tools.git === undefined ? {} : { git: config.tools.git }),
      remote: { url, credentials },
      timeoutMs: 20_000,
    });
    const branches = stdout
      .toString('utf8')
      .split('\n')
      .flatMap((line) => line.split('\trefs/heads/')[1] ?? []);
    const missing = [target.branch, target.policyBranch ?? target.branch].find((branch) => !branches.includes(branch));
    if (missing === undefined) return { name, ok: true, detail: `branch ${target.branch} is there` };
    return {
      name,
      ok: false,
      detail: `no branch ${missing}`,
      mend: `Use one of: ${branches.slice(0, 20).join(', ') || 'none, the repository is empty'}`,
    };
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    return { name, ok: false, detail: error.message, mend: error.mend };
  }
}

async function credentialsOf(config: WorkerConfig, target: TargetConfig): Promise<Credentials> {
  const { password, username, sshKeyFile, knownHostsFile } = target.credentials ?? {};
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: await readSecret(password, config.directory) }),
    ...(sshKeyFile === undefined ? {} : { sshKeyFile }),
    ...(knownHostsFile === undefined ? {} : { knownHostsFile }),
  };
}

async function promToolChecks(config: WorkerConfig, runner: CommandRunner): Promise<Diagnosis[]> {
  const { promtool, amtool, missing } = await findPromTools({ configured: config.tools, runner });
  const detail = missing ?? `${promtool}, ${amtool}`;
  return [{ name: 'promtool, amtool', ok: missing === undefined, detail }];
}

async function keyChecks(config: WorkerConfig): Promise<Diagnosis[]> {
  const { recordKey, commitKey } = config;
  const ofRecord = await keyCheck(config, 'Record key', 'recordKey', recordKey, (key) => `key id ${key.kid}`);
  if (commitKey === undefined) return [ofRecord];
  const shown = (key: SigningKey) => `commits are signed by ${sshPublicKey(key)}`;
  return [ofRecord, await keyCheck(config, 'Commit key', 'commitKey', commitKey, shown)];
}

async function keyCheck(
  config: WorkerConfig,
  name: string,
  setting: string,
  reference: string,
  detail: (key: SigningKey) => string,
): Promise<Diagnosis> {
  try {
    const key = parseKey(await readSecret(reference, config.directory), reference);
    return { name, ok: true, detail: detail(key) };
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    const mend = `temporal-mlops keys create NAME --out FILE, and set ${setting}: file:FILE.`;
    return { name, ok: false, detail: error.message, mend };
  }
}

async function storeCheck(config: WorkerConfig): Promise<Diagnosis[]> {
  const ok = await new FileArtifactStore(config.dataDir).writable();
  return [
    {
      name: 'dataDir',
      ok,
      detail: ok ? `${config.dataDir} can be written` : `${config.dataDir} cannot be written`,
      ...(ok ? {} : { mend: 'Check the folder, its permissions and its space.' }),
    },
  ];
}
