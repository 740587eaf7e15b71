import type { Expr } from '../../../promql/ast.js';
import { valueTypeOf, walk } from '../../../promql/walk.js';
import { constantOf } from './constantOf.js';
import { type Dimension, isContinuous, lapseRound, type Setting, type Source } from './sources.js';
import type { Settings } from './trial.js';

/** Something that can be turned to make a condition true or false. */
export interface Knob {
  /** Indices of the sources that it turns. */
  sources: readonly number[];
  dimension: Dimension;
  /** The settings with the knob turned to a position. */
  apply(settings: Settings, position: number): Settings;
  /** The position at which the knob stands, or the one of its grid that comes nearest. */
  read(settings: Settings): number;
  /** Takes whole numbers only. */
  whole: boolean;
  least: number;
  most: number;
  /** Ascending. */
  grid: readonly number[];
}

const POWERS = Array.from({ length: 22 }, (_, index) => 10 ** (index - 6));

/** Numbers that a query names, with what constant arithmetic makes of them. */
export function constantsOf(query: Expr): number[] {
  const found = new Set<number>();
  walk(query, (expr) => {
    if (valueTypeOf(expr) !== 'scalar') return;
    const value = constantOf(expr);
    if (value !== undefined && Number.isFinite(value)) found.add(value);
  });
  return [...found];
}

/** What can be turned in one dimension of some sources that are alike, all of them together. */
export function knob(
  source: Source,
  indices: readonly number[],
  dimension: Dimension,
  constants: readonly number[],
  scrapeInterval: number,
): Knob {
  const made = (
    whole: boolean,
    least: number,
    most: number,
    grid: readonly number[],
    settingAt = (position: number) => position,
  ): Knob => ({
    sources: indices,
    dimension,
    apply: (settings, position) =>
      settings.map((setting, index) =>
        indices.includes(index) ? changed(setting, dimension, settingAt(position)) : setting,
      ),
    read: (settings) => {
      const value = (settings[indices[0] as number] as Setting)[dimension];
      if (settingAt(value) === value) return value;
      const distance = (position: number) => Math.abs(settingAt(position) - value);
      return grid.reduce((best, position) => (distance(position) < distance(best) ? position : best), grid[0] ?? value);
    },
    whole,
    least,
    most,
    grid: [...new Set(grid.map((value) => (whole ? Math.round(value) : value)))]
      .filter((value) => value >= least && value <= most)
      .sort((a, b) => a - b),
  });
  const near = constants.flatMap((value) => [value, value - 1, value + 1, value * 0.99, value * 1.01]);
  const both = [...POWERS, ...POWERS.map((power) => -power)];
  switch (dimension) {
    case 'level':
      if (source.metric === 'up') return made(true, 0, 1, [0, 1]);
      if (source.kind === 'info') return made(true, 0, 1, [0, 1]);
      return source.kind === 'counter'
        ? made(!isContinuous(source.metric), 0, 1e15, [0, 1, 2, ...near, ...POWERS])
        : made(false, source.mayBeNegative ? -1e15 : 0, 1e15, [0, 1, 2, 3, ...near, ...both]);
    case 'growth': {
      const perScrape = constants.flatMap((value) => [value * scrapeInterval, value]);
      if (source.kind !== 'counter') {
        return made(false, -1e15, 1e15, [0, ...perScrape, ...perScrape.map((value) => -value), ...both]);
      }
      if (isContinuous(source.metric)) return made(false, 0, 1e15, [0, 1, 2, 3, 5, ...perScrape, ...POWERS]);
      // Below one in each scrape a counter grows by one every so many scrapes, and at last not at all.
      const rarest = rarestOf(source, scrapeInterval);
      const grid = [
        1,
        2,
        3,
        5,
        ...perScrape,
        ...POWERS.filter((power) => power >= 1),
        ...rarest.map((beat) => 2 - beat),
      ];
      const least = 1 - (rarest.at(-1) as number);
      return made(true, least, 1e15, [least, ...grid], (position) =>
        position >= 1 ? position : position === least ? 0 : 1 / (2 - position),
      );
    }
    case 'age': {
      const ages = [...constants, ...constants.map((value) => -value)];
      return made(false, -1e9, 1e9, [
        0,
        1,
        30,
        ...ages.flatMap((value) => [value * 0.99, value, value * 1.01]),
        ...both,
      ]);
    }
    case 'beat': {
      const rarest = rarestOf(source, scrapeInterval);
      const least = -(rarest.at(-1) as number) - 1;
      return made(true, least, -1, [least, ...rarest.map((beat) => -beat)], (position) =>
        position === least ? 0 : -position,
      );
    }
    case 'swing':
      return made(false, 0, 1e15, [0, ...near, ...POWERS]);
    case 'location':
      return made(false, 0, 1e15, [0, ...near, ...POWERS]);
    case 'volume':
      return made(true, 0, 1e9, [0, 1, 10, 100, 1000, 10_000, 100_000]);
    case 'beyond':
      return made(true, 0, source.base.volume, [0, 1, 10, 100, 1000, 5000, source.base.volume]);
    case 'present':
      return made(true, 0, 1, [0, 1]);
    case 'lapse': {
      const most = lapseRound(source, scrapeInterval);
      return made(
        true,
        0,
        most,
        Array.from({ length: most + 1 }, (_, lapse) => lapse),
      );
    }
  }
}

/** Numbers of scrapes between two events, up to so many that few windows see one. */
function rarestOf(source: Source, scrapeInterval: number): number[] {
  const range = Math.max(0, ...source.templates.map(({ reading }) => reading.range + reading.spread));
  // So that a window always sees at least one of them, wherever it begins.
  const most = Math.max(1, Math.floor((0.8 * range) / scrapeInterval));
  const beats = Array.from({ length: 24 }, (_, step) => Math.round(most ** (step / 23)));
  return [...new Set([...beats, most])].filter((beat) => beat >= 1).sort((a, b) => a - b);
}

function changed(setting: Setting, dimension: Dimension, value: number): Setting {
  const own = { ...setting, [dimension]: value };
  return dimension === 'swing' ? { ...own, beat: value === 0 ? 0 : 1 } : own;
}

/** How many of several sources that are alike have one value of a dimension, while the others have another. */
export function portion(indices: readonly number[], dimension: Dimension, some: number, others: number): Knob {
  const most = indices.length;
  const isSome = (setting: Setting) => setting[dimension] === some;
  return {
    sources: indices,
    dimension,
    whole: true,
    least: dimension === 'present' && some === 1 ? 1 : 0,
    most,
    grid: Array.from({ length: most + 1 }, (_, count) => count),
    apply: (settings, position) =>
      settings.map((setting, index) => {
        const order = indices.indexOf(index);
        return order < 0 ? setting : { ...setting, [dimension]: order < position ? some : others };
      }),
    read: (settings) => indices.filter((index) => isSome(settings[index] as Setting)).length,
  };
}
