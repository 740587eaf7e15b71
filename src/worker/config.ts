import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { MlopsError } from '../contract/errors.js';
import { targetIdSchema } from '../contract/request.js';
import { SEVERITIES } from '../contract/severity.js';

/** A secret is never written in the file: `env:NAME` or `file:path` says where it is. */
const secretReference = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, 'a reference: env:NAME or file:path');

const credentialsSchema = z.strictObject({
  username: z.string().max(256).optional(),
  /** Password or token for https. */
  password: secretReference.optional(),
  /** Private key file for ssh. */
  sshKeyFile: z.string().max(4096).optional(),
  knownHostsFile: z.string().max(4096).optional(),
});

const targetSchema = z.strictObject({
  /** Local path, file://, ssh:// or https:// URL. Relative paths are taken from the configuration's folder. */
  repository: z.string().min(1).max(4096),
  branch: z.string().min(1).max(255),
  /** Branch on which the policy lives; only those who may push there decide who may approve. */
  policyBranch: z.string().min(1).max(255).optional(),
  policyPath: z.string().min(1).max(512).default('mlops.yaml'),
  /** How a change lands. */
  mode: z.literal('push').default('push'),
  credentials: credentialsSchema.optional(),
  registry: z.strictObject({ kind: z.literal('git-tags') }).default({ kind: 'git-tags' }),
});

const routeSchema = z.strictObject({
  /** Labels that must all be equal; an empty map matches everything. */
  match: z.record(z.string(), z.string()).default({}),
  target: targetIdSchema,
  goal: z.enum(['restore', 'harden']).default('harden'),
  severity: z.enum(SEVERITIES).optional(),
});

const configSchema = z.strictObject({
  version: z.literal(1),
  /** Part of every token's audience: a decision for one installation is worth nothing in another. */
  installation: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
    .default('default'),
  tenant: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .default('default'),
  temporal: z
    .strictObject({
      address: z.string().max(512).optional(),
      namespace: z.string().max(256).optional(),
      taskQueue: z.string().min(1).max(256).default('mlops'),
      apiKey: secretReference.optional(),
      /** Base URL of the Temporal web UI, for links. */
      ui: z.string().max(512).optional(),
    })
    .default({ taskQueue: 'mlops' }),
  /** Artifact store and scratch clones. All workers of the task queue must share it. */
  dataDir: z.string().min(1).max(4096).default('.mlops'),
  /** Ed25519 key (private JWK) that signs the head of each record. */
  recordKey: secretReference,
  /** Ed25519 key (private JWK) that signs the commits, as git's `gpg.format = ssh` does; unset: commits are not signed. */
  commitKey: secretReference.optional(),
  tools: z
    .strictObject({ git: z.string().optional(), promtool: z.string().optional(), amtool: z.string().optional() })
    .default({}),
  /** What a repository's policy can tighten, never loosen. */
  floor: z
    .strictObject({
      required: z.number().int().min(1).max(20).default(1),
      identity: z.literal('signed').optional(),
      revokedKeys: z.array(z.string()).default([]),
    })
    .default({ required: 1, revokedKeys: [] }),
  /** No change is written while this is true; approvals wait. */
  freeze: z.boolean().default(false),
  targets: z
    .record(targetIdSchema, targetSchema)
    .refine((targets) => Object.keys(targets).length > 0, 'at least one target'),
  routes: z.array(routeSchema).max(500).default([]),
});

export type TargetConfig = z.infer<typeof targetSchema>;

/** The worker's configuration, validated, with paths made absolute. */
export type WorkerConfig = z.infer<typeof configSchema> & {
  /** Folder of the configuration file; relative paths are taken from here. */
  directory: string;
};

const MAX_CONFIG_LENGTH = 1024 * 1024;
/** Errors that are listed; further ones are counted. */
const MAX_LISTED = 50;

/**
 * Reads and validates `temporal-mlops.yaml` as a whole.
 *
 * @throws MlopsError MLOPS-INPUT-002 when the file can't be read, MLOPS-CFG-001 with every error
 * listed (line, key, what is wrong) when it isn't valid.
 */
export async function loadConfig(path: string): Promise<WorkerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-002', 'the configuration file cannot be read', {
      where: path,
      mend: 'Name it with --config FILE; docs/configuration.md has one to start from.',
      cause,
    });
  }
  return parseConfig(text, path);
}

/** The same for a text; `path` is for messages and as the base of relative paths. */
export function parseConfig(text: string, path: string): WorkerConfig {
  if (text.length > MAX_CONFIG_LENGTH) {
    throw new MlopsError('MLOPS-CFG-001', `the file is larger than ${MAX_CONFIG_LENGTH} characters`, { where: path });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    const listed = document.errors.map((error) => `line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
    throw invalid(listed, path);
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new MlopsError('MLOPS-CFG-001', 'its aliases stand for too much', { where: path, cause });
  }
  const parsed = configSchema.safeParse(plain);
  if (!parsed.success) {
    const listed = parsed.error.issues.map((issue) => {
      const node = document.getIn(issue.path as (string | number)[], true) as
        | { range?: [number, number, number] }
        | undefined;
      const line = node?.range ? `line ${lines.linePos(node.range[0]).line}: ` : '';
      return `${line}${issue.path.join('.') || '(the file)'}: ${issue.message}`;
    });
    throw invalid(listed, path);
  }
  const directory = dirname(resolve(path));
  const config: WorkerConfig = { ...parsed.data, directory };
  config.dataDir = resolve(directory, config.dataDir);
  for (const target of Object.values(config.targets)) {
    if (
      !/^[a-z+]+:\/\//i.test(target.repository) &&
      !/^[^/]+@[^/]+:/.test(target.repository) &&
      !isAbsolute(target.repository)
    ) {
      target.repository = resolve(directory, target.repository);
    }
  }
  const unknown = config.routes.filter((route) => !(route.target in config.targets));
  if (unknown.length > 0) {
    throw new MlopsError(
      'MLOPS-CFG-001',
      `routes name targets that are not configured: ${unknown.map((r) => r.target).join(', ')}`,
      { where: path },
    );
  }
  return config;
}

function invalid(listed: readonly string[], path: string): MlopsError {
  const more = listed.length > MAX_LISTED ? [`and ${listed.length - MAX_LISTED} more`] : [];
  return new MlopsError('MLOPS-CFG-001', [...listed.slice(0, MAX_LISTED), ...more].join('\n'), { where: path });
}

/**
 * The value behind a reference. Never logged.
 * @throws MlopsError MLOPS-CFG-003 when the variable isn't set or the file can't be read.
 */
export async function readSecret(reference: string, directory: string): Promise<string> {
  if (reference.startsWith('env:')) {
    const name = reference.slice(4);
    const value = process.env[name];
    if (value === undefined || value === '')
      throw new MlopsError('MLOPS-CFG-003', `the environment variable ${name} is not set`, { where: reference });
    return value;
  }
  const path = resolve(directory, reference.slice('file:'.length));
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new MlopsError('MLOPS-CFG-003', 'the file of a secret cannot be read', { where: path, cause });
  }
}

/**
 * The target of the configuration with this id.
 * @throws MlopsError MLOPS-CFG-002 with the targets that exist.
 */
export function targetOf(config: WorkerConfig, id: string): TargetConfig {
  const target = Object.hasOwn(config.targets, id) ? config.targets[id] : undefined;
  if (!target) {
    throw new MlopsError(
      'MLOPS-CFG-002',
      `there is no target "${id.slice(0, 64)}"; configured: ${Object.keys(config.targets).join(', ')}`,
      { where: 'target' },
    );
  }
  return target;
}
