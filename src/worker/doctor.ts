import { Connection, type ConnectionOptions } from '@temporalio/client';
import { parseKey } from '../approval/keys.js';
import { FileArtifactStore } from '../artifacts/fileStore.js';
import { MlopsError } from '../contract/errors.js';
import { registerSearchAttributeCommand, SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';
import { type Credentials, runGit } from '../repo/gitCommand.js';
import { checkRepositoryUrl } from '../repo/repositoryUrl.js';
import { readSecret, type TargetConfig, type WorkerConfig } from './config.js';
import { type CommandRunner, systemRunner } from './tools/commandRunner.js';
import { findPromTools } from './tools/promTools.js';

/** One check, with what was found and, where something is wrong, how to mend it. */
export interface Diagnosis {
  name: string;
  ok: boolean;
  detail: string;
  mend?: string;
}

export interface DiagnoseOptions {
  connection: ConnectionOptions;
  namespace: string;
  address: string;
  runner?: CommandRunner;
}

/** Clocks that differ by more than this make decisions count as expired or as from the future. */
const CLOCK_TOLERANCE_MS = 60_000;
/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const INDEXED_KEYWORD = 2;

/** Checks everything that a worker needs. Never throws; writes nothing but a probe file in `dataDir`. */
export async function diagnose(config: WorkerConfig, options: DiagnoseOptions): Promise<Diagnosis[]> {
  const runner = options.runner ?? systemRunner;
  const groups = await Promise.all([
    temporalChecks(config, options),
    gitChecks(config),
    promToolChecks(config, runner),
    recordKeyCheck(config),
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
            mend: `temporal operator namespace create --namespace ${namespace}`,
          },
        ];
      }
      return [
        { name: 'Temporal', ok: true, detail: `${address}, namespace ${namespace}` },
        ...(await searchAttributeChecks(connection, namespace)),
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

async function searchAttributeChecks(connection: Connection, namespace: string): Promise<Diagnosis[]> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return [{ name: 'Search attributes', ok: true, detail: 'all registered as Keyword' }];
  const mend = missing.map((name) => registerSearchAttributeCommand(name, namespace)).join(' && ');
  return [{ name: 'Search attributes', ok: false, detail: `not registered as Keyword: ${missing.join(', ')}`, mend }];
}

/** The search attributes that the namespace lacks or has with another type. Without them no task can run. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.values(SEARCH_ATTRIBUTES).filter((name) => customAttributes[name] !== INDEXED_KEYWORD);
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

async function recordKeyCheck(config: WorkerConfig): Promise<Diagnosis[]> {
  const name = 'Record key';
  try {
    const key = parseKey(await readSecret(config.recordKey, config.directory), config.recordKey);
    return [{ name, ok: true, detail: `key id ${key.kid}` }];
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    return [
      {
        name,
        ok: false,
        detail: error.message,
        mend: 'temporal-mlops keys create record --out FILE, and set recordKey: file:FILE.',
      },
    ];
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
