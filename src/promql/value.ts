import { EvaluationError } from './errors.js';
import { type Labels, labelKey, labelText } from './labels.js';

export interface Sample {
  labels: Labels;
  value: number;
}

/** Result of a query at one moment. */
export type Value =
  | { type: 'scalar'; value: number }
  | { type: 'vector'; samples: readonly Sample[] }
  | { type: 'string'; value: string };

/** The samples of one series within a range: those from `from` up to, not including, `to`. Never empty. */
export interface Window {
  labels: Labels;
  /** Milliseconds. */
  times: readonly number[];
  values: readonly number[];
  from: number;
  to: number;
}

/**
 * Checks that no label set is there twice.
 *
 * @throws EvaluationError when one is, as Prometheus does for most results.
 */
export function distinct(samples: readonly Sample[]): readonly Sample[] {
  const [first, second] = samples;
  if (first === undefined || second === undefined) return samples;
  const seen = new Set<string>();
  for (const { labels } of samples) {
    const key = labelKey(labels);
    if (seen.has(key)) {
      throw new EvaluationError(`vector cannot contain metrics with the same labelset: ${labelText(labels)}`);
    }
    seen.add(key);
  }
  return samples;
}
