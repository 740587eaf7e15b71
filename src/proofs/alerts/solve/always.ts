import type { Binary, Expr, VectorSelector } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { selectorsOf, valueTypeOf, walk } from '../../../promql/walk.js';
import type { AlertProblem } from '../world.js';
import { constantOf } from './constantOf.js';
import { coversAll, filterChainOf } from './filterChain.js';
import { groupingOf, PlausibleBounds, sameRow } from './plausibleBounds.js';
import { type QueryShape, textOf } from './queryShape.js';

/** Labels that say which target a series comes from, rather than what it is about. */
const OF_TARGETS: ReadonlySet<string> = new Set(['job', 'instance', 'cluster', 'namespace', 'env', 'environment']);
const OF_VALUES: ReadonlySet<string> = new Set([
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'stdvar',
  'quantile',
  'count_values',
]);
/** Look at no value: they tell that series exist, and how many. */
const COUNTS: ReadonlySet<string> = new Set(['count', 'group']);
const COUNTS_SAMPLES: ReadonlySet<string> = new Set(['count_over_time', 'present_over_time']);
const KEEPING: ReadonlySet<string> = new Set(['sort', 'sort_desc', 'label_replace', 'label_join', 'last_over_time']);

/** Why a query gives something at every evaluation, for all plausible values. */
export interface Certainty {
  reason: string;
  deadMansSwitch: boolean;
}

/**
 * A sound reason why a query gives something whenever its metrics exist, whatever their values. No such
 * reason is given for a query that only asks whether certain series exist: `x_info{state="down"}`.
 */
export function certaintyOf(problem: AlertProblem, query: Expr, shape: QueryShape): Certainty | undefined {
  if (shape.classes.contradiction !== undefined) return undefined;
  // Values decide which branch of an `or` an element comes from, so that all branches count.
  const allBranches = { ...shape, taken: new Map() };
  const bounds = new PlausibleBounds(allBranches, problem.metrics, true);
  if (!gives(query, bounds, shape)) return undefined;
  const selectors = selectorsOf(query);
  if (selectors.length === 0) {
    return { reason: 'it reads no metric, and gives something at every evaluation', deadMansSwitch: true };
  }
  let comparisons = 0;
  walk(query, (expr) => {
    if (isComparison(expr) && !expr.bool) comparisons += 1;
  });
  if (asksForExistence(query)) return undefined;
  const reason =
    comparisons === 0
      ? 'nothing is compared, so it fires for all values whenever its series exist'
      : 'its comparisons hold for all plausible values';
  const isSoForNaN = gives(query, new PlausibleBounds(allBranches, problem.metrics), shape);
  return { reason: isSoForNaN ? reason : `${reason} that are numbers`, deadMansSwitch: false };
}

function gives(expr: Expr, bounds: PlausibleBounds, shape: QueryShape): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
    case 'matrix':
      return true;
    case 'subquery':
    case 'unary':
      return gives(expr.expr, bounds, shape);
    case 'call':
      if (expr.function.startsWith('absent')) return false;
      if (expr.function === 'clamp') {
        const [least, most] = [constantOf(expr.args[1] as Expr), constantOf(expr.args[2] as Expr)];
        if (least === undefined || most === undefined || most < least) return false;
      }
      return expr.args.every((arg) => valueTypeOf(arg) === 'scalar' || gives(arg, bounds, shape));
    case 'aggregation': {
      const takes =
        expr.operator.startsWith('topk') || expr.operator.startsWith('bottomk') || expr.operator.startsWith('limit');
      const count = expr.parameter === undefined ? 0 : (constantOf(expr.parameter) ?? 0);
      return (!takes || count >= 1) && gives(expr.expr, bounds, shape);
    }
    case 'binary': {
      const [left, right] = [() => gives(expr.left, bounds, shape), () => gives(expr.right, bounds, shape)];
      if (expr.operator === 'or') return left() || right() || coveredBy(expr, bounds, shape);
      if (expr.operator === 'unless') return false;
      if (!left() || !right()) return false;
      // Whether labels of different series match is nothing that values decide.
      if (isBetweenVectors(expr) && !isOfOneSeries(expr, shape)) return false;
      return !isComparison(expr) || expr.bool || bounds.alwaysHolds(expr);
    }
  }
}

/** Whether each element passes by one branch of an `or`, whatever its value. */
function coveredBy(expr: Binary, bounds: PlausibleBounds, shape: QueryShape): boolean {
  const chains = branchesOf(expr).map(filterChainOf);
  const [first] = chains;
  if (first === undefined || !gives(first.core, bounds, shape)) return false;
  if (chains.some(({ core }) => !bounds.areAlike(core, first.core))) return false;
  const values = bounds.of(first.core);
  return !values.nan && coversAll(chains, values);
}

function branchesOf(expr: Expr): Expr[] {
  return expr.kind === 'binary' && expr.operator === 'or'
    ? [...branchesOf(expr.left), ...branchesOf(expr.right)]
    : [expr];
}

function isBetweenVectors({ left, right }: Binary): boolean {
  return valueTypeOf(left) !== 'scalar' && valueTypeOf(right) !== 'scalar';
}

/** Whether both sides read the same series, so that each element of one meets its own of the other. */
function isOfOneSeries({ left, right }: Binary, { rows, classes }: QueryShape): boolean {
  const [a, b] = [rows.get(left), rows.get(right)];
  return a !== undefined && b !== undefined && sameRow(a, b, classes) && seriesOf(left) === seriesOf(right);
}

/** What an expression selects, and by which labels it is grouped. */
function seriesOf(expr: Expr): string {
  const texts = new Set<string>();
  walk(expr, (inner) => {
    if (inner.kind === 'vector') texts.add(JSON.stringify([inner.metric, inner.matchers.map(textOf).sort()]));
    if (inner.kind === 'aggregation') texts.add(groupingOf(inner));
  });
  return [...texts].sort().join(' ');
}

/** Whether some selector picks series by what they say, and nothing looks at their values before they are counted. */
export function asksForExistence(query: Expr): boolean {
  let found = false;
  walk(query, (expr, path) => {
    if (expr.kind === 'vector' && picks(expr) && !isValueRead(path)) found = true;
  });
  return found;
}

/** @param path what stands above a selector, the outermost first */
function isValueRead(path: readonly Expr[]): boolean {
  for (const above of path.toReversed()) {
    if (above.kind === 'aggregation') {
      if (COUNTS.has(above.operator)) return false;
      if (OF_VALUES.has(above.operator)) return true;
    }
    if (above.kind === 'call') {
      if (COUNTS_SAMPLES.has(above.function)) return false;
      if (!KEEPING.has(above.function)) return true;
    }
    if (isComparison(above)) return true;
  }
  return false;
}

function picks({ matchers }: VectorSelector): boolean {
  return matchers.some(({ label }) => !OF_TARGETS.has(label) && label !== '__name__');
}
