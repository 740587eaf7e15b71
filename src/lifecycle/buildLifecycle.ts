import type { Component, LifecycleMap } from '../contract/lifecycle.js';
import type { Snapshot } from '../contract/snapshot.js';
import { LIFECYCLE_STAGES, type LifecycleStage } from '../contract/stage.js';
import { findComponents } from './components.js';
import { joinComponents } from './edges.js';
import type { LifecycleFacts } from './facts.js';
import { markDetails } from './mainComponents.js';
import { modelSign } from './modelSigns.js';
import { assignProjects } from './projects.js';
import { readSnapshot } from './readSnapshot.js';

export { wantedByReaders } from './scope.js';

/** Kinds of the registration stage that are files, not steps of a registry. */
const FILES = /^(saved model file|committed model file|model tracked by DVC)$/;
/** Sentences about what is missing, for each stage. */
const MAX_UNKNOWNS = 50;

const ABSENT: Record<LifecycleStage, string> = {
  training:
    'No training script, training pipeline stage or training workflow was found: how the model is made is outside this repository or in a format that is not read.',
  registration:
    'Nothing here registers a model (no registry call, artifact entry or committed model file): how a version becomes known is outside this repository or in a format that is not read.',
  deployment:
    'No service, image or manifest that serves a model was found: where it runs is outside this repository or in a format that is not read.',
  monitoring:
    'No exported metric, alert rule, drift check or monitoring configuration was found: nothing here would notice a model that has gone bad.',
};

/**
 * Maps how a repository trains, registers, deploys and watches its models, and gives what the
 * readers parsed for rules and proofs. A pure function of the snapshot: the same one gives the same
 * map, nothing is executed, and nothing is thrown for what a repository holds.
 */
export function buildLifecycle(snapshot: Snapshot): { map: LifecycleMap; facts: LifecycleFacts } {
  const facts = readSnapshot(snapshot);
  const map: LifecycleMap = {
    commit: snapshot.commit,
    components: [],
    edges: [],
    unknowns: [],
    unreadable: facts.unreadable,
  };
  if (modelSign(facts) === undefined) {
    const text =
      'Nothing in this repository says that it is about a model, so its services and alerts are not taken for parts of one.';
    for (const stage of LIFECYCLE_STAGES) map.unknowns.push({ stage, text });
    return { map, facts };
  }
  const findings = findComponents(snapshot, facts);
  const { edges, missing } = joinComponents(facts, findings);
  map.components = LIFECYCLE_STAGES.flatMap((stage) =>
    findings.components.filter((component) => component.stage === stage),
  );
  map.edges = edges;
  assignProjects(map.components, edges, snapshot.entries);
  markDetails(map.components);
  map.unknowns = LIFECYCLE_STAGES.flatMap((stage) => unknownsOf(stage, map, facts, missing));
  return { map, facts };
}

/** How a model gets to its service where only files were found. */
function handedOver(files: readonly Component[], map: LifecycleMap): string {
  const ids = new Set(files.map(({ id }) => id));
  const baked = map.edges.some(
    ({ kind, from, to }) => kind === 'loads' && ids.has(to) && from.startsWith('service image'),
  );
  const how = baked ? 'a file baked into the image' : 'a file that training leaves';
  return `No registration step was found; the service loads ${how}, so no version, stage or alias says which model runs.`;
}

function unknownsOf(
  stage: LifecycleStage,
  map: LifecycleMap,
  facts: LifecycleFacts,
  missing: LifecycleMap['unknowns'],
): LifecycleMap['unknowns'] {
  const texts: string[] = [];
  const inStage = map.components.filter((component) => component.stage === stage);
  if (inStage.length === 0) texts.push(ABSENT[stage]);
  else if (stage === 'registration' && inStage.every(({ kind }) => FILES.test(kind))) {
    texts.push(handedOver(inStage, map));
  } else if (stage === 'registration' && inStage.some(({ kind }) => kind.startsWith('registration'))) {
    texts.push(
      'Which versions and aliases exist is kept in the registry (or in git tags), which a snapshot of files does not show.',
    );
  } else if (stage === 'monitoring') {
    const has = (kind: string): boolean => inStage.some((component) => component.kind === kind);
    if (has('exported metric') && !has('alert rule'))
      texts.push('Metrics are exported, and no alert rule here watches them.');
    if (has('alert rule') && facts.prometheusConfigs.length === 0) {
      texts.push('No Prometheus configuration is here: whether these rules are loaded can not be told.');
    }
    if (has('alert rule') && facts.alertmanagerConfigs.length === 0) {
      texts.push('No Alertmanager configuration is here: whom these alerts reach can not be told.');
    }
  }
  for (const unknown of missing) if (unknown.stage === stage) texts.push(unknown.text);
  const unique = [...new Set(texts)];
  const shown = unique.slice(0, MAX_UNKNOWNS);
  if (unique.length > shown.length) shown.push(`${unique.length - shown.length} more of these are not listed.`);
  return shown.map((text) => ({ stage, text }));
}
