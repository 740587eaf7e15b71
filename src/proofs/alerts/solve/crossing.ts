import type { Knob } from './knobs.js';

/** Two positions of a knob close to each other, one on each side of a threshold. */
export interface Crossing {
  fire: number;
  quiet: number;
}

/** Whether the condition holds at a position; undefined where it can't be told: something is divided by 0. */
export type Judge = (position: number) => boolean | undefined;

/** Share of a threshold by which the positions stay away from it. */
const MARGIN = 0.005;
const NEARLY = 1e-9;

/**
 * Positions on both sides of the place where a judgement changes: one unit apart for whole numbers,
 * else half a percent away from it on each side.
 *
 * @param from where the search begins; of several places the nearest is taken
 * @param guesses places where the judgement may change
 * @param units whether whole numbers are natural for this knob
 */
export function crossingOf(
  knob: Knob,
  from: number,
  judge: Judge,
  guesses: readonly number[],
  units: boolean,
): Crossing | undefined {
  for (const guess of guesses) {
    const found = Number.isFinite(guess) ? besides(knob, guess, judge, units) : undefined;
    if (found !== undefined) return found;
  }
  const start = judge(from);
  const below = knob.grid.filter((position) => position < from).reverse();
  const above = knob.grid.filter((position) => position > from);
  // A position that may be negative is tried there last.
  const paths = from > 0 ? [below.filter((position) => position >= 0), above] : [above, below];
  const all = [...paths, below.filter((position) => from > 0 && position < 0)];
  const bracket = bracketed(from, start, all, judge);
  return bracket === undefined ? undefined : narrowed(knob, bracket, judge, units);
}

function bracketed(
  from: number,
  start: boolean | undefined,
  paths: readonly (readonly number[])[],
  judge: Judge,
): Crossing | undefined {
  const last = paths.map(() => ({ position: from, truth: start }));
  const longest = Math.max(...paths.map((path) => path.length));
  for (let step = 0; step < longest; step += 1) {
    for (const [index, path] of paths.entries()) {
      const position = path[step];
      if (position === undefined) continue;
      const truth = judge(position);
      const before = last[index] as { position: number; truth: boolean | undefined };
      if (truth === undefined) continue;
      if (before.truth !== undefined && before.truth !== truth) {
        return truth ? { fire: position, quiet: before.position } : { fire: before.position, quiet: position };
      }
      last[index] = { position, truth };
      // Where it can't be told in the middle, what lies on its other side counts.
      const across =
        start === undefined ? last.find((one) => one.truth !== undefined && one.truth !== truth) : undefined;
      if (across !== undefined) {
        return truth ? { fire: position, quiet: across.position } : { fire: across.position, quiet: position };
      }
    }
  }
  return undefined;
}

function narrowed(knob: Knob, bracket: Crossing, judge: Judge, units: boolean): Crossing {
  for (const end of [bracket.fire, bracket.quiet]) {
    const found = knob.whole || changesAt(end, judge) ? besides(knob, end, judge, units) : undefined;
    if (found !== undefined) return found;
  }
  // In between there may be positions at which it can't be told: each side is narrowed on its own.
  const fire = edge(knob, bracket.fire, bracket.quiet, (position) => judge(position) === true);
  const quiet = edge(knob, bracket.quiet, fire, (position) => judge(position) === false);
  return besides(knob, (fire + quiet) / 2, judge, units) ?? { fire, quiet };
}

/** Whether a judgement changes at a position, rather than somewhere else between it and its tidy neighbours. */
function changesAt(position: number, judge: Judge): boolean {
  const near = Math.max(Math.abs(position) * 1e-3, 1e-6);
  const here = judge(position);
  return [position - near, position + near].some((beside) => {
    const there = judge(beside);
    return there !== undefined && there !== here;
  });
}

/** The position nearest to `towards` that is still like `from`. */
function edge(knob: Knob, from: number, towards: number, isAlike: (position: number) => boolean): number {
  let [inside, outside] = [from, towards];
  for (let step = 0; step < 60; step += 1) {
    const exact = (inside + outside) / 2;
    const middle = knob.whole ? Math.floor(exact) : exact;
    if (middle <= Math.min(inside, outside) || middle >= Math.max(inside, outside)) break;
    if (isAlike(middle)) inside = middle;
    else outside = middle;
    if (!knob.whole && Math.abs(inside - outside) <= 1e-7 * Math.abs(inside)) break;
  }
  return inside;
}

/** Tidy positions around a place where the judgement may change. */
function besides(knob: Knob, place: number, judge: Judge, units: boolean): Crossing | undefined {
  const rounded = Math.round(place);
  const isWhole = Math.abs(place - rounded) <= Math.max(NEARLY, Math.abs(place) * NEARLY);
  const pairs: [number, number][] = [];
  if (knob.whole) {
    const floor = Math.floor(isWhole ? rounded : place);
    if (isWhole) pairs.push([floor - 1, floor], [floor, floor + 1], [floor - 1, floor + 1]);
    else pairs.push([floor, floor + 1], [floor - 1, floor + 1], [floor, floor + 2]);
  } else {
    const at = isWhole ? rounded : Number(place.toPrecision(12));
    if (isWhole && (units || at === 0)) pairs.push([at - 1, at], [at, at + 1]);
    if (at === 0) pairs.push([-1, 1]);
    if (at !== 0) {
      const away = Math.abs(at) * MARGIN;
      const [low, high] = [Number((at - away).toPrecision(6)), Number((at + away).toPrecision(6))];
      pairs.push([low, high], [low, at], [at, high]);
    }
  }
  for (const [low, high] of pairs) {
    if (low < knob.least || high > knob.most || (low < 0 && high <= place && place >= 0)) continue;
    const [atLow, atHigh] = [judge(low), judge(high)];
    if (atLow === undefined || atHigh === undefined || atLow === atHigh) continue;
    return atLow ? { fire: low, quiet: high } : { fire: high, quiet: low };
  }
  return undefined;
}
