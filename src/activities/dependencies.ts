import type { SigningKey } from '../approval/keys.js';
import type { ArtifactStore } from '../artifacts/artifactStore.js';
import type { WorkerConfig } from '../worker/config.js';

/** What the activities of one worker share. Built once at start; nothing of it enters a history. */
export interface ActivityDependencies {
  config: WorkerConfig;
  /** Namespace of the worker, part of every token's audience. */
  namespace: string;
  store: ArtifactStore;
  /** Key that signs the head of each record. */
  recordKey: SigningKey;
  /** Key that signs commits, where they are signed. */
  commitKey?: SigningKey;
  tools: { git: string; promtool?: string; amtool?: string };
}

/** What a decision's token must name: a decision for one installation is worth nothing in another. */
export function audienceOf(deps: ActivityDependencies, tenant: string): string {
  return `${deps.config.installation}/${deps.namespace}/${tenant}`;
}
