/** For sorting: NaN before all numbers. */
export function compareNumbers(left: number, right: number): number {
  if (Number.isNaN(left)) return Number.isNaN(right) ? 0 : -1;
  if (Number.isNaN(right)) return 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A quantile outside 0 to 1, as Prometheus answers for it; undefined within. */
export function outOfRangeQuantile(q: number): number | undefined {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  return q > 1 ? Number.POSITIVE_INFINITY : undefined;
}

/** Quantile by linear interpolation between the two nearest values. NaN for no values. */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const outside = outOfRangeQuantile(q);
  if (outside !== undefined) return outside;
  const sorted = [...values].sort(compareNumbers);
  const rank = q * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[lower] ?? Number.NaN) * (1 - weight) + (sorted[upper] ?? Number.NaN) * weight;
}
