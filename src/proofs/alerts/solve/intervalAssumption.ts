import type { Expr } from '../../../promql/ast.js';
import { formatDuration } from '../../../promql/duration.js';
import { walk } from '../../../promql/walk.js';
import type { AlertProblem, Assumption } from '../world.js';

/** The scrape interval that is taken for granted, where a query reads ranges of samples. */
export function intervalAssumption(
  { scrapeInterval, scrapeIntervalKnown }: Pick<AlertProblem, 'scrapeInterval' | 'scrapeIntervalKnown'>,
  query: Expr,
): Assumption[] {
  if (scrapeIntervalKnown) return [];
  let readsRange = false;
  walk(query, ({ kind }) => {
    readsRange ||= kind === 'matrix' || kind === 'subquery';
  });
  const text = `scraped every ${formatDuration(scrapeInterval)}`;
  return readsRange ? [{ about: 'interval', text, status: 'assumed' }] : [];
}
