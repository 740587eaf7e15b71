import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createKey, type SigningKey, writeKeyFile } from '../../approval/keys.js';
import type { PromTools } from '../../worker/tools/promTools.js';

/** The person whom the sample's policy lets approve. */
export const DEMO_APPROVER = 'demo-approver';
export const DEMO_TARGET = 'fraud-scorer';

/** The demo's folder: remote, worker's data, keys, configuration and in the end the reports. */
export interface Workspace {
  folder: string;
  repository: string;
  configFile: string;
  approverKeyFile: string;
  approverKey: SigningKey;
  recordKeyFile: string;
}

/** Makes the folder with a key for the approver and one for the record. */
export async function makeWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'temporal-mlops-demo-'));
  const workspace = {
    folder,
    repository: join(folder, `${DEMO_TARGET}.git`),
    configFile: join(folder, 'temporal-mlops.yaml'),
    approverKeyFile: join(folder, `${DEMO_APPROVER}.jwk`),
    approverKey: createKey(),
    recordKeyFile: join(folder, 'record.jwk'),
  };
  await writeKeyFile(workspace.approverKeyFile, workspace.approverKey);
  await writeKeyFile(workspace.recordKeyFile, createKey());
  return workspace;
}

export interface DemoServer {
  address: string;
  namespace: string;
  ui?: string | undefined;
}

/** The worker's configuration; it works with every other command too, `--config` of it. */
export function demoConfig(options: { server: DemoServer; branch: string; tools: PromTools; run: string }): string {
  const { server, branch, tools, run } = options;
  return stringify({
    version: 1,
    installation: 'demo',
    // A tenant of its own: the same alert on the same server starts a task in every demo.
    tenant: `demo-${run}`,
    temporal: {
      address: server.address,
      namespace: server.namespace,
      taskQueue: `mlops-demo-${run}`,
      ...(server.ui === undefined ? {} : { ui: server.ui }),
    },
    dataDir: './data',
    recordKey: 'file:record.jwk',
    tools: {
      ...(tools.promtool === undefined ? {} : { promtool: tools.promtool }),
      ...(tools.amtool === undefined ? {} : { amtool: tools.amtool }),
    },
    targets: { [DEMO_TARGET]: { repository: `./${DEMO_TARGET}.git`, branch } },
    routes: [{ match: { model: DEMO_TARGET }, target: DEMO_TARGET, goal: 'harden' }],
  });
}

/** Removes the folder's content but the named files; with none, the folder too. */
export async function emptyWorkspace(folder: string, kept: readonly string[]): Promise<void> {
  if (kept.length === 0) return rm(folder, { recursive: true, force: true });
  for (const name of await readdir(folder)) {
    if (!kept.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
