import type { Expr } from '../../../promql/ast.js';
import { matches, selects } from '../../../promql/matchers.js';
import { walk } from '../../../promql/walk.js';
import type { Form } from '../scenario.js';
import type { AlertProblem, World, WorldSeries } from '../world.js';
import { DecoyTrial } from './decoyTrial.js';
import { atThreshold, edgesOf } from './edgeWorlds.js';
import { addMatcherDecoys, groupingLabelsOf, selectorsIn } from './matcherDecoys.js';
import { alternativesOf, another, splitsOf } from './splitSeries.js';
import type { Timeline } from './timeline.js';

/**
 * Makes a world in which a rule that reads a little more, joins a little wider or aggregates in another
 * way gives itself away. Each change stays only when the result of the query, by our own evaluator, is
 * what it is without:
 * - the healthy value is put at the threshold itself;
 * - what is aggregated is split into unequal members;
 * - for each matcher, bad series that only this matcher keeps out;
 * - for each label by which the query groups or joins, healthy twins that differ in this label alone, and
 *   bad ones that one comparison keeps out;
 * - for each alternative that a matcher names, series that fire too.
 *
 * @returns the world, after it those with fewer changes, for when promtool minds them; the world as given last
 */
export function withDecoys(world: World, problem: AlertProblem, timeline: Timeline): World[] {
  const worlds: World[] = [];
  const trial = new DecoyTrial(world, problem, timeline);
  const exact = atThreshold(world, trial.queries.some(isSummed));
  if (exact !== undefined && trial.replace(exact)) worlds.push(decorate(trial, problem, 'all'));
  const inexact = new DecoyTrial(world, problem, timeline);
  worlds.push(decorate(inexact, problem, 'all'));
  if (inexact.sharesGrowth) worlds.push(decorate(new DecoyTrial(world, problem, timeline), problem, 'values'));
  return worlds.at(-1) === world ? worlds : [...worlds, world];
}

function decorate(trial: DecoyTrial, problem: AlertProblem, shared: 'values' | 'all'): World {
  const { best: world, queries } = trial;
  for (const ways of splitsOf(queries, trial.scrape)) ways.some((split) => trial.split(split, shared));
  addMatcherDecoys(trial, problem);
  for (const decoys of twins(trial.best, problem, 2, (series) => series.healthy)) trial.add(decoys);
  let order = 3;
  for (const edge of edgesOf(queries)) {
    const isRead = (series: WorldSeries) => edge.reads(series) !== undefined;
    const form = (series: WorldSeries) => edge.reads(series) ?? series.firing;
    if (twins(world, problem, order, form, isRead).some((decoys) => trial.add(decoys))) order += 1;
  }
  for (const witnesses of alternatives(world, problem)) trial.add(witnesses, 'more');
  return trial.best;
}

/**
 * For each label by which the query groups or joins, copies of a world's series with another value of it.
 *
 * @param order which neighbour they are
 * @param form what a copy reads for good
 * @param isMeant which series must be among them; default any
 */
function twins(
  world: World,
  problem: AlertProblem,
  order: number,
  form: (series: WorldSeries) => Form,
  isMeant: (series: WorldSeries) => boolean = () => true,
): WorldSeries[][] {
  const matchers = selectorsIn(problem).flatMap((selector) => selector.matchers);
  return groupingLabelsOf(problem).flatMap((label) => {
    const own = matchers.filter((matcher) => matcher.label === label);
    const copied = world.series.flatMap((series): WorldSeries[] => {
      const value = series.labels[label];
      const steady = form(series);
      if (value === undefined || steady.kind === 'absent') return [];
      const other = another(value, order);
      if (own.some((matcher) => matches(matcher, value) !== matches(matcher, other))) return [];
      return [
        { ...series, labels: { ...series.labels, [label]: other }, role: 'context', healthy: steady, firing: steady },
      ];
    });
    return copied.some(isMeant) ? [copied] : [];
  });
}

/** For each further alternative that a matcher names, a copy of the series that carry the condition. */
function alternatives(world: World, problem: AlertProblem): WorldSeries[][] {
  return selectorsIn(problem).flatMap((selector) =>
    selector.matchers.flatMap(({ label, operator, value }) => {
      if (operator !== '=~') return [];
      const carriers = world.series.filter((series) => series.role === 'carrier' && selects(selector, series.labels));
      return alternativesOf(value)
        .slice(0, MOST_ALTERNATIVES)
        .map((other) => {
          const replaced = new Set(carriers.map((series) => series.labels[label]));
          replaced.delete(other);
          const copied = world.series.filter(
            (series) => series.labels[label] !== undefined && replaced.has(series.labels[label]),
          );
          return copied.map((series) => ({ ...series, labels: { ...series.labels, [label]: other } }));
        });
    }),
  );
}

const MOST_ALTERNATIVES = 8;

function isSummed(query: Expr): boolean {
  let found = false;
  walk(query, (expr) => {
    found ||= expr.kind === 'aggregation' && expr.operator !== 'max' && expr.operator !== 'min';
  });
  return found;
}
