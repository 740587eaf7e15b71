import { readYaml, type YamlNode } from '../../lifecycle/yamlDocument.js';
import type { RuleContext } from '../rule.js';

const SEED_KEYS = new Set(['seed', 'random_state', 'random_seed']);

/** What a seed is when the repository names none. */
const DEFAULT_SEED = '42';

/**
 * The seed to write into a module: the whole number that the nearest `params.yaml` (in the module's
 * folder or one above it) has under `seed`, `random_state` or `random_seed`, where it has exactly
 * one; else 42.
 */
export function seedFor(modulePath: string, context: RuleContext): string {
  const folders = modulePath.split('/').slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const text = context.snapshot.text([...folders.slice(0, depth), 'params.yaml'].join('/'));
    if (text === undefined) continue;
    const reading = readYaml(text);
    if ('reason' in reading) return DEFAULT_SEED;
    const seeds = new Set(reading.documents.flatMap((document) => seedsIn(document)));
    return seeds.size === 1 ? ([...seeds][0] as string) : DEFAULT_SEED;
  }
  return DEFAULT_SEED;
}

function seedsIn(node: YamlNode): string[] {
  return node.pairs().flatMap(({ key, value }) => {
    if (!value) return [];
    if (value.isMap) return seedsIn(value);
    const text = value.text ?? '';
    return SEED_KEYS.has(key) && /^\d{1,9}$/.test(text) ? [text] : [];
  });
}
