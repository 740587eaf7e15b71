import { type Labels, METRIC_NAME, partialKey, withLabel, withoutName } from './labels.js';
import { outOfRangeQuantile } from './quantile.js';
import type { Sample } from './value.js';

interface Bucket {
  upperBound: number;
  count: number;
}

const BUCKET_LABEL = 'le';
const FLOAT = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)$/i;

/**
 * Quantile of classic histograms: one result for each set of labels apart from `le`.
 * Source: `promql/quantile.go` of Prometheus 2.42.
 */
export function histogramQuantile(q: number, samples: readonly Sample[]): Sample[] {
  const groups = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const upperBound = boundOf(labels[BUCKET_LABEL]);
    if (upperBound === undefined) continue;
    // The metric's name tells groups apart, though it isn't in the result.
    const key = `${labels[METRIC_NAME] ?? ''}\u0000${partialKey(labels, 'ignoring', [BUCKET_LABEL])}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { labels: withoutName(withLabel(labels, BUCKET_LABEL, '')), buckets: [] };
      groups.set(key, group);
    }
    group.buckets.push({ upperBound, count: value });
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(q, buckets) }));
}

/** The number of a bucket's `le`; undefined when it is missing or none. */
export function boundOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  return FLOAT.test(text) ? Number(text) : undefined;
}

function bucketQuantile(q: number, unsorted: readonly Bucket[]): number {
  const outside = outOfRangeQuantile(q);
  if (outside !== undefined) return outside;
  const buckets = monotonic([...unsorted].sort((left, right) => left.upperBound - right.upperBound));
  const last = buckets.at(-1);
  const beforeLast = buckets.at(-2);
  if (last?.upperBound !== Number.POSITIVE_INFINITY || beforeLast === undefined) return Number.NaN;
  if (last.count === 0) return Number.NaN;
  let rank = q * last.count;
  const found = buckets.slice(0, -1).findIndex(({ count }) => count >= rank);
  const bucket = buckets[found];
  if (bucket === undefined) return beforeLast.upperBound;
  const previous = buckets[found - 1];
  if (previous === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const start = previous?.upperBound ?? 0;
  const count = bucket.count - (previous?.count ?? 0);
  rank -= previous?.count ?? 0;
  return start + (bucket.upperBound - start) * (rank / count);
}

/** Adds up buckets with the same bound, then lifts each count to that of the bucket before. */
function monotonic(sorted: readonly Bucket[]): Bucket[] {
  const buckets: Bucket[] = [];
  for (const bucket of sorted) {
    const last = buckets.at(-1);
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count;
    else buckets.push({ ...bucket });
  }
  let most = buckets[0]?.count ?? Number.NaN;
  for (const bucket of buckets) {
    if (bucket.count > most) most = bucket.count;
    else if (bucket.count < most) bucket.count = most;
  }
  return buckets;
}
