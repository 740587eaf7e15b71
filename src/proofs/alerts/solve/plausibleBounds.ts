import type { Aggregation, Binary, Call, Comparison, Expr, Matcher, VectorSelector } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { printQuery } from '../../../promql/print.js';
import type { MetricFacts } from '../world.js';
import { constantOf } from './constantOf.js';
import {
  ANY,
  alwaysHolds,
  between,
  exactly,
  type Interval,
  limited,
  NOT_NEGATIVE,
  negated,
  neverHolds,
  product,
  quotient,
  sum,
  union,
} from './interval.js';
import type { QueryShape, Row } from './queryShape.js';

const CALENDAR: Readonly<Record<string, readonly [number, number]>> = {
  hour: [0, 23],
  minute: [0, 59],
  day_of_week: [0, 6],
  day_of_month: [1, 31],
  day_of_year: [1, 366],
  days_in_month: [28, 31],
  month: [1, 12],
  year: [1970, Number.POSITIVE_INFINITY],
};

/** Share by which arithmetic may miss the exact value. */
const ROUNDING = 1e-12;

/**
 * Bounds of what expressions can give while their series are plausible, as wide as need be so that
 * they are sound: `up` and `_info` are 0 or 1, counters are never negative and never fall, a count is
 * at least 1 (the count of nothing is nothing), a part of a whole is between 0 and 1.
 */
export class PlausibleBounds {
  constructor(
    private readonly shape: Pick<QueryShape, 'rows' | 'taken' | 'classes'>,
    private readonly facts: MetricFacts | undefined,
  ) {}

  of(expr: Expr): Interval {
    switch (expr.kind) {
      case 'number':
        return exactly(expr.value);
      case 'string':
        return ANY;
      case 'vector':
        return this.level(expr);
      case 'matrix':
        return this.level(expr.selector);
      case 'subquery':
        return this.of(expr.expr);
      case 'unary':
        return negated(this.of(expr.expr));
      case 'call':
        return this.call(expr);
      case 'aggregation':
        return this.aggregation(expr);
      case 'binary':
        return this.binary(expr);
    }
  }

  private level({ metric }: VectorSelector): Interval {
    if (metric === undefined) return ANY;
    if (metric === 'up') return between(0, 1);
    if (metric.endsWith('_info')) return between(0, 1);
    return this.isCounter(metric) ? NOT_NEGATIVE : ANY;
  }

  private isCounter(metric: string): boolean {
    const known = this.facts?.kindOf(metric);
    if (known !== undefined && known !== 'unknown') return known === 'counter' || metric.endsWith('_bucket');
    return /_(total|bucket)$/.test(metric);
  }

  private call(expr: Call): Interval {
    const { args, function: name } = expr;
    const ofRange = args.find((arg) => arg.kind === 'matrix' || arg.kind === 'subquery');
    if (ofRange !== undefined) return this.overRange(name, ofRange, args);
    const [first] = args;
    const calendar = CALENDAR[name];
    // A value that is read as a moment may lie before 1970.
    if (calendar !== undefined) return name === 'year' && first !== undefined ? ANY : between(calendar[0], calendar[1]);
    if (name === 'time' || name === 'timestamp') return NOT_NEGATIVE;
    if (name === 'pi') return exactly(Math.PI);
    if (name === 'absent') return exactly(1);
    if (first === undefined) return ANY;
    const inner = this.of(first);
    switch (name) {
      case 'vector':
      case 'label_replace':
      case 'label_join':
      case 'sort':
      case 'sort_desc':
        return inner;
      case 'scalar':
        return { ...inner, nan: true };
      case 'abs': {
        const ends = [Math.abs(inner.low), Math.abs(inner.high)];
        const low = inner.low <= 0 && inner.high >= 0 ? 0 : Math.min(...ends);
        return { low, high: Math.max(...ends), nan: inner.nan };
      }
      case 'ceil':
        return { ...inner, low: Math.ceil(inner.low), high: Math.ceil(inner.high) };
      case 'floor':
        return { ...inner, low: Math.floor(inner.low), high: Math.floor(inner.high) };
      case 'round':
        return args.length > 1
          ? ANY
          : { ...inner, low: Math.floor(inner.low + 0.5), high: Math.floor(inner.high + 0.5) };
      case 'sqrt':
      case 'exp':
        return { ...NOT_NEGATIVE, nan: true };
      case 'sgn':
        return between(-1, 1, inner.nan);
      case 'clamp':
      case 'clamp_min':
      case 'clamp_max':
        return clamped(inner, name, args.slice(1).map(constantOf));
      default:
        return ANY;
    }
  }

  private overRange(name: string, range: Expr, args: readonly Expr[]): Interval {
    const inner = this.of(range);
    switch (name) {
      case 'rate':
      case 'irate':
      case 'increase':
      case 'changes':
      case 'resets':
      case 'stddev_over_time':
      case 'stdvar_over_time':
        return { ...NOT_NEGATIVE, nan: inner.nan };
      case 'count_over_time':
        return between(1, Number.POSITIVE_INFINITY);
      case 'present_over_time':
      case 'absent_over_time':
        return exactly(1);
      case 'avg_over_time':
      case 'min_over_time':
      case 'max_over_time':
      case 'last_over_time':
        return inner;
      case 'quantile_over_time': {
        const quantile = constantOf(args[0] as Expr) ?? -1;
        return quantile >= 0 && quantile <= 1 ? inner : ANY;
      }
      case 'sum_over_time':
        return summed(inner);
      case 'delta':
      case 'idelta':
      case 'deriv':
        return range.kind === 'matrix' && this.isCounter(range.selector.metric ?? '') ? NOT_NEGATIVE : ANY;
      default:
        return ANY;
    }
  }

  private aggregation(expr: Aggregation): Interval {
    const inner = this.of(expr.expr);
    switch (expr.operator) {
      case 'count':
      case 'count_values':
        return between(1, Number.POSITIVE_INFINITY);
      case 'group':
        return exactly(1);
      case 'stddev':
      case 'stdvar':
        return { ...NOT_NEGATIVE, nan: inner.nan };
      case 'sum':
        return summed(inner);
      case 'quantile': {
        const quantile = expr.parameter === undefined ? -1 : (constantOf(expr.parameter) ?? -1);
        return quantile >= 0 && quantile <= 1 ? inner : ANY;
      }
      default:
        return inner;
    }
  }

  private binary(expr: Binary): Interval {
    const { operator } = expr;
    if (operator === 'and' || operator === 'unless') return this.of(expr.left);
    if (operator === 'or') {
      const taken = this.shape.taken.get(expr);
      return taken === undefined ? union(this.of(expr.left), this.of(expr.right)) : this.of(taken);
    }
    const [left, right] = [this.of(expr.left), this.of(expr.right)];
    if (isComparison(expr)) {
      if (expr.bool) return between(0, 1);
      const isScalarLeft = this.shape.rows.get(expr.left) === undefined;
      return isScalarLeft
        ? limited(right, SWAPPED[operator as Comparison], left)
        : limited(left, operator as Comparison, right);
    }
    const cancelled = this.monomial(expr);
    if (cancelled !== undefined && cancelled.powers.size === 0) {
      return { ...exactly(cancelled.coefficient), nan: true };
    }
    switch (operator) {
      case '+':
        return sum(left, right);
      case '-':
        return this.isOwnPast(expr) ? { ...NOT_NEGATIVE, nan: false } : sum(left, negated(right));
      case '*':
        return product(left, right);
      case '/': {
        const most = this.greatestShare(expr.left, expr.right);
        return most === undefined ? quotient(left, right) : between(0, most, true);
      }
      case '%':
        return right.low === right.high && right.low > 0 && left.low >= 0 ? between(0, right.low, true) : ANY;
      case '^': {
        const base = constantOf(expr.left);
        return base !== undefined && base >= 0 ? { ...NOT_NEGATIVE, nan: left.nan || right.nan } : ANY;
      }
      default:
        return ANY;
    }
  }

  /** Whether a difference is between a counter and the same counter earlier. */
  private isOwnPast({ left, right, matching }: Binary): boolean {
    if (left.kind !== 'vector' || right.kind !== 'vector' || matching.mode !== 'ignoring') return false;
    if (left.metric === undefined || left.metric !== right.metric || !this.isCounter(left.metric)) return false;
    return (
      matching.labels.length === 0 &&
      left.at === undefined &&
      right.at === undefined &&
      left.offset < right.offset &&
      this.areSame(left, right)
    );
  }

  /** Whether two expressions are about one series: all labels are equal, those that the query doesn't name too. */
  private areSame(a: Expr, b: Expr): boolean {
    const [left, right] = [this.shape.rows.get(a), this.shape.rows.get(b)];
    if (left === undefined || right === undefined) return left === right;
    return sameRow(left, right, this.shape.classes);
  }

  /** What a part of a whole, either of them times a constant, divided by the whole can be at most; undefined: no part. */
  private greatestShare(part: Expr, whole: Expr): number | undefined {
    const [a, b] = [scaled(part), scaled(whole)];
    const most = a.factor / b.factor;
    if (!(a.factor > 0 && b.factor > 0) || !this.isPart(a.expr, b.expr)) return undefined;
    // Multiplied before it is divided, it may come out the last digit too high.
    return a.factor === b.factor ? most : most * (1 + ROUNDING);
  }

  /** Whether one expression can't be greater than another, because what it adds up is among what the other adds up. */
  private isPart(part: Expr, whole: Expr): boolean {
    if (whole.kind === 'call' && whole.function === 'clamp_min') return this.isPart(part, whole.args[0] as Expr);
    if (whole.kind === 'binary' && whole.operator === '+') {
      return [
        [whole.left, whole.right],
        [whole.right, whole.left],
      ].some(([one, other]) => {
        const rest = this.of(other as Expr);
        return rest.low >= 0 && this.isPart(part, one as Expr);
      });
    }
    // The element of a sum is about one group; below it the labels differ, as a part of a group does.
    return this.areSame(part, whole) && this.of(part).low >= 0 && this.isSubset(part, whole);
  }

  private isSubset(part: Expr, whole: Expr): boolean {
    if (part.kind !== 'aggregation' || whole.kind !== 'aggregation') return isSelection(part, whole);
    if (groupingOf(part) !== groupingOf(whole)) return false;
    if (part.operator === 'sum' && whole.operator === 'count') {
      const { low, high } = this.of(part.expr);
      return low >= 0 && high <= 1 && isSelection(judged(unfiltered(part.expr)), whole.expr);
    }
    if (part.operator !== whole.operator) return false;
    // What a filter leaves out of a sum must not have made it smaller.
    const isSum = part.operator === 'sum' && this.of(whole.expr).low >= 0;
    return (isSum || part.operator === 'count') && isSelection(unfiltered(part.expr), whole.expr);
  }

  private monomial(expr: Expr): { coefficient: number; powers: Map<string, number> } | undefined {
    const constant = constantOf(expr);
    if (constant !== undefined) return { coefficient: constant, powers: new Map() };
    if (expr.kind === 'vector') {
      const row = this.shape.rows.get(expr);
      if (row === undefined || expr.metric === undefined) return undefined;
      const classes = [...row.values()].map((variable) => this.shape.classes.find(variable));
      return { coefficient: 1, powers: new Map([[`${expr.metric} ${expr.offset} ${expr.at} ${classes}`, 1]]) };
    }
    if (expr.kind !== 'binary' || (expr.operator !== '*' && expr.operator !== '/')) return undefined;
    const [left, right] = [this.monomial(expr.left), this.monomial(expr.right)];
    if (left === undefined || right === undefined) return undefined;
    const sign = expr.operator === '*' ? 1 : -1;
    const powers = new Map(left.powers);
    for (const [key, power] of right.powers) {
      const total = (powers.get(key) ?? 0) + sign * power;
      if (total === 0) powers.delete(key);
      else powers.set(key, total);
    }
    return { coefficient: left.coefficient * right.coefficient ** sign, powers };
  }

  /** Whether a comparison holds for no plausible values. */
  neverHolds(comparison: Binary): boolean {
    return neverHolds(this.of(comparison.left), comparison.operator as Comparison, this.of(comparison.right));
  }

  /** Whether a comparison holds for all plausible values. */
  alwaysHolds(comparison: Binary): boolean {
    return alwaysHolds(this.of(comparison.left), comparison.operator as Comparison, this.of(comparison.right));
  }
}

export const SWAPPED: Readonly<Record<Comparison, Comparison>> = {
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
  '==': '==',
  '!=': '!=',
};

/** Whether two rows have the same value of every label. */
export function sameRow(a: Row, b: Row, classes: QueryShape['classes']): boolean {
  return [...a].every(([label, variable]) => {
    const other = b.get(label);
    if (other === undefined) return false;
    return classes.same(variable, other) || (classes.isAbsent(variable) && classes.isAbsent(other));
  });
}

function summed(inner: Interval): Interval {
  return {
    low: inner.low >= 0 ? inner.low : Number.NEGATIVE_INFINITY,
    high: inner.high <= 0 ? inner.high : Number.POSITIVE_INFINITY,
    nan: inner.nan,
  };
}

function clamped(inner: Interval, name: string, limits: readonly (number | undefined)[]): Interval {
  const [first, second] = limits;
  if (first === undefined || (name === 'clamp' && (second === undefined || second < first))) return ANY;
  const least = name === 'clamp_max' ? Number.NEGATIVE_INFINITY : first;
  const most = name === 'clamp_min' ? Number.POSITIVE_INFINITY : name === 'clamp' ? (second as number) : first;
  const within = (value: number) => Math.min(Math.max(value, least), most);
  return { low: within(inner.low), high: within(inner.high), nan: inner.nan };
}

/** A product with a constant, taken apart. */
function scaled(expr: Expr): { factor: number; expr: Expr } {
  if (expr.kind !== 'binary' || expr.operator !== '*') return { factor: 1, expr };
  const [left, right] = [constantOf(expr.left), constantOf(expr.right)];
  if (left !== undefined) return { factor: left, expr: expr.right };
  return right === undefined ? { factor: 1, expr } : { factor: right, expr: expr.left };
}

/** Without filters, which only leave elements out. */
function unfiltered(expr: Expr): Expr {
  if (expr.kind !== 'binary' || expr.bool) return expr;
  const isFilter =
    expr.operator === 'and' ||
    expr.operator === 'unless' ||
    (isComparison(expr) && constantOf(expr.right) !== undefined);
  return isFilter ? unfiltered(expr.left) : expr;
}

/** What a comparison with `bool` is about, else the expression itself. */
function judged(expr: Expr): Expr {
  return isComparison(expr) && expr.bool && constantOf(expr.right) !== undefined ? expr.left : expr;
}

export function groupingOf({ grouping }: Aggregation): string {
  return JSON.stringify([grouping?.mode ?? 'by', [...(grouping?.labels ?? [])].sort()]);
}

/** Whether each element of one expression is an element of another one, with the same value. */
function isSelection(part: Expr, whole: Expr): boolean {
  if (part.kind === 'call' && whole.kind === 'call') {
    const [a, b] = [part.args[0], whole.args[0]];
    const isRate = ['rate', 'increase'].includes(part.function) && part.function === whole.function;
    if (isRate && a?.kind === 'matrix' && b?.kind === 'matrix') {
      return a.range === b.range && isNarrower(a.selector, b.selector);
    }
  }
  if (part.kind === 'vector' && whole.kind === 'vector') return isNarrower(part, whole);
  return printQuery(part) === printQuery(whole);
}

function isNarrower(part: VectorSelector, whole: VectorSelector): boolean {
  const keyOf = ({ label, operator, value }: Matcher) => JSON.stringify([label, operator, value]);
  const keys = new Set(part.matchers.map(keyOf));
  return (
    part.metric !== undefined &&
    part.metric === whole.metric &&
    part.offset === whole.offset &&
    part.at === whole.at &&
    whole.matchers.every((matcher) => keys.has(keyOf(matcher)))
  );
}
