import type { EncodedPath } from '../../contract/encodedPath.js';
import type { PythonCondition, PythonModule, PythonValue } from '../../lifecycle/facts.js';
import { readYaml, type YamlNode } from '../../lifecycle/yamlDocument.js';
import type { RuleContext } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { nameWords } from './nameWords.js';

/** A number that the repository itself states as a bound. */
export interface StatedBound {
  /** Words of the name under which it stands: `gates.auc.threshold` gives `gates`, `auc`, `threshold`. */
  words: string[];
  value: number;
  /** `min`: what is below it is refused; `max`: what is above. Unset where the name doesn't say. */
  side?: 'min' | 'max';
  path: EncodedPath;
  line: number;
}

/** Words that make a number a bound. */
const BOUND = /^(min|minimum|floor|max|maximum|ceiling|limit|threshold|slo|sla)$/;
const LEAST = /^(min|minimum|floor)$/;
const MOST = /^(max|maximum|ceiling|limit)$/;
/** Words of bounds on a difference or on something else than a live value. */
const OTHER =
  /^(delta|diff|difference|drop|improvement|improve|gain|lift|tolerance|margin|weight|iter|iterations|epochs?|depth|samples?|size|retries|early|stopping|decision|classification|probability|proba)$/;
const YAML = /\.ya?ml$/i;
/** Files of other formats, whose numbers are no bounds on a model. */
const MOST_FILES = 200;
const MOST_BOUNDS = 500;
const DEPTH = 8;

/**
 * Bounds by their names: keys of YAML configuration and constants of Python modules that are called
 * minimum, maximum, threshold or the like, gates in the form `metrics: [{name, direction, threshold}]`,
 * and comparisons with a number at which code stops. Sorted by path and line.
 */
export function statedBounds(context: RuleContext): StatedBound[] {
  const found = [...yamlBounds(context), ...context.facts.pythonModules.flatMap(pythonBounds)];
  return found
    .filter(({ words, value }) => Number.isFinite(value) && !words.some((word) => OTHER.test(word)))
    .slice(0, MOST_BOUNDS);
}

function* yamlBounds({ snapshot, facts }: RuleContext): Generator<StatedBound> {
  const taken = new Set([
    ...facts.ruleFiles.map(({ path }) => path),
    ...facts.alertmanagerConfigs.map(({ path }) => path),
    ...facts.prometheusConfigs.map(({ path }) => path),
    ...facts.githubWorkflows.map(({ path }) => path),
    ...facts.composeFiles.map(({ path }) => path),
    ...facts.kubernetesObjects.map(({ path }) => path),
  ]);
  const paths = snapshot.entries
    .map(({ path }) => path)
    .filter((path) => YAML.test(path) && !taken.has(path) && isScanned(path) && !isOtherEnvironment(path))
    .slice(0, MOST_FILES);
  for (const path of paths) {
    const text = snapshot.text(path);
    if (text === undefined || !/threshold|min|max|floor|ceiling|limit|slo|sla/i.test(text)) continue;
    const reading = readYaml(text);
    if ('reason' in reading) continue;
    for (const document of reading.documents) yield* boundsBelow(document, [], path);
  }
}

function* boundsBelow(node: YamlNode, keys: readonly string[], path: EncodedPath): Generator<StatedBound> {
  if (keys.length > DEPTH) return;
  if (node.isSequence) {
    for (const item of node.items()) yield* boundsBelow(item, keys, path);
    return;
  }
  const name = node.get('name')?.text;
  const direction = node.get('direction')?.text;
  for (const { key, value } of node.pairs()) {
    if (value === undefined) continue;
    const number = value.number;
    if (number === undefined) {
      yield* boundsBelow(value, [...keys, key], path);
      continue;
    }
    // In a list of gates the item's name is the measure's; elsewhere the key and the one above it name the number.
    const words = nameWords([...(name === undefined ? keys.slice(-1) : [name]), key].join('.'));
    if (!words.some((word) => BOUND.test(word))) continue;
    const side = direction === 'higher' ? 'min' : direction === 'lower' ? 'max' : sideOf(words);
    yield { words, value: number, ...(side === undefined ? {} : { side }), path, line: value.line };
  }
}

function pythonBounds(module: PythonModule): StatedBound[] {
  if (!isScanned(module.path)) return [];
  const constants = module.assignments.flatMap(({ targets, value, scope, line }): StatedBound[] => {
    const [target, another] = targets;
    if (scope !== '' || target === undefined || another !== undefined || value.kind !== 'number') return [];
    const words = nameWords(target);
    const side = sideOf(words);
    if (!words.some((word) => BOUND.test(word))) return [];
    return [{ words, value: value.value, ...(side === undefined ? {} : { side }), path: module.path, line }];
  });
  return [...constants, ...module.comparisons.flatMap((comparison) => stoppingBound(module, comparison))];
}

/** A comparison of a name with a number, on one side of which the code stops. */
function stoppingBound(module: PythonModule, comparison: PythonModule['comparisons'][number]): StatedBound[] {
  const { operator, left, right, reads, line, scope, range } = comparison;
  if (operator !== '<' && operator !== '<=' && operator !== '>' && operator !== '>=') return [];
  const condition = module.conditions.find(
    (each) => each.scope === scope && each.range.start <= range.start && range.end <= each.range.end,
  );
  const stops = condition === undefined ? undefined : stopsWhenTrue(condition);
  if (stops === undefined) return [];
  const [value, isRight] = right.kind === 'number' ? [right.value, true] : [numberOf(left), false];
  if (value === undefined || (isRight && left.kind === 'number')) return [];
  const isLess = operator.startsWith('<') === isRight;
  // `value < bound` that stops, or `value >= bound` without which it stops: the bound is a minimum.
  const side = isLess === stops ? 'min' : 'max';
  return [{ words: reads.flatMap(nameWords), value, side, path: module.path, line }];
}

function stopsWhenTrue({ kind, stops, elseStops, text }: PythonCondition): boolean | undefined {
  // Of a condition with several parts it can't be told which one decides.
  if (/\b(and|or|not)\b/.test(text)) return undefined;
  if (kind === 'assert') return false;
  if (stops !== elseStops) return stops;
  return undefined;
}

function numberOf(value: PythonValue): number | undefined {
  return value.kind === 'number' ? value.value : undefined;
}

function sideOf(words: readonly string[]): 'min' | 'max' | undefined {
  if (words.some((word) => LEAST.test(word))) return 'min';
  return words.some((word) => MOST.test(word)) ? 'max' : undefined;
}
