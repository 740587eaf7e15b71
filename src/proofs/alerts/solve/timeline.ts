import { type Series, STALE } from '../../../promql/seriesStore.js';
import type { InputSeries, Phase } from '../scenario.js';

/** A stretch of time in which samples are wanted, and how far apart. Seconds since the scenario's start. */
export interface SampledStretch {
  from: number;
  to: number;
  step: number;
}

/** Value of a series at a moment; undefined where it isn't scraped. */
export function valueAt(phases: readonly Phase[], at: number, startsAt: number): number | undefined {
  let value: number | undefined;
  for (const [index, phase] of phases.entries()) {
    if (phase.from > at) break;
    const next = phases[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    const until = Math.min(at, next);
    const { form } = phase;
    switch (form.kind) {
      case 'level':
        value = form.value;
        break;
      case 'slope':
        value = (form.start ?? value ?? 0) + form.perSecond * (until - phase.from);
        break;
      case 'steps':
        value = (form.start ?? value ?? 0) + form.by * Math.floor((until - phase.from) / form.every + 1e-9);
        break;
      case 'cycle': {
        const turns = Math.floor((until - phase.from) / form.every + 1e-9);
        value = form.values[turns % form.values.length];
        break;
      }
      case 'clock':
        value = (startsAt + until - form.age) * form.unit;
        break;
      case 'absent':
        if (at < next) return undefined;
        break;
    }
  }
  return value;
}

/** Moments of scrapes within the stretches, ascending. */
export function scrapesOf(stretches: readonly SampledStretch[]): number[] {
  const moments = new Set<number>();
  for (const { from, to, step } of stretches) {
    const last = Math.floor(to / step + 1e-9);
    for (let count = Math.max(0, Math.ceil(from / step - 1e-9)); count <= last; count += 1) moments.add(count * step);
  }
  return [...moments].sort((a, b) => a - b);
}

/** Samples of a series at the given scrapes, with a staleness marker where it stops being scraped. */
export function sampled(series: InputSeries, scrapes: readonly number[], startsAt: number): Series {
  const times: number[] = [];
  const values: (number | typeof STALE)[] = [];
  let wasThere = false;
  for (const at of scrapes) {
    const value = valueAt(series.phases, at, startsAt);
    if (value !== undefined || wasThere) {
      times.push(startsAt + at);
      values.push(value ?? STALE);
    }
    wasThere = value !== undefined;
  }
  return { labels: series.labels, times, values };
}
