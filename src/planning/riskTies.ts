import type { Component, LifecycleMap } from '../contract/lifecycle.js';
import type { Risk } from '../contract/risk.js';

/** What a risk is tied to by the lifecycle map. */
export interface RiskTies {
  /** Components at the risk's place, or with its subject's name in its file. */
  components: Component[];
  /** Names of components one edge away, for example the alerts that a receiver gets. */
  neighbours: string[];
  /** Models that it concerns; empty where that can't be told. */
  models: string[];
  /** Set when the model was concluded only from there being no other. */
  onlyModel: boolean;
}

/** Models that the policy or the map names. */
export function knownModels(map: LifecycleMap, models: readonly string[]): string[] {
  return [...new Set([...models, ...map.components.flatMap((component) => component.model ?? [])])].sort();
}

/**
 * Ties a risk to models. In order: the models of the components at its place, of those one edge
 * away, a known model that its subject is or its path spells (`src/fraud_scorer/train.py` for
 * `fraud-scorer`); and where nothing is found and there is only one known model, that one.
 */
export function tiesOf(risk: Risk, map: LifecycleMap, known: readonly string[]): RiskTies {
  const components = map.components.filter(
    (component) =>
      component.path === risk.path &&
      ((component.lines.start <= risk.line && risk.line <= component.lines.end) || component.name === risk.subject),
  );
  const ids = new Set(components.map((component) => component.id));
  const neighbourIds = new Set<string>();
  for (const edge of map.edges) {
    if (ids.has(edge.from)) neighbourIds.add(edge.to);
    if (ids.has(edge.to)) neighbourIds.add(edge.from);
  }
  const neighbours = map.components.filter((component) => neighbourIds.has(component.id) && !ids.has(component.id));
  const models = new Set<string>();
  for (const component of components) if (component.model !== undefined) models.add(component.model);
  if (models.size === 0)
    for (const component of neighbours) if (component.model !== undefined) models.add(component.model);
  if (models.size === 0) {
    for (const model of known) if (spells(risk.subject, model) || spells(risk.path, model)) models.add(model);
  }
  const onlyModel = models.size === 0 && known.length === 1;
  if (onlyModel) models.add(known[0] as string);
  return {
    components,
    neighbours: neighbours.map((component) => component.name),
    models: [...models].sort(),
    onlyModel,
  };
}

/** Whether the words of a name stand one after the other in a text: `fraud-scorer` in `src/fraud_scorer/train.py`. */
export function spells(text: string, name: string): boolean {
  const needle = words(name);
  return needle !== '' && ` ${words(text)} `.includes(` ${needle} `);
}

function words(text: string): string {
  return text
    .slice(0, 4096)
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ');
}
