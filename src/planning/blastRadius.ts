import type { LifecycleMap } from '../contract/lifecycle.js';
import type { Risk } from '../contract/risk.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../contract/stage.js';
import type { LineHunk } from './lineHunks.js';
import { tiesOf } from './riskTies.js';
import { safeName } from './safeName.js';
import { touchedComponents } from './touchedPlaces.js';

const LISTED = 5;

/**
 * Who and what a change affects, in one sentence: the components at the edited lines, the models
 * they are for, and the stages that stay untouched.
 */
export function blastRadius(
  map: LifecycleMap,
  known: readonly string[],
  hunks: readonly (LineHunk & { path: string })[],
  closes: readonly Risk[],
  stages: readonly LifecycleStage[],
): string {
  const parts = new Set<string>();
  for (const hunk of hunks) {
    const components = touchedComponents(map, hunk.path, hunk);
    for (const component of components) parts.add(`${safeName(component.kind, 60)} ${safeName(component.name, 60)}`);
    if (components.length === 0) parts.add(safeName(hunk.path, 100));
  }
  const models = [...new Set(closes.flatMap((risk) => tiesOf(risk, map, known).models))].sort();
  const untouched = LIFECYCLE_STAGES.filter((stage) => !stages.includes(stage));
  const rest =
    stages.length === 1 && stages[0] === 'monitoring'
      ? 'no model, image or data path is touched'
      : untouched.length === 0
        ? 'all four stages are touched'
        : `${listed(untouched)} ${untouched.length === 1 ? 'is' : 'are'} not touched`;
  const forModels = models.length === 0 ? '' : ` for ${listed(models.map((model) => safeName(model, 60)))}`;
  return `${listed([...parts])}${forModels} (${stages.join(', ')}); ${rest}.`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED);
  return names.length > LISTED ? `${shown.join(', ')} and ${names.length - LISTED} more` : shown.join(', ');
}
