import { base32DigestOf } from '../contract/digest.js';

/** What makes a change task the same one, however often its cause is delivered. */
export interface TaskCause {
  tenant: string;
  /** The sender's kind: `alertmanager`, `request` … */
  source: string;
  /** What is the same trouble for the sender. */
  episode: string;
  /** Which route was taken: {@link routeKey}. */
  route: string;
}

/** Names a route in a task's id: the same trouble on another target is another task. */
export function routeKey(route: { target: string; goal: string }): string {
  return `${route.target}/${route.goal}`;
}

/**
 * Workflow id of the change task for a cause: `chg/<source>/<52 characters of base 32>`, the SHA-256
 * over the canonical JSON list of tenant, source, episode and route.
 */
export function taskIdOf(cause: TaskCause): string {
  return `chg/${cause.source}/${base32DigestOf([cause.tenant, cause.source, cause.episode, cause.route])}`;
}
