import type { Expr } from '../../../promql/ast.js';
import { selectorsOf, walk } from '../../../promql/walk.js';

/** Functions of native histograms alone. */
const OF_NATIVE: ReadonlySet<string> = new Set([
  'histogram_count',
  'histogram_sum',
  'histogram_avg',
  'histogram_fraction',
  'histogram_stddev',
  'histogram_stdvar',
]);
/** Endings of a classic histogram's series, and what recorded metrics have in their names. */
const CLASSIC = /_(bucket|count|sum|total)$|:/;
/** The first release whose tests can be given series of native histograms (its change log; prometheus#12668). */
const SINCE = '2.48';

/**
 * Why a query that reads native histograms can't be shown: they have no buckets with `le`, so that nothing
 * that holds of classic ones may be said of them.
 */
export function nativeHistogramsIn(query: Expr): string | undefined {
  let found: string | undefined;
  walk(query, (expr) => {
    if (expr.kind !== 'call') return;
    const isQuantile = expr.function === 'histogram_quantile';
    if (!isQuantile && !OF_NATIVE.has(expr.function)) return;
    const native = selectorsOf(expr).find(
      ({ metric, matchers }) =>
        metric !== undefined && !CLASSIC.test(metric) && !matchers.some(({ label }) => label === 'le'),
    );
    if (isQuantile && native === undefined) return;
    found ??=
      `needs promtool ≥ ${SINCE}: ${expr.function} reads ${native?.metric ?? 'native histograms'}, ` +
      `by its use a native histogram, and series of those aren't worked out here`;
  });
  return found;
}
