import type { Comparison, Expr, VectorSelector } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { selects } from '../../../promql/matchers.js';
import { selectorsOf, walk } from '../../../promql/walk.js';
import type { Form } from '../scenario.js';
import type { World, WorldSeries } from '../world.js';

/**
 * The world with the threshold itself as the value on the side on which an equal one falls, so that
 * `>` and `>=` differ. Undefined where the carriers can't be put there.
 *
 * @param isSummed whether values are added up, in an order that promtool doesn't keep
 */
export function atThreshold(world: World, isSummed: boolean): World | undefined {
  const { threshold } = world;
  if (threshold === undefined) return undefined;
  const { operator, value, firing, healthy } = threshold;
  if (!['>', '<', '>=', '<='].includes(operator) || firing === healthy || !Number.isFinite(value)) return undefined;
  const side = operator.endsWith('=') ? 'firing' : 'healthy';
  if (threshold[side] === value) return undefined;
  const part = (value - healthy) / (firing - healthy);
  const between = (from: number, to: number): number | undefined => {
    const exact = Number((from + part * (to - from)).toPrecision(12));
    // What is counted in whole numbers is never in between.
    return Number.isInteger(from) && Number.isInteger(to) && !Number.isInteger(exact) ? undefined : exact;
  };
  const series = world.series.map((one): WorldSeries | undefined => {
    if (one.role !== 'carrier') return one;
    // Not rates: how their sums are rounded differs from one run of promtool to the next.
    if (one.healthy.kind !== 'level' || one.firing.kind !== 'level') return undefined;
    const exact = between(one.healthy.value, one.firing.value);
    if (exact === undefined || (isSummed && !Number.isInteger(exact))) return undefined;
    const forms = { healthy: one.healthy, firing: one.firing, [side]: { kind: 'level' as const, value: exact } };
    const isSame = JSON.stringify(forms.healthy) === JSON.stringify(forms.firing);
    return { ...one, ...forms, role: isSame ? 'context' : 'carrier' };
  });
  if (!series.every((one) => one !== undefined)) return undefined;
  return { ...world, series, threshold: { ...threshold, [side]: value } };
}

/** Series of a world and what they are to read for good. */
export interface Edge {
  reads(series: WorldSeries): Form | undefined;
}

/**
 * For each comparison of a series with a number: the number itself, and what lies beyond it as seen
 * from the healthy value. On a bad copy of the world a guard that this fails keeps the rule silent.
 */
export function edgesOf(queries: readonly Expr[]): Edge[] {
  const edges: Edge[] = [];
  for (const query of queries) {
    walk(query, (expr) => {
      if (!isComparison(expr)) return;
      for (const [side, other] of [
        [expr.left, expr.right],
        [expr.right, expr.left],
      ] as const) {
        const [selector, ...more] = selectorsOf(side);
        if (other.kind !== 'number' || selector === undefined || more.length > 0) continue;
        for (const value of valuesAround(expr.operator, other.value)) edges.push(edge(selector, value));
      }
    });
  }
  return edges;
}

/** Values that a comparison refuses, or that only a sloppier one takes. */
function valuesAround(operator: Comparison, value: number): number[] {
  const around =
    operator === '==' ? [value + 1, value - 1] : operator.endsWith('=') && operator !== '!=' ? [] : [value];
  return around.filter((one) => one >= 0 || value < 0);
}

function edge(selector: VectorSelector, value: number): Edge {
  return {
    reads: (series) => {
      if (!selects(selector, series.labels)) return undefined;
      const { kind, firing } = series;
      const isFlag = kind === 'info' || series.labels.__name__ === 'up';
      if (isFlag && value !== 0 && value !== 1) return undefined;
      if (firing.kind === 'level') return { kind: 'level', value };
      return firing.kind === 'slope' && value === 0 ? { ...firing, perSecond: 0 } : undefined;
    },
  };
}
