import type { Expr } from '../../../promql/ast.js';
import { selects } from '../../../promql/matchers.js';
import { selectorsOf } from '../../../promql/walk.js';
import type { World } from '../world.js';
import { seriesName } from './seriesNotation.js';

const NOTE = 'must not be matched';

/**
 * Comments for series that are there only to be left alone: no selector of the queries may read them.
 *
 * @returns series as tests name them → comment
 */
export function decoyNotes(worlds: readonly World[], queries: readonly Expr[]): Map<string, string> {
  const selectors = queries.flatMap(selectorsOf);
  const unread = worlds
    .flatMap(({ series }) => series)
    .filter((series) => !selectors.some((selector) => selects(selector, series.labels)));
  return new Map(unread.map(({ labels }) => [seriesName(labels), NOTE]));
}
