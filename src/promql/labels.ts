/** Labels of a series or sample, with or without `__name__`. No value is empty. */
export type Labels = Readonly<Record<string, string>>;

export const METRIC_NAME = '__name__';
export const NO_LABELS: Labels = Object.freeze({});

const keys = new WeakMap<Labels, string>();
const nameless = new WeakMap<Labels, Labels>();

/** Equal for equal label sets, and for no others. */
export function labelKey(labels: Labels): string {
  const known = keys.get(labels);
  if (known !== undefined) return known;
  const key = pairs(labels, Object.keys(labels).sort());
  keys.set(labels, key);
  return key;
}

/** Key of the labels with one of the given names (which are sorted), or of those with another name. */
export function partialKey(labels: Labels, mode: 'on' | 'ignoring', names: readonly string[]): string {
  if (mode === 'on') return pairs(labels, names);
  const rest = Object.keys(labels).filter((name) => name !== METRIC_NAME && !names.includes(name));
  return pairs(labels, rest.sort());
}

function pairs(labels: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined) key += `${name}\u0001${value}\u0002`;
  }
  return key;
}

/** The same object for the same labels, so that keys are made once. */
export function withoutName(labels: Labels): Labels {
  if (labels[METRIC_NAME] === undefined) return labels;
  const known = nameless.get(labels);
  if (known !== undefined) return known;
  const { [METRIC_NAME]: _, ...rest } = labels;
  nameless.set(labels, rest);
  return rest;
}

/** A copy with one label set, or removed when the value is empty. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const { [name]: _, ...rest } = labels;
  return value === '' ? rest : { ...rest, [name]: value };
}

/** Only the labels with the given names. */
export function keepLabels(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

export function dropLabels(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** As people and promtool write it: `name{a="b", c="d"}`. */
export function labelText(labels: Labels): string {
  const rest = Object.keys(labels)
    .filter((name) => name !== METRIC_NAME)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `${labels[METRIC_NAME] ?? ''}{${rest.join(', ')}}`;
}
