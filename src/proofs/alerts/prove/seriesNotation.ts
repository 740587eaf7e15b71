import type { Sample } from './sampleSeries.js';

/** Fewest values that are worth writing as a progression. */
const MIN_RUN = 3;

/**
 * Values in promtool's notation, as short as it allows: `5x9` for ten equal ones, `0+30x20` for
 * a progression, `_x10` for ten scrapes without a sample, `stale`.
 */
export function seriesNotation(samples: readonly Sample[]): string {
  const words: string[] = [];
  let at = 0;
  let end = samples.length;
  // Scrapes without a sample at the end say nothing.
  while (end > 0 && samples[end - 1] === undefined) end -= 1;
  while (at < end) {
    const sample = samples[at];
    const count =
      sample === undefined || sample === 'stale' ? equalRun(samples, at, end) : progression(samples, at, end);
    if (sample === 'stale') for (let index = 0; index < count; index += 1) words.push('stale');
    else if (sample === undefined) words.push(count === 1 ? '_' : `_x${count}`);
    else if (count < MIN_RUN) words.push(...samples.slice(at, at + count).map((value) => number(value as number)));
    else {
      const step = stepOf(sample, samples[at + 1] as number);
      const times = `x${count - 1}`;
      if (step === 0 || Number.isNaN(step)) words.push(`${number(sample)}${times}`);
      else words.push(`${number(sample)}${step < 0 ? '-' : '+'}${number(Math.abs(step))}${times}`);
    }
    at += count;
  }
  return words.join(' ');
}

/** A series as promtool writes it, `name{label="value"}`. */
export function seriesName(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}

function equalRun(samples: readonly Sample[], from: number, end: number): number {
  let to = from + 1;
  while (to < end && samples[to] === samples[from]) to += 1;
  return to - from;
}

function progression(samples: readonly Sample[], from: number, end: number): number {
  const first = samples[from] as number;
  const second = samples[from + 1];
  if (from + 1 >= end || typeof second !== 'number') return 1;
  const step = stepOf(first, second);
  if (!Number.isFinite(step)) return Object.is(first, second) ? equalRun(samples, from, end) : 1;
  // promtool adds the step up, and so rounds at each of them.
  let sum = first;
  let to = from + 1;
  for (; to < end; to += 1) {
    sum += step;
    const value = samples[to];
    if (typeof value !== 'number' || Math.abs(value - sum) > 1e-11 * Math.max(Math.abs(value), Math.abs(step))) break;
    if (step === 0 && value !== first) break;
  }
  // A pair that happens to lie before the progression proper belongs to no run.
  return to - from < MIN_RUN ? 1 : to - from;
}

function stepOf(first: number, second: number): number {
  const step = second - first;
  return Number.isInteger(step) ? step : Number(step.toPrecision(12));
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  return String(value);
}
