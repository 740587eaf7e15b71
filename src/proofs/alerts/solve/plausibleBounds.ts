import type { Aggregation, Binary, Call, Comparison, Expr, Matcher, VectorSelector } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { printQuery } from '../../../promql/print.js';
import { walk } from '../../../promql/walk.js';
import type { MetricFacts } from '../world.js';
import { constantOf } from './constantOf.js';
import {
  ANY,
  alwaysHolds,
  between,
  exactly,
  type Interval,
  isWithoutNumbers,
  limited,
  NOT_NEGATIVE,
  negated,
  neverHolds,
  product,
  quotient,
  sum,
  union,
  wholeOf,
} from './interval.js';
import { type QueryShape, type Row, textOf } from './queryShape.js';

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
/** Share by which the greatest number below another one differs from it at least. */
const LEAST_STEP = 2 ** -53;

/**
 * Bounds of what expressions can give while their series are plausible, as wide as need be so that
 * they are sound: `up` and `_info` are 0 or 1, counters are never negative and never fall, a count is
 * at least 1 (the count of nothing is nothing), a part of a whole is between 0 and 1.
 */
export class PlausibleBounds {
  /** Metrics that were taken for counters, and what says so. */
  readonly counters = new Map<string, 'name' | 'metadata'>();

  /**
   * @param withNumbersOnly whether samples are numbers, which leaves only arithmetic (0/0) to give NaN
   */
  constructor(
    private readonly shape: Pick<QueryShape, 'rows' | 'taken' | 'classes' | 'filters'>,
    private readonly facts: MetricFacts | undefined,
    private readonly withNumbersOnly = false,
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
    const any = this.withNumbersOnly ? { ...ANY, nan: false } : ANY;
    if (metric === undefined) return any;
    if (metric === 'up' || metric.endsWith('_info')) return wholeOf(between(0, 1));
    return this.isCounter(metric) ? NOT_NEGATIVE : any;
  }

  private isCounter(metric: string): boolean {
    const known = this.facts?.kindOf(metric);
    const isStated = known !== undefined && known !== 'unknown';
    const isCounter = isStated ? known === 'counter' || metric.endsWith('_bucket') : /_(total|bucket)$/.test(metric);
    if (isCounter) this.counters.set(metric, isStated ? 'metadata' : 'name');
    return isCounter;
  }

  private call(expr: Call): Interval {
    const { args, function: name } = expr;
    const ofRange = args.find((arg) => arg.kind === 'matrix' || arg.kind === 'subquery');
    if (ofRange !== undefined) return this.overRange(name, ofRange, args);
    const [first] = args;
    const calendar = CALENDAR[name];
    // A value that is read as a moment may lie before 1970.
    if (calendar !== undefined) {
      const nan = first !== undefined && this.of(first).nan;
      return wholeOf(name === 'year' && first !== undefined ? ANY : between(calendar[0], calendar[1], nan));
    }
    // Long after the first second of 1970.
    if (name === 'time' || name === 'timestamp') return between(1, Number.POSITIVE_INFINITY);
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
        return wholeOf({ ...inner, low: Math.ceil(inner.low), high: Math.ceil(inner.high) });
      case 'floor':
        return wholeOf({ ...inner, low: Math.floor(inner.low), high: Math.floor(inner.high) });
      case 'round':
        return args.length > 1
          ? ANY
          : wholeOf({ ...inner, low: Math.floor(inner.low + 0.5), high: Math.floor(inner.high + 0.5) });
      case 'sqrt':
        return { ...NOT_NEGATIVE, nan: inner.nan || inner.low < 0 };
      case 'exp':
        return { ...NOT_NEGATIVE, nan: inner.nan };
      case 'sgn':
        return wholeOf(between(-1, 1, inner.nan));
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
      case 'stddev_over_time':
      case 'stdvar_over_time':
        return { ...NOT_NEGATIVE, nan: inner.nan };
      case 'changes':
      case 'resets':
        return wholeOf(NOT_NEGATIVE);
      case 'count_over_time':
        return wholeOf(between(1, Number.POSITIVE_INFINITY));
      case 'present_over_time':
      case 'absent_over_time':
        return exactly(1);
      case 'min_over_time':
      case 'max_over_time':
      case 'last_over_time':
        return inner;
      case 'avg_over_time':
        return averaged(inner);
      case 'quantile_over_time': {
        const quantile = constantOf(args[0] as Expr) ?? -1;
        return quantile >= 0 && quantile <= 1 ? averaged(inner) : ANY;
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
        return wholeOf(between(1, Number.POSITIVE_INFINITY));
      case 'avg':
        return averaged(inner);
      case 'group':
        return exactly(1);
      case 'stddev':
      case 'stdvar':
        return { ...NOT_NEGATIVE, nan: inner.nan };
      case 'sum':
        return summed(inner);
      case 'quantile': {
        const quantile = expr.parameter === undefined ? -1 : (constantOf(expr.parameter) ?? -1);
        return quantile >= 0 && quantile <= 1 ? averaged(inner) : ANY;
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
      if (expr.bool) return wholeOf(between(0, 1));
      const isScalarLeft = this.shape.rows.get(expr.left) === undefined;
      return isScalarLeft
        ? limited(right, SWAPPED[operator as Comparison], left)
        : limited(left, operator as Comparison, right);
    }
    const cancelled = this.monomial(expr);
    if (cancelled !== undefined && cancelled.powers.size === 0) {
      return { ...exactly(cancelled.coefficient), nan: true };
    }
    const isOfOneValue = this.areAlike(expr.left, expr.right);
    switch (operator) {
      case '+':
        return sum(left, right);
      case '-':
        if (isOfOneValue) return { ...exactly(0), nan: true };
        return this.isOwnPast(expr) ? { ...NOT_NEGATIVE, nan: false } : sum(left, negated(right));
      case '*':
        return isOfOneValue ? { ...NOT_NEGATIVE, nan: left.nan } : product(left, right);
      case '/': {
        const most = this.greatestShare(expr.left, expr.right);
        return most === undefined ? quotient(left, right) : between(0, most, true);
      }
      case '%': {
        if (right.low !== right.high || right.low === 0 || !Number.isFinite(right.low)) return ANY;
        // What is left over is less than the divisor, and has the sign of what was divided.
        const most = Math.abs(right.low) * (1 - LEAST_STEP);
        const rest = between(left.low >= 0 ? 0 : -most, left.high <= 0 ? 0 : most, true);
        return { ...rest, whole: left.whole === true && right.whole === true };
      }
      case '^': {
        const base = constantOf(expr.left);
        const power = constantOf(expr.right);
        const isEven = power !== undefined && power % 2 === 0;
        return (base !== undefined && base >= 0) || isEven ? { ...NOT_NEGATIVE, nan: left.nan || right.nan } : ANY;
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

  /**
   * Whether two expressions always have the same elements, so that by any matching each meets itself: what
   * is matched must be the only one of its labels, else Prometheus refuses.
   */
  areAlike(a: Expr, b: Expr): boolean {
    return constantOf(a) === undefined && this.textOf(a) === this.textOf(b);
  }

  /** An expression with what is asked of recorded metrics in it. */
  private textOf(expr: Expr): string {
    const asked: string[] = [];
    let order = 0;
    walk(expr, (inner) => {
      order += 1;
      for (const matcher of this.shape.filters.get(inner) ?? []) asked.push(`${order}${textOf(matcher)}`);
    });
    return [printQuery(expr), ...asked].join(' ');
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
    if (part.kind !== 'aggregation' || whole.kind !== 'aggregation') return this.isSelection(part, whole);
    if (groupingOf(part) !== groupingOf(whole)) return false;
    if (part.operator === 'sum' && whole.operator === 'count') {
      const { low, high } = this.of(part.expr);
      return low >= 0 && high <= 1 && this.isSelection(judged(unfiltered(part.expr)), whole.expr);
    }
    if (part.operator !== whole.operator) return false;
    // What a filter leaves out of a sum must not have made it smaller.
    const isSum = part.operator === 'sum' && this.of(whole.expr).low >= 0;
    const inner = unfiltered(part.expr);
    // Sums of sums: each that is added up is a part of its own whole.
    if (isSum && inner.kind === 'aggregation' && inner.operator === 'sum' && this.isSubset(inner, whole.expr)) {
      return true;
    }
    return (isSum || part.operator === 'count') && this.isSelection(inner, whole.expr);
  }

  /** Whether each element of one expression is an element of another one, with the same value. */
  private isSelection(part: Expr, whole: Expr): boolean {
    if (part.kind === 'call' && whole.kind === 'call') {
      const [a, b] = [part.args[0], whole.args[0]];
      const isRate = ['rate', 'increase'].includes(part.function) && part.function === whole.function;
      if (isRate && a?.kind === 'matrix' && b?.kind === 'matrix') {
        return a.range === b.range && isNarrower(a.selector, b.selector);
      }
    }
    if (part.kind === 'vector' && whole.kind === 'vector') return isNarrower(part, whole);
    return this.textOf(part) === this.textOf(whole);
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
    // A value is neither above nor below itself; but what is no number isn't equal to itself.
    const isStrict = comparison.operator === '>' || comparison.operator === '<';
    if (isStrict && this.areAlike(comparison.left, comparison.right)) return true;
    return neverHolds(this.of(comparison.left), comparison.operator as Comparison, this.of(comparison.right));
  }

  /** Whether a comparison holds for all plausible values that are numbers. */
  holdsForNumbers(comparison: Binary): boolean {
    const [left, right] = [this.of(comparison.left), this.of(comparison.right)];
    const isNumber = (inner: Interval) => ({ ...inner, nan: false });
    return alwaysHolds(isNumber(left), comparison.operator as Comparison, isNumber(right));
  }

  /** Whether a comparison holds for all plausible values. */
  alwaysHolds(comparison: Binary): boolean {
    const isLoose = ['==', '>=', '<='].includes(comparison.operator);
    if (isLoose && this.areAlike(comparison.left, comparison.right)) return !this.of(comparison.left).nan;
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

/** What lies among values: a mean of whole numbers needn't be one. */
function averaged(inner: Interval): Interval {
  return { ...inner, whole: false };
}

function summed(inner: Interval): Interval {
  return {
    ...inner,
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
  if (isWithoutNumbers(inner)) return inner;
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

function isNarrower(part: VectorSelector, whole: VectorSelector): boolean {
  const keyOf = ({ label, operator, value }: Matcher) => JSON.stringify([label, operator, value]);
  const keys = new Set(part.matchers.map(keyOf));
  const isOfHistogram = isBucketOf(part, whole);
  return (
    part.metric !== undefined &&
    (part.metric === whole.metric || isOfHistogram) &&
    part.offset === whole.offset &&
    part.at === whole.at &&
    whole.matchers.every((matcher) => keys.has(keyOf(matcher)) || (isOfHistogram && matcher.label === 'le'))
  );
}

/** Whether a selector takes one bucket of the histograms all of whose observations the other one takes. */
function isBucketOf(part: VectorSelector, whole: VectorSelector): boolean {
  const boundOf = ({ matchers }: VectorSelector) => {
    const own = matchers.filter(({ label }) => label === 'le');
    const [first] = own;
    return own.length === 1 && first?.operator === '=' ? first.value : undefined;
  };
  if (part.metric?.endsWith('_bucket') !== true || boundOf(part) === undefined) return false;
  if (whole.metric === part.metric) return boundOf(whole) === '+Inf';
  const base = part.metric.replace(/_bucket$/, '');
  return whole.metric === `${base}_count` && !whole.matchers.some(({ label }) => label === 'le');
}
