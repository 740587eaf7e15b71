import { join } from 'node:path';
import { applyFloor } from '../approval/floor.js';
import { parsePolicy, policyDigest } from '../approval/loadPolicy.js';
import { canonicalJson } from '../contract/canonicalJson.js';
import { MlopsError } from '../contract/errors.js';
import type { Policy } from '../contract/policy.js';
import type { ResolvedTarget } from '../contract/target.js';
import { BareClone } from '../repo/bareClone.js';
import type { Credentials } from '../repo/gitCommand.js';
import { readSecret, type TargetConfig, targetOf } from '../worker/config.js';
import type { ActivityDependencies } from './dependencies.js';

/** The worker's bare clone of a target's repository. */
export async function openClone(
  deps: ActivityDependencies,
  targetId: string,
  signal?: AbortSignal,
): Promise<BareClone> {
  const target = targetOf(deps.config, targetId);
  const credentials = await credentialsOf(deps, target);
  return BareClone.open({
    directory: join(deps.config.dataDir, 'clones', `${targetId}.git`),
    url: target.repository,
    git: deps.tools.git,
    ...(credentials ? { credentials } : {}),
    ...(signal ? { signal } : {}),
  });
}

/** What a plan binds of a target; holds no credential. */
export function resolvedTarget(targetId: string, target: TargetConfig, clone: BareClone): ResolvedTarget {
  return {
    id: targetId,
    repository: clone.displayUrl,
    branch: target.branch,
    mode: target.mode,
    registry: target.registry,
    policyBranch: target.policyBranch ?? target.branch,
    policyPath: target.policyPath,
  };
}

/** The branches that a task fetches: the one it changes and the one the policy lives on. */
export function branchesOf(target: Pick<ResolvedTarget, 'branch' | 'policyBranch'>): string[] {
  return [...new Set([target.branch, target.policyBranch])];
}

/**
 * The policy at the head of the policy branch, as last fetched for the task; without the floor.
 * @throws MlopsError MLOPS-POL-001 when it is missing, -002 when it isn't valid.
 */
export async function policyAtHead(
  clone: BareClone,
  task: string,
  target: Pick<ResolvedTarget, 'policyBranch' | 'policyPath'>,
): Promise<Policy> {
  const where = `${target.policyPath} on ${target.policyBranch}`;
  const head = await clone.branchHead(task, target.policyBranch);
  const file = await clone.readPath(head, target.policyPath).catch((error: unknown) => {
    if (!(error instanceof MlopsError && error.code === 'MLOPS-GIT-006' && error.message.includes('larger')))
      throw error;
    throw new MlopsError('MLOPS-POL-002', 'the policy is larger than 1 MiB', { where, cause: error });
  });
  if (!file)
    throw new MlopsError('MLOPS-POL-001', `there is no ${target.policyPath} on branch ${target.policyBranch}`, {
      where,
    });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(file.content);
  } catch (cause) {
    throw new MlopsError('MLOPS-POL-002', 'the policy is not UTF-8 text', { where, cause });
  }
  return parsePolicy(text, where);
}

/** Stores a policy; returns the reference and the digest that a plan names. */
export async function storePolicy(
  deps: ActivityDependencies,
  policy: Policy,
): Promise<{ $artifact: string; digest: string }> {
  return { $artifact: await deps.store.put(canonicalJson(policy)), digest: policyDigest(policy) };
}

/** The policy by which a plan was made, as the store has it, checked against the digest that the plan binds. */
export async function storedPolicy(deps: ActivityDependencies, sha256: string, digest: string): Promise<Policy> {
  const policy = parsePolicy(new TextDecoder().decode(await deps.store.get(sha256)), `artifact ${sha256.slice(0, 12)}`);
  if (policyDigest(policy) !== digest) {
    throw new MlopsError('MLOPS-APR-013', 'the stored policy is not the one that the plan names', { where: sha256 });
  }
  return policy;
}

export function withFloor(deps: ActivityDependencies, policy: Policy): Policy {
  return applyFloor(policy, deps.config.floor);
}

async function credentialsOf(deps: ActivityDependencies, target: TargetConfig): Promise<Credentials | undefined> {
  const { credentials } = target;
  if (!credentials) return undefined;
  const { directory } = deps.config;
  return {
    ...(credentials.username ? { username: credentials.username } : {}),
    ...(credentials.password ? { password: await readSecret(credentials.password, directory) } : {}),
    ...(credentials.sshKeyFile ? { sshKeyFile: credentials.sshKeyFile } : {}),
    ...(credentials.knownHostsFile ? { knownHostsFile: credentials.knownHostsFile } : {}),
  };
}
