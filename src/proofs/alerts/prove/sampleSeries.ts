import type { InputSeries } from '../scenario.js';
import { valueAt } from '../solve/timeline.js';

/** What a scrape reads: a value, a staleness marker, or nothing. */
export type Sample = number | 'stale' | undefined;

/**
 * What scrapes at ascending times read of a series. A staleness marker stands at the first scrape
 * that no longer finds it.
 *
 * @param times seconds since 1970
 * @param startsAt when the scenario starts, on which its phases count; nothing exists before
 */
export function sampleSeries(series: InputSeries, times: readonly number[], startsAt: number): Sample[] {
  let existed = false;
  return times.map((time) => {
    const value = time < startsAt ? undefined : valueAt(series.phases, time - startsAt, startsAt);
    const left = existed && value === undefined;
    existed = value !== undefined;
    return left ? 'stale' : tidy(value);
  });
}

/** Without the last digits of a binary fraction, which would make a progression look uneven. */
function tidy(value: number | undefined): number | undefined {
  return value === undefined || Number.isInteger(value) || !Number.isFinite(value)
    ? value
    : Number(value.toPrecision(14));
}
