import type { Expr, VectorSelector } from '../../../promql/ast.js';
import { matches } from '../../../promql/matchers.js';
import { selectorsOf } from '../../../promql/walk.js';
import type { World, WorldSeries } from '../world.js';
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
    .filter((series) => !selectors.some((selector) => selects(selector, series)));
  return new Map(unread.map(({ labels }) => [seriesName(labels), NOTE]));
}

function selects({ metric, matchers }: VectorSelector, { labels }: WorldSeries): boolean {
  return (
    (metric === undefined || labels.__name__ === metric) &&
    matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? ''))
  );
}
