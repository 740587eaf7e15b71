import type { Binary, Expr, VectorSelector } from '../../../promql/ast.js';
import { selectorsOf, valueTypeOf, walk } from '../../../promql/walk.js';
import type { AlertProblem } from '../world.js';
import { constantOf } from './constantOf.js';
import { PlausibleBounds } from './plausibleBounds.js';
import { isComparison, type QueryShape } from './queryShape.js';

/** Labels that say which target a series comes from, rather than what it is about. */
const OF_TARGETS: ReadonlySet<string> = new Set(['job', 'instance', 'cluster', 'namespace', 'env', 'environment']);
const OF_VALUES: ReadonlySet<string> = new Set(['sum', 'avg', 'min', 'max', 'stddev', 'stdvar', 'quantile']);
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
  const bounds = new PlausibleBounds({ ...shape, taken: new Map() }, problem.metrics);
  if (!gives(query, bounds)) return undefined;
  const selectors = selectorsOf(query);
  if (selectors.length === 0) {
    return { reason: 'it reads no metric, and gives something at every evaluation', deadMansSwitch: true };
  }
  let comparisons = 0;
  walk(query, (expr) => {
    if (isComparison(expr) && !expr.bool) comparisons += 1;
  });
  if (comparisons === 0 && asksForExistence(query)) return undefined;
  const reason =
    comparisons === 0
      ? 'nothing is compared, so it fires for all values whenever its series exist'
      : 'its comparisons hold for all plausible values';
  return { reason, deadMansSwitch: false };
}

function gives(expr: Expr, bounds: PlausibleBounds): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
    case 'matrix':
      return true;
    case 'subquery':
    case 'unary':
      return gives(expr.expr, bounds);
    case 'call':
      if (expr.function.startsWith('absent')) return false;
      if (expr.function === 'clamp') {
        const [least, most] = [constantOf(expr.args[1] as Expr), constantOf(expr.args[2] as Expr)];
        if (least === undefined || most === undefined || most < least) return false;
      }
      return expr.args.every((arg) => valueTypeOf(arg) === 'scalar' || gives(arg, bounds));
    case 'aggregation': {
      const takes =
        expr.operator.startsWith('topk') || expr.operator.startsWith('bottomk') || expr.operator.startsWith('limit');
      const count = expr.parameter === undefined ? 0 : (constantOf(expr.parameter) ?? 0);
      return (!takes || count >= 1) && gives(expr.expr, bounds);
    }
    case 'binary': {
      const [left, right] = [() => gives(expr.left, bounds), () => gives(expr.right, bounds)];
      if (expr.operator === 'or') return left() || right();
      if (expr.operator === 'unless') return false;
      if (!left() || !right()) return false;
      // Whether labels of different metrics match is nothing that values decide.
      if (isBetweenVectors(expr) && metricsOf(expr.left) !== metricsOf(expr.right)) return false;
      return !isComparison(expr) || expr.bool || bounds.alwaysHolds(expr);
    }
  }
}

function isBetweenVectors({ left, right }: Binary): boolean {
  return valueTypeOf(left) !== 'scalar' && valueTypeOf(right) !== 'scalar';
}

function metricsOf(expr: Expr): string {
  return [...new Set(selectorsOf(expr).map(({ metric }) => metric ?? ''))].sort().join(' ');
}

/** Whether some selector picks series by what they say, and is read without regard to their values. */
function asksForExistence(query: Expr): boolean {
  let found = false;
  walk(query, (expr, path) => {
    if (expr.kind !== 'vector' || !picks(expr)) return;
    const usesValue = path.some(
      (above) =>
        (above.kind === 'aggregation' && OF_VALUES.has(above.operator)) ||
        (above.kind === 'call' && !KEEPING.has(above.function)),
    );
    if (!usesValue) found = true;
  });
  return found;
}

function picks({ matchers }: VectorSelector): boolean {
  return matchers.some(({ label }) => !OF_TARGETS.has(label) && label !== '__name__');
}
