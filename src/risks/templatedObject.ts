import type { Snapshot } from '../contract/snapshot.js';
import type { KubernetesObject } from '../lifecycle/facts.js';

/**
 * Whether a part of a manifest is filled in by a template engine. What stands there isn't what the
 * cluster gets, so nothing is concluded from it.
 */
export function isTemplatedObject(snapshot: Snapshot, { path, range }: KubernetesObject): boolean {
  return /\{\{|\{%/.test(snapshot.text(path)?.slice(range.start, range.end) ?? '');
}
