import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type LogEntry,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDependencies, MlopsPlugin } from '../../dist/index.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

/** An application's modules; they name the product as an installed package. */
const application = (file: string) => fileURLToPath(new URL(`../fixtures/application/${file}`, import.meta.url));
const CONVERTER = createRequire(import.meta.url).resolve('temporal-mlops/payload-converter');

let server: DevServer;
let site: Installation;
let connection: NativeConnection;
let plugin: MlopsPlugin;
let folder: string;
const log: LogEntry[] = [];
const said: string[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('INFO', (entry) => log.push(entry)), shutdownSignals: [] });
  folder = mkdtempSync(join(tmpdir(), 'mlops-plugin-'));
  server = await testServer();
  site = await createInstallation({ server });
  connection = await NativeConnection.connect({ address: server.address });
  plugin = new MlopsPlugin(await createDependencies(site.config, server.namespace));
});
beforeEach(() => {
  log.length = 0;
  said.length = 0;
});
afterAll(async () => {
  await connection.close();
  await site.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

type Given = Partial<WorkerOptions>;

function createWorker(options: Given = {}): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue: site.config.temporal.taskQueue,
    plugins: [plugin],
    ...options,
  });
}

/** What an application brings of its own. */
const theirs = {
  workflowsPath: application('workflows.ts'),
  activities: { greeting: async (name: string) => `hello ${name}` },
  sinks: { greetings: { said: { fn: (_info: unknown, text: unknown) => void said.push(String(text)) } } },
} satisfies Given;

async function running<T>(options: Given, work: () => Promise<T>): Promise<T> {
  return (await createWorker(options)).runUntil(work);
}

/** The shortest way through our workflow and activities: a target that the configuration doesn't have. */
async function changeTask(client = site.client): Promise<WorkflowHandle> {
  const task = await client.workflow.start('mlopsChange', {
    taskQueue: site.config.temporal.taskQueue,
    workflowId: `chg/plugin/${crypto.randomUUID()}`,
    args: [{ ...site.request(), target: 'nobody-knows' }],
  });
  await expect(task.result()).resolves.toMatchObject({ outcome: 'failed' });
  return task;
}

function greeting(client = site.client): Promise<unknown> {
  return client.workflow.execute('greet', {
    taskQueue: site.config.temporal.taskQueue,
    workflowId: `greet/${crypto.randomUUID()}`,
    args: ['ada'],
  });
}

const bundlings = () => log.filter((entry) => entry.message.startsWith('Workflow bundle created')).length;

describe('the plugin alone', () => {
  it('runs the bundle from the package: no bundler runs at the start', async () => {
    await running({}, changeTask);
    expect(bundlings()).toBe(0);
  });

  it('replays a recorded history, with nothing else given', async () => {
    const history = await running({}, async () => (await changeTask()).fetchHistory());
    await Worker.runReplayHistory({ plugins: [plugin] }, history);
    expect(bundlings()).toBe(0);
  });

  it('bundles with a converter of the user’s, and every payload is written by that converter', async () => {
    const dataConverter = { payloadConverterPath: application('payloadConverter.cjs') };
    const client = new Client({ connection: site.client.connection, namespace: server.namespace, dataConverter });
    const history = await running({ dataConverter }, async () => (await changeTask(client)).fetchHistory());
    expect(bundlings()).toBe(1);
    const last = history.events?.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0];
    expect(Buffer.from(last?.metadata?.encoding ?? []).toString()).toBe('json/marked');
  });

  it('bundles with workflow interceptors and a bundler hook of the user’s, which the package’s bundle lacks', async () => {
    let hooked = 0;
    await running(
      {
        interceptors: { workflowModules: [application('interceptors.ts')] },
        bundlerOptions: {
          webpackConfigHook: (config) => {
            hooked += 1;
            return config;
          },
        },
      },
      changeTask,
    );
    expect([bundlings(), hooked]).toEqual([1, 1]);
    expect(log.filter((entry) => entry.message.startsWith('Ignoring'))).toEqual([]);
  });
});

describe('next to workflows of the user’s', () => {
  it('one worker, bundled once, runs both; activities, sinks, interceptors and the bundler hook stay', async () => {
    const seen: string[] = [];
    let hooked = 0;
    const options: Given = {
      ...theirs,
      interceptors: {
        workflowModules: [application('interceptors.ts')],
        activity: [
          (context) => ({
            inbound: {
              execute: (input, next) => {
                seen.push(context.info.activityType);
                return next(input);
              },
            },
          }),
        ],
      },
      bundlerOptions: {
        webpackConfigHook: (config) => {
          hooked += 1;
          return config;
        },
      },
    };
    await running(options, async () => {
      expect(await greeting()).toBe('HELLO ADA');
      await changeTask();
      const task = await site.start();
      await site.question(task);
      await site.decide(task, 'approve');
      expect(await site.result(task)).toMatchObject({ outcome: 'verified' });
    });
    expect([bundlings(), hooked]).toEqual([1, 1]);
    expect(said).toEqual(['hello ada']);
    expect(seen).toContain('greeting');
    expect(seen).toContain('applyChange');
  });

  it('a converter of the user’s is kept', async () => {
    const dataConverter = { payloadConverterPath: application('payloadConverter.cjs') };
    const client = new Client({ connection: site.client.connection, namespace: server.namespace, dataConverter });
    await running({ ...theirs, dataConverter }, async () => {
      expect(await greeting(client)).toBe('hello ada');
      const history = await (await changeTask(client)).fetchHistory();
      const last = history.events?.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0];
      expect(Buffer.from(last?.metadata?.encoding ?? []).toString()).toBe('json/marked');
    });
  });

  it('a module that re-exports ours by the package’s name is no clash', async () => {
    await running({ ...theirs, workflowsPath: application('reexporting.ts') }, async () => {
      expect(await greeting()).toBe('hello ada');
      await changeTask();
    });
  });

  it('an alias list of the user’s bundler hook stays', async () => {
    const options: Given = {
      ...theirs,
      bundlerOptions: {
        webpackConfigHook: (config) => ({
          ...config,
          resolve: {
            ...config.resolve,
            alias: Object.entries(config.resolve?.alias ?? {}).map(([name, alias]) => ({
              name: name.replace(/\$$/, ''),
              onlyModule: name.endsWith('$'),
              alias,
            })),
          },
        }),
      },
    };
    await running(options, async () => {
      expect(await greeting()).toBe('hello ada');
      await changeTask();
    });
  });
});

describe('a name that both have', () => {
  it.each(['clashing.ts', 'clashing.cjs'])('of a workflow stops the worker at its start (%s)', async (file) => {
    await expect(createWorker({ ...theirs, workflowsPath: application(file) })).rejects.toMatchObject({
      code: 'MLOPS-CFG-005',
      message: expect.stringContaining('mlopsChange'),
    });
  });

  it('of a workflow stops bundling ahead of time too', async () => {
    const bundling = bundleWorkflowCode({ workflowsPath: application('clashing.ts'), plugins: [plugin] });
    await expect(bundling).rejects.toMatchObject({ code: 'MLOPS-CFG-005' });
  });

  it('of an activity stops the worker at its start and is named', async () => {
    const activities = { applyChange: async () => 'not the one of temporal-mlops' };
    await expect(createWorker({ activities })).rejects.toMatchObject({
      code: 'MLOPS-CFG-005',
      message: expect.stringContaining('applyChange'),
    });
  });
});

describe('next to a prebuilt bundle of the user’s', () => {
  it('that re-exports ours, both run', async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: application('reexporting.ts'),
      payloadConverterPath: CONVERTER,
    });
    const { workflowsPath: _left, ...rest } = theirs;
    await running({ ...rest, workflowBundle: { code } }, async () => {
      expect(await greeting()).toBe('hello ada');
      await changeTask();
    });
  });

  it('that was bundled with the plugin, both run', async () => {
    const { code } = await bundleWorkflowCode({ workflowsPath: theirs.workflowsPath, plugins: [plugin] });
    const codePath = join(folder, 'both.js');
    writeFileSync(codePath, code);
    const { workflowsPath: _left, ...rest } = theirs;
    await running({ ...rest, workflowBundle: { codePath } }, async () => {
      expect(await greeting()).toBe('hello ada');
      await changeTask();
    });
  });

  it.each(['workflows.ts', 'childStarting.ts'])('that lacks ours (%s), the worker does not start', async (file) => {
    const { code } = await bundleWorkflowCode({ workflowsPath: application(file) });
    const codePath = join(folder, 'theirs.js');
    writeFileSync(codePath, code);
    for (const workflowBundle of [{ code }, { codePath }]) {
      await expect(createWorker({ workflowBundle })).rejects.toMatchObject({
        code: 'MLOPS-CFG-006',
        mend: expect.stringContaining("export * from 'temporal-mlops/workflow'"),
      });
    }
  });
});

describe('the plugin given more than once', () => {
  it('to client, connections and worker, and once more with the same dependencies: it still runs once', async () => {
    const dependencies = await createDependencies(site.config, server.namespace);
    const plugins = [new MlopsPlugin(dependencies)];
    const native = await NativeConnection.connect({ address: server.address, plugins });
    const clientConnection = await Connection.connect({ address: server.address, plugins });
    const client = new Client({ connection: clientConnection, namespace: server.namespace, plugins });
    try {
      await running({ ...theirs, connection: native, plugins: [new MlopsPlugin(dependencies)] }, async () => {
        expect(await greeting(client)).toBe('hello ada');
        await changeTask(client);
      });
      expect(bundlings()).toBe(1);
    } finally {
      await clientConnection.close();
      await native.close();
    }
  });

  it('with different dependencies the worker does not start: it could not be known whose counts', async () => {
    const other = new MlopsPlugin(await createDependencies(site.config, server.namespace));
    await expect(createWorker({ plugins: [plugin, other] })).rejects.toMatchObject({ code: 'MLOPS-CFG-005' });
  });
});
