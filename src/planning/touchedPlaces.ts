import type { Component, LifecycleMap } from '../contract/lifecycle.js';
import type { Risk } from '../contract/risk.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../contract/stage.js';
import type { LineHunk } from './lineHunks.js';

/** The components that a hunk lies in, the innermost only: a metric rather than the module around it. */
export function touchedComponents(map: LifecycleMap, path: string, hunk: LineHunk): Component[] {
  const first = hunk.oldStart + 1;
  const last = Math.max(first, hunk.oldStart + hunk.removed.length);
  const around = map.components.filter(
    (component) => component.path === path && component.lines.start <= last && component.lines.end >= first,
  );
  const length = (component: Component) => component.lines.end - component.lines.start;
  const innermost = Math.min(...around.map(length));
  return around.filter((component) => length(component) === innermost);
}

/**
 * The lifecycle stages that a change touches, in their order: those of the innermost components at
 * the edited lines, and those of the risks that it closes. A fix is judged by both, so a monitoring
 * risk that can only be fixed in the serving code counts as a change of deployment as well.
 */
export function touchedStages(
  map: LifecycleMap,
  hunks: readonly (LineHunk & { path: string })[],
  closes: readonly Risk[],
): LifecycleStage[] {
  const stages = new Set(closes.map((risk) => risk.stage));
  for (const hunk of hunks)
    for (const component of touchedComponents(map, hunk.path, hunk)) stages.add(component.stage);
  return LIFECYCLE_STAGES.filter((stage) => stages.has(stage));
}
