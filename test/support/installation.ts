import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { stringify } from 'yaml';
// The built product: the worker runs the bundle that users get.
import { createKey, type SigningKey, writeKeyFile } from '../../dist/approval/keys.js';
import { signDecision, signExtend, signRequest, signWithdraw } from '../../dist/approval/tokens.js';
import { FileArtifactStore } from '../../dist/artifacts/fileStore.js';
import { decisionClaims, extendClaims, requestClaims, withdrawClaims } from '../../dist/cli/claims.js';
import { buildSampleRepository } from '../../dist/cli/demo/sampleRepository.js';
import { base32DigestOf, digestOf } from '../../dist/contract/digest.js';
import { CHANGE_WORKFLOW, type DecideAnswer, decideUpdate } from '../../dist/contract/messages.js';
import type { Proposal } from '../../dist/contract/plan.js';
import type { Report } from '../../dist/contract/report.js';
import type { ChangeRequest } from '../../dist/contract/request.js';
import { requestWithoutToken } from '../../dist/contract/request.js';
import type { TaskStatus } from '../../dist/contract/status.js';
import { incidentFromAlertmanager } from '../../dist/incidents/alertmanager.js';
import { loadConfig, type WorkerConfig } from '../../dist/worker/config.js';
import { type RunningWorker, startWorker } from '../../dist/worker/runWorker.js';
import { type DevServer, startDevServer } from '../../dist/worker/tools/devServer.js';
import type { ChangeResult } from '../../src/workflows/mlopsChange.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const FIRING_PAYLOAD = join(ROOT, 'examples', 'payloads', 'alertmanager-firing.json');

/** Status codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
const GRPC_DEADLINE_EXCEEDED = 4;
const asking = new Map<string, Promise<TaskStatus>>();

async function ask(task: WorkflowHandle): Promise<TaskStatus> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await task.query<TaskStatus>('status');
    } catch (error) {
      const late = (error as { cause?: { code?: number } }).cause?.code === GRPC_DEADLINE_EXCEEDED;
      if (tries === 4 || !late) throw error;
    }
  }
}

/**
 * A server for one file of tests. Its ports were free a moment ago, and with files side by side another
 * may have taken one since; then it is said, and tried once more.
 */
export async function testServer(options: { dbFile?: string; port?: number } = {}): Promise<DevServer> {
  const executable = process.env.TEMPORAL_CLI_PATH;
  const start = () => startDevServer({ ...(executable ? { executable } : {}), ...options });
  try {
    return await start();
  } catch (error) {
    console.error(error);
    return start();
  }
}

/** One repository, one configuration and its people, on a server that several tests share. */
export interface Installation {
  folder: string;
  remote: string;
  branch: string;
  config: WorkerConfig;
  configFile: string;
  client: Client;
  keys: Record<string, SigningKey>;
  keyFile(person: string): string;
  store: FileArtifactStore;
  request(): ChangeRequest;
  start(request?: ChangeRequest, task?: string): Promise<WorkflowHandle>;
  /**
   * Starts a worker; in the suite `scenarios` one without a cache unless told otherwise. A flood of signals
   * needs one: without a cache the SDK drops local activities that are under way when the next signal
   * arrives, as it warns itself, and each costs a timeout of a workflow task.
   */
  startWorker(options?: { cached?: boolean }): Promise<RunningWorker>;
  status(task: WorkflowHandle): Promise<TaskStatus>;
  until(task: WorkflowHandle, wanted: (status: TaskStatus) => boolean): Promise<TaskStatus>;
  question(task: WorkflowHandle, not?: string): Promise<TaskStatus & { question: NonNullable<TaskStatus['question']> }>;
  sign(task: WorkflowHandle, verdict: 'approve' | 'reject' | 'revise', options?: SignOptions): Promise<string>;
  decide(task: WorkflowHandle, verdict: 'approve' | 'reject' | 'revise', options?: SignOptions): Promise<DecideAnswer>;
  withdrawToken(task: WorkflowHandle, comment: string, person?: string): Promise<string>;
  extendToken(task: WorkflowHandle, seconds: number, person?: string): Promise<string>;
  signedRequest(request: ChangeRequest, task: string, person: string): Promise<ChangeRequest>;
  result(task: WorkflowHandle): Promise<ChangeResult>;
  report(result: ChangeResult): Promise<Report>;
  proposal(task: WorkflowHandle): Promise<Proposal>;
  recordText(task: WorkflowHandle): Promise<string>;
  /** Every ref of the remote: name → object id. */
  refs(): Record<string, string>;
  git(...args: string[]): string;
  /** Commits a change to the remote's branch as somebody else would. */
  push(files: Record<string, string | null>, message?: string): string;
  read(path: string, ref?: string): string;
  stop(): Promise<void>;
}

export interface SignOptions {
  person?: string;
  comment?: string;
  plan?: string;
  key?: SigningKey;
  claims?: Record<string, unknown>;
}

export interface InstallationOptions {
  server: DevServer;
  /** Folder that becomes the repository; by default the sample with its whole history. */
  source?: string;
  /** People of the policy; each gets a key. */
  people?: string[];
  /** Changes the parsed policy before it is committed. */
  policy?: (policy: Record<string, unknown>) => void;
  config?: Record<string, unknown>;
  promTools?: boolean;
  /** How client and worker name themselves to the server, in place of process id and host name. */
  identity?: string;
}

/** The suite `scenarios` sets it to 0: every workflow task then replays the whole history. */
const MAX_CACHED_WORKFLOWS = process.env.MLOPS_TEST_MAX_CACHED_WORKFLOWS;

export async function createInstallation(options: InstallationOptions): Promise<Installation> {
  const { server, people = ['demo-approver'] } = options;
  const identity = options.identity === undefined ? {} : { identity: options.identity };
  const folder = mkdtempSync(join(tmpdir(), 'mlops-test-'));
  const remote = join(folder, 'remote.git');
  const keys = Object.fromEntries(people.map((person) => [person, createKey()]));
  for (const [person, key] of Object.entries(keys)) await writeKeyFile(join(folder, `${person}.jwk`), key);
  await writeKeyFile(join(folder, 'record.jwk'), createKey());
  const git = (...args: string[]) =>
    execFileSync('git', ['--git-dir', remote, ...args], {
      encoding: 'utf8',
      env: cleanGitEnvironment(),
      maxBuffer: 64 * 1024 * 1024,
    });

  const branch = 'main';
  if (options.source) importFolder(options.source, remote, branch, folder);
  else {
    const [approver] = people as [string];
    const key = keys[approver] as SigningKey;
    await buildSampleRepository({
      source: join(ROOT, 'examples', 'fraud-scorer'),
      bare: remote,
      approver: { person: 'demo-approver', kid: key.kid, publicKey: key.x },
    });
  }

  const installation: Pick<Installation, 'push' | 'read' | 'refs'> = {
    refs: () =>
      Object.fromEntries(
        git('for-each-ref', '--format=%(refname) %(objectname)')
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(' ') as [string, string]),
      ),
    read: (path, ref = `refs/heads/${branch}`) => git('show', `${ref}:${path}`),
    push: (files, message = 'somebody else') => {
      const work = mkdtempSync(join(folder, 'work-'));
      const run = (...args: string[]) =>
        execFileSync('git', ['-C', work, ...args], { encoding: 'utf8', env: cleanGitEnvironment() });
      execFileSync('git', ['clone', '--quiet', '--branch', branch, remote, work], { env: cleanGitEnvironment() });
      for (const [path, content] of Object.entries(files)) {
        if (content === null) run('rm', '--quiet', path);
        else {
          execFileSync('mkdir', ['-p', join(work, path, '..')]);
          writeFileSync(join(work, path), content);
          run('add', '--', path);
        }
      }
      run('-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.invalid', 'commit', '--quiet', '-m', message);
      run('push', '--quiet', 'origin', branch);
      return run('rev-parse', 'HEAD').trim();
    },
  };

  const { parse } = await import('yaml');
  const policy = options.source
    ? installersPolicy()
    : (parse(installation.read('mlops.yaml')) as Record<string, unknown>);
  if (people.length > 1 || options.policy || options.source) {
    policy.people = people.map((person) => ({
      id: person,
      name: person,
      keys: [{ kid: keys[person]?.kid, publicKey: keys[person]?.x }],
    }));
    (policy.approval as Record<string, unknown>).approvers = people;
    options.policy?.(policy);
    installation.push({ 'mlops.yaml': stringify(policy) }, 'policy');
  }

  const id = randomUUID().slice(0, 8);
  const configFile = join(folder, 'temporal-mlops.yaml');
  writeFileSync(
    configFile,
    stringify({
      version: 1,
      installation: 'test',
      temporal: { address: server.address, namespace: server.namespace, taskQueue: `mlops-${id}` },
      dataDir: './data',
      recordKey: 'file:record.jwk',
      tools: options.promTools === false ? { promtool: '/nonexistent/promtool', amtool: '/nonexistent/amtool' } : {},
      targets: { 'fraud-scorer': { repository: remote, branch } },
      routes: [{ match: {}, target: 'fraud-scorer', goal: 'harden' }],
      ...options.config,
    }),
  );
  const config = await loadConfig(configFile);
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection, namespace: server.namespace, ...identity });
  const store = new FileArtifactStore(config.dataDir);
  const workers = new Set<RunningWorker>();
  const personOf = (options_: SignOptions | undefined) => options_?.person ?? (people[0] as string);

  const self: Installation = {
    ...installation,
    folder,
    remote,
    branch,
    config,
    configFile,
    client,
    keys,
    store,
    git,
    keyFile: (person) => join(folder, `${person}.jwk`),
    request: () => ({
      version: 1,
      tenant: 'default',
      target: 'fraud-scorer',
      goal: 'harden',
      severity: 'low',
      trigger: { kind: 'incident', incident: incidentFromAlertmanager(readFileSync(FIRING_PAYLOAD, 'utf8')) },
    }),
    start: (request = self.request(), task = `chg/test/${randomUUID()}`) =>
      client.workflow.start(CHANGE_WORKFLOW, {
        taskQueue: config.temporal.taskQueue,
        workflowId: task,
        args: [request],
      }),
    startWorker: async ({ cached = false } = {}) => {
      const running = await startWorker(config, {
        ...identity,
        ...(cached || MAX_CACHED_WORKFLOWS === undefined ? {} : { maxCachedWorkflows: Number(MAX_CACHED_WORKFLOWS) }),
      });
      const worker: RunningWorker = {
        ...running,
        // A test may stop a worker itself, and the installation stops those that are left.
        stop: async () => {
          if (workers.delete(worker)) await running.stop();
        },
      };
      workers.add(worker);
      return worker;
    },
    // Who asks at the same moment shares the answer: a worker without a cache replays all for each query.
    status: (task) => {
      const asked = asking.get(task.workflowId) ?? ask(task).finally(() => asking.delete(task.workflowId));
      asking.set(task.workflowId, asked);
      return asked;
    },
    until: async (task, wanted) => {
      for (let tries = 0; tries < 1200; tries += 1) {
        const status = await self.status(task).catch(() => undefined);
        if (status && wanted(status)) return status;
        // Each look costs the worker a query, and without a cache a whole replay.
        await new Promise((resolve) => setTimeout(resolve, Math.min(50 + 10 * tries, 500)));
      }
      throw new Error(`not reached; last: ${JSON.stringify(await self.status(task))}`);
    },
    question: async (task, not) => {
      const status = await self.until(
        task,
        ({ question, outcome }) => outcome !== undefined || (question !== undefined && question.plan !== not),
      );
      if (!status.question)
        throw new Error(`the task ended ${status.outcome}: ${status.sentence} ${JSON.stringify(status.error ?? '')}`);
      return status as TaskStatus & { question: NonNullable<TaskStatus['question']> };
    },
    sign: async (task, verdict, signing) => {
      const status = await self.status(task);
      const person = personOf(signing);
      const claims = decisionClaims(
        { name: status, person },
        {
          plan: signing?.plan ?? status.question?.plan ?? '0'.repeat(64),
          verdict,
          comment: signing?.comment ?? (verdict === 'approve' ? '' : 'because'),
        },
      );
      return signDecision(signing?.key ?? (keys[person] as SigningKey), {
        ...claims,
        ...signing?.claims,
      } as typeof claims);
    },
    decide: async (task, verdict, signing) => {
      const token = await self.sign(task, verdict, signing);
      return task.executeUpdate(decideUpdate, { args: [token] });
    },
    withdrawToken: async (task, comment, person = people[0] as string) =>
      signWithdraw(keys[person] as SigningKey, withdrawClaims({ name: await self.status(task), person }, comment)),
    extendToken: async (task, seconds, person = people[0] as string) => {
      const status = await self.status(task);
      return signExtend(
        keys[person] as SigningKey,
        extendClaims({ name: status, person }, { plan: status.question?.plan ?? '', seconds }),
      );
    },
    signedRequest: async (request, task, person) => {
      const audience = `${config.installation}/${server.namespace}/${request.tenant}`;
      const claims = requestClaims(
        { name: { task, run: '', audience }, person },
        digestOf(requestWithoutToken(request)),
      );
      return { ...request, requesterToken: await signRequest(keys[person] as SigningKey, claims) };
    },
    result: (task) => task.result() as Promise<ChangeResult>,
    report: async (result) =>
      JSON.parse(Buffer.from(await store.get(result.report?.json ?? '')).toString('utf8')) as Report,
    proposal: async (task) => {
      const { artifact } = (await task.query<{ artifact: string } | null>('plan')) ?? { artifact: '' };
      return JSON.parse(Buffer.from(await store.get(artifact)).toString('utf8')) as Proposal;
    },
    recordText: async (task) =>
      (await store.getRecord(base32DigestOf([task.workflowId, (await self.status(task)).run]))) ?? '',
    stop: async () => {
      for (const worker of workers) await worker.stop();
      await connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return self;
}

/** A folder's files as the first commit of a bare repository, with a policy if the folder has none. */
function importFolder(source: string, remote: string, branch: string, folder: string): void {
  const work = join(folder, 'import');
  cpSync(source, work, { recursive: true });
  const env = cleanGitEnvironment();
  execFileSync('git', ['init', '--quiet', `--initial-branch=${branch}`, work], { env });
  execFileSync('git', ['-C', work, 'add', '--all', '--force'], { env });
  execFileSync(
    'git',
    [
      '-C',
      work,
      '-c',
      'user.name=Public',
      '-c',
      'user.email=public@example.invalid',
      'commit',
      '--quiet',
      '-m',
      'import',
    ],
    { env },
  );
  execFileSync('git', ['clone', '--quiet', '--bare', work, remote], { env });
}

export function cleanGitEnvironment(): NodeJS.ProcessEnv {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return { ...environment, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
}

/** What somebody who installs the product on a repository without a policy would commit. */
function installersPolicy(): Record<string, unknown> {
  return {
    version: 1,
    people: [],
    approval: { approvers: [], required: 1, separationOfDuties: false, expiresAfter: '24h' },
    change: {
      allowedPaths: ['monitoring/**', 'k8s/**', 'infra/**', 'ops/**'],
      stages: ['monitoring', 'deployment'],
      budget: { files: 4, lines: 40 },
    },
    gates: [
      { name: 'quality', model: 'fraud-scorer', metrics: [{ name: 'auc', direction: 'higher', threshold: 0.85 }] },
    ],
  };
}
