/**
 * What one input series does from a moment on. A form holds until the next phase of its series
 * begins. Values are what a scrape would read at that moment, so a scenario can be sampled at any
 * interval and offset.
 */
export type Form =
  /** Stays at a value. */
  | { kind: 'level'; value: number }
  /** Continues from the value so far (0 when there is none, or `start`) by so much a second. */
  | { kind: 'slope'; perSecond: number; start?: number }
  /** Rises by `by` each `every` seconds, from the value so far (0 when there is none, or `start`): rare events. */
  | { kind: 'steps'; by: number; every: number; start?: number }
  /** Takes the values in turn, each for `every` seconds. */
  | { kind: 'cycle'; values: readonly number[]; every: number }
  /** A timestamp: the time of the scrape less `age` seconds, since 1970, times `unit` (1000: milliseconds). */
  | { kind: 'clock'; age: number; unit: number }
  /** Isn't scraped: no sample, and a staleness marker where it begins. */
  | { kind: 'absent' };

export interface Phase {
  /** Seconds since the scenario's start. */
  from: number;
  form: Form;
}

export interface InputSeries {
  /** With `__name__`. */
  labels: Readonly<Record<string, string>>;
  /** Ascending; before the first one the series doesn't exist. */
  phases: readonly Phase[];
}
