import type { Component } from '../contract/lifecycle.js';

/** Main components of one stage and project (or model). */
export const MAIN_COMPONENTS = 12;

/** Kinds that speak for a stage, the most telling first; what isn't listed stands between. */
const FIRST = [
  /^(training script|registration script|model service|KServe InferenceService|SeldonDeployment|Argo Rollout|drift check|alert rule|Alertmanager configuration)$/,
  /^(DVC stage|training workflow|training job|registered artifact|deployment workflow|Deployment|StatefulSet|Prometheus configuration|monitoring|drift|exported metric)|pipeline|DAG|flow|endpoint|AWS::SageMaker|Terraform aws_sagemaker/i,
];
/** Helpers: what another component starts, or repeats for another environment. */
const LAST =
  /Makefile target|shell script|notebook|Kustomize overlay|recording rule|Alertmanager receiver|Compose service|AnalysisTemplate|data validation/;

/** Weight of a helper, after all others. */
const HELPER = 4;
/** Rounds by which a helper comes after the first of every other kind. */
const HELPER_DELAY = 3;

/**
 * Marks all but the main components of each stage and project as details. The main ones are the first
 * of each kind, then the second of each, and so on, one file after the other and helpers later.
 */
export function markDetails(components: readonly Component[]): void {
  const lanes = new Map<string, Component[]>();
  for (const component of components) {
    const lane = `${component.stage}\0${component.project ?? ''}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), component]);
  }
  for (const lane of lanes.values()) {
    if (lane.length <= MAIN_COMPONENTS) continue;
    for (const component of ranked(lane).slice(MAIN_COMPONENTS)) component.detail = true;
  }
}

function ranked(lane: readonly Component[]): Component[] {
  const inFile = counter();
  const turns = lane.map((component, order) => ({
    component,
    order,
    turn: inFile(`${component.kind}\0${component.path}`),
    weight: weightOf(component),
  }));
  turns.sort((a, b) => a.turn - b.turn || a.weight - b.weight || a.order - b.order);
  const ofKind = counter();
  const rounds = turns.map((entry) => {
    const delay = entry.weight === HELPER ? HELPER_DELAY : 0;
    return { ...entry, round: ofKind(entry.component.kind) + delay };
  });
  rounds.sort((a, b) => a.round - b.round || a.weight - b.weight || a.order - b.order);
  return rounds.map(({ component }) => component);
}

/** Counts how often a key was asked for before. */
function counter(): (key: string) => number {
  const seen = new Map<string, number>();
  return (key) => {
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return count;
  };
}

/** Files that try or measure a model. */
const TRIALS = /(^|[_-])(smoke|examples?|demo|bench\w*|backtest\w*|experiment\w*|tests?)([_.-]|$)/i;

function weightOf({ kind, path }: Component): number {
  const first = FIRST.findIndex((pattern) => pattern.test(kind));
  if (LAST.test(kind) || TRIALS.test(path.slice(path.lastIndexOf('/') + 1))) return HELPER;
  return first === -1 ? FIRST.length : first;
}
