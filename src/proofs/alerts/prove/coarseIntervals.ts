import type { Expr } from '../../../promql/ast.js';
import { walk } from '../../../promql/walk.js';

/** Intervals at which a rule is tried, in seconds, and whether they are the real ones. */
export interface TrialIntervals {
  scrape: number;
  evaluation: number;
  coarsened: boolean;
}

/** Samples of one range beyond which it is scraped more coarsely: promtool loads 10,000 for a query, and slowly. */
const MOST_SAMPLES = 400;
/** Evaluations of one test beyond which they come further apart. */
const MOST_EVALUATIONS = 600;
const FACTORS = [1, 2, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 240, 360, 720, 1440];
/** An instant selector looks back 5 minutes; with two scrapes in it a late one does no harm. */
const COARSEST_FOR_INSTANTS = 120;

/**
 * Chooses coarser intervals for queries with very long ranges or offsets. A range still holds enough
 * samples to be what it is, and `for` stays a whole number of evaluations.
 *
 * @param queries of the rule and of what it depends on
 * @param given.waits `for` and `keep_firing_for`
 * @param given.startsAt seconds since 1970 until the world's series begin
 */
export function trialIntervals(
  queries: readonly Expr[],
  given: { scrape: number; evaluation: number; waits: readonly number[]; startsAt: number },
): TrialIntervals {
  const { scrape, evaluation } = given;
  const ranges: number[] = [];
  let reach = 0;
  let instants = false;
  for (const query of queries) {
    walk(query, (expr, path) => {
      if (expr.kind === 'vector') {
        if (path.at(-1)?.kind !== 'matrix') instants = true;
        const around = path.reduce(
          (sum, outer) => sum + (outer.kind === 'subquery' || outer.kind === 'matrix' ? outer.range : 0),
          0,
        );
        const shifts = path.reduce(
          (sum, outer) => sum + (outer.kind === 'subquery' ? Math.max(outer.offset, 0) : 0),
          0,
        );
        reach = Math.max(reach, around + shifts + Math.max(expr.offset, 0));
      }
      if (expr.kind === 'matrix') ranges.push(expr.range);
      if (expr.kind === 'subquery' && expr.step !== undefined) ranges.push(10 * expr.step);
    });
  }
  const longest = Math.max(0, ...ranges);
  const shortest = Math.min(...ranges);
  const coarsest = Math.min(shortest / 8, instants ? COARSEST_FOR_INSTANTS : Number.POSITIVE_INFINITY);
  const scrapes = FACTORS.map((factor) => factor * scrape).filter((step) => step === scrape || step <= coarsest);
  const chosenScrape = scrapes.find((step) => longest / step <= MOST_SAMPLES) ?? (scrapes.at(-1) as number);
  const evaluations = FACTORS.map((factor) => factor * evaluation).filter(
    (step) => step === evaluation || given.waits.every((wait) => wait === 0 || (wait >= step && wait % step === 0)),
  );
  const length = given.startsAt + 2 * reach + Math.max(0, ...given.waits);
  const chosenEvaluation =
    evaluations.find((step) => length / step <= MOST_EVALUATIONS) ?? (evaluations.at(-1) as number);
  return {
    scrape: chosenScrape,
    evaluation: chosenEvaluation,
    coarsened: chosenScrape !== scrape || chosenEvaluation !== evaluation,
  };
}
