import type { LifecycleMap } from '../contract/lifecycle.js';
import type { Risk } from '../contract/risk.js';
import { tiesOf } from './riskTies.js';

/**
 * Whether a risk belongs into one change with the risk that the change is for (the anchor).
 *
 * The rule: both block the same validation path, and they are about the same thing: the same
 * subject, a file that the other's subject names, neighbours in the lifecycle map (an alert and the
 * receiver that it is routed to), or a common model. Only then the path's proof can't succeed while
 * one of them is open: an alert that can fire but whose route notifies nobody is still no alarm.
 * Everything else is a follow-up, however severe: one change, one purpose.
 */
export function belongsTogether(anchor: Risk, other: Risk, map: LifecycleMap, known: readonly string[]): boolean {
  if (anchor.id === other.id || anchor.blocks === undefined || anchor.blocks !== other.blocks) return false;
  if (anchor.subject === other.subject) return true;
  if (namesFile(anchor.subject, other.path) || namesFile(other.subject, anchor.path)) return true;
  const a = tiesOf(anchor, map, known);
  const b = tiesOf(other, map, known);
  if (a.neighbours.includes(other.subject) || b.neighbours.includes(anchor.subject)) return true;
  return a.models.some((model) => b.models.includes(model));
}

function namesFile(subject: string, path: string): boolean {
  return subject === path || (subject.includes('/') && path.endsWith(`/${subject}`));
}
