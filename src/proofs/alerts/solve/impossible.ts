import type { Comparison, Expr } from '../../../promql/ast.js';
import { printQuery } from '../../../promql/print.js';
import { walk } from '../../../promql/walk.js';
import type { AlertProblem } from '../world.js';
import { constantOf } from './constantOf.js';
import { filterChainOf, isImplied } from './filterChain.js';
import { isWithoutNumbers } from './interval.js';
import { PlausibleBounds, SWAPPED } from './plausibleBounds.js';
import type { Condition, QueryShape, Template } from './queryShape.js';
import { stripped } from './stripped.js';

/** Why a shape of a query gives nothing for any plausible series. */
export interface Impossibility {
  reason: string;
  /** Holds only because of the scrape interval. */
  byInterval: boolean;
}

/** Functions whose reading makes a metric a counter, whatever its name. */
const OF_COUNTERS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets']);
/** Functions that need two samples in their window. */
const OF_TWO_SAMPLES: ReadonlySet<string> = new Set([
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'predict_linear',
  'holt_winters',
  'double_exponential_smoothing',
]);

/**
 * A sound reason why a query can't give anything in this shape. What is checked over-approximates what
 * plausible series can do, so that no reason is found for many shapes that are impossible.
 */
export function impossibilityOf(problem: AlertProblem, query: Expr, shape: QueryShape): Impossibility | undefined {
  const { contradiction } = shape.classes;
  if (contradiction?.certain === true) return { reason: contradiction.text, byInterval: false };
  const bounds = new PlausibleBounds(shape, problem.metrics);
  const structural = nothingTaken(query) ?? ownExclusion(query, bounds);
  if (structural !== undefined) return { reason: structural, byInterval: false };
  const firm = shape.conditions.filter(({ polarity, firm: isFirm }) => polarity === 'present' && isFirm);
  for (const { comparison } of firm) {
    if (!bounds.neverHolds(comparison)) continue;
    return { reason: tellBounds(comparison, problem, shape), byInterval: false };
  }
  const opposed = opposedConditions(firm, shape);
  if (opposed !== undefined) return { reason: opposed, byInterval: false };
  return shortWindow(problem, shape.templates, firm);
}

/** Parts of a query without which it gives nothing. */
function firmParts(query: Expr): Expr[] {
  switch (query.kind) {
    case 'binary':
      if (query.operator === 'or') return [query];
      return [query, ...firmParts(query.left), ...(query.operator === 'unless' ? [] : firmParts(query.right))];
    case 'unary':
    case 'subquery':
    case 'aggregation':
      return [query, ...firmParts(query.expr)];
    case 'call':
      if (query.function.startsWith('absent') || ALWAYS_GIVING.has(query.function)) return [query];
      return [query, ...query.args.flatMap(firmParts)];
    default:
      return [query];
  }
}

const ALWAYS_GIVING: ReadonlySet<string> = new Set(['scalar', 'vector']);

/** An aggregation that is asked for no element. */
function nothingTaken(query: Expr): string | undefined {
  for (const part of firmParts(query)) {
    if (part.kind !== 'aggregation' || part.parameter === undefined) continue;
    const count = constantOf(part.parameter);
    if (count === undefined || count >= 1 || !['topk', 'bottomk', 'limitk'].includes(part.operator)) continue;
    return `${part.operator}(${tell(count)}, …) takes no series`;
  }
  return undefined;
}

/** A left side of `unless` all of whose elements its right side has too. */
function ownExclusion(query: Expr, bounds: PlausibleBounds): string | undefined {
  for (const part of firmParts(query)) {
    if (part.kind !== 'binary' || part.operator !== 'unless') continue;
    const [left, right] = [filterChainOf(part.left), filterChainOf(part.right)];
    if (!bounds.areAlike(left.core, right.core) || !isImplied(left, right, bounds.of(left.core))) continue;
    const [own, other] = [shortened(printQuery(part.left)), shortened(printQuery(part.right))];
    return `unless takes away all that ${own} gives: whatever it lets through, ${other} lets through too`;
  }
  return undefined;
}

function tellBounds(
  { left, right, operator }: Condition['comparison'],
  problem: AlertProblem,
  shape: QueryShape,
): string {
  const bounds = new PlausibleBounds(shape, problem.metrics);
  const [own, other] = [bounds.of(left), bounds.of(right)];
  const text = shortened(printQuery(left));
  if (isWithoutNumbers(own)) return `${text} is never a number, so never ${operator} anything`;
  if (isWithoutNumbers(other)) return `${shortened(printQuery(right))} is no number, and nothing is ${operator} that`;
  if (bounds.areAlike(left, right)) return `${text} is never ${operator} itself`;
  const limit = other.low === other.high ? tell(other.low) : `${printQuery(right)} (${range(other)})`;
  const whole = operator === '==' && own.whole === true && own.low <= other.high && own.high >= other.low;
  return (
    `${text} is ${range(own)}${whole ? ' and a whole number' : ''} for all plausible values, ` +
    `so never ${operator} ${limit}${tellCounters([left, right], bounds)}`
  );
}

/** What the kind of the counters rests on, of which it was taken for granted that they never fall. */
function tellCounters(exprs: readonly Expr[], { counters }: PlausibleBounds): string {
  const read = new Set(exprs.flatMap((expr) => countersThatMatter(expr)));
  const told = [...counters].filter(([metric]) => read.has(metric)).slice(0, 3);
  if (told.length === 0) return '';
  const texts = told.map(([metric, by]) => `${metric} is a counter by its ${by}`);
  return `: ${texts.join(', ')}, and a counter never falls or is below 0`;
}

/** Metrics read without a function that fits counters only, so that their kind decides. */
function countersThatMatter(expr: Expr): string[] {
  const found: string[] = [];
  walk(expr, (inner, path) => {
    if (inner.kind !== 'vector' || inner.metric === undefined) return;
    if (path.some((above) => above.kind === 'call' && OF_COUNTERS.has(above.function))) return;
    found.push(inner.metric);
  });
  return found;
}

function range({ low, high }: { low: number; high: number }): string {
  if (low === high) return `always ${tell(low)}`;
  if (low === -Infinity) return high === Infinity ? 'any number' : `at most ${tell(high)}`;
  return high === Infinity ? `at least ${tell(low)}` : `between ${tell(low)} and ${tell(high)}`;
}

function tell(value: number): string {
  return String(Number(value.toPrecision(12)));
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}

/** Two comparisons of the same value that can't both hold. */
function opposedConditions(conditions: readonly Condition[], { classes, taken }: QueryShape): string | undefined {
  const limits = new Map<string, { low: number; isLowOpen: boolean; high: number; isHighOpen: boolean }>();
  for (const { comparison, row, templates } of conditions) {
    if (templates.some(({ reading }) => reading.spread > 0)) continue;
    const [left, right] = [constantOf(comparison.left), constantOf(comparison.right)];
    const value = right ?? left;
    if (value === undefined || (left !== undefined && right !== undefined)) continue;
    const operand = right === undefined ? comparison.right : comparison.left;
    const operator = right === undefined ? SWAPPED[comparison.operator as Comparison] : comparison.operator;
    const labels = [...row.values()].map((variable) => classes.find(variable));
    const key = `${printQuery(stripped(operand, taken))} ${labels}`;
    const limit = limits.get(key) ?? { low: -Infinity, isLowOpen: false, high: Infinity, isHighOpen: false };
    if ((operator === '>' || operator === '>=' || operator === '==') && value >= limit.low) {
      limit.isLowOpen = operator === '>' || (value === limit.low && limit.isLowOpen);
      limit.low = value;
    }
    if ((operator === '<' || operator === '<=' || operator === '==') && value <= limit.high) {
      limit.isHighOpen = operator === '<' || (value === limit.high && limit.isHighOpen);
      limit.high = value;
    }
    limits.set(key, limit);
    if (limit.low > limit.high || (limit.low === limit.high && (limit.isLowOpen || limit.isHighOpen))) {
      return `${shortened(printQuery(operand))} can't be both above ${tell(limit.low)} and below ${tell(limit.high)}`;
    }
  }
  return undefined;
}

/** A window that doesn't see enough samples, unless scrapes and evaluations fall on the same instants. */
function shortWindow(
  { scrapeInterval }: AlertProblem,
  templates: readonly Template[],
  conditions: readonly Condition[],
): Impossibility | undefined {
  for (const { metric, reading, firm, polarity } of templates) {
    const isRange = reading.range > 0 && reading.spread === 0;
    if (!firm || polarity !== 'present' || !isRange || !OF_TWO_SAMPLES.has(reading.via)) continue;
    if (reading.range > scrapeInterval) continue;
    return {
      reason:
        `${reading.via}(${metric}[${reading.range}s]) needs two samples, but its window is no longer than ` +
        `the scrape interval of ${scrapeInterval}s`,
      byInterval: true,
    };
  }
  for (const { comparison, templates: below } of conditions) {
    const { left, operator } = comparison;
    const value = constantOf(comparison.right);
    if (left.kind !== 'call' || !['changes', 'resets'].includes(left.function) || value === undefined) continue;
    const [template] = below;
    if (template === undefined || template.reading.spread > 0 || template.reading.range === 0) continue;
    const most = Math.ceil(template.reading.range / scrapeInterval - 1e-9) - 1;
    const never = { '>': most <= value, '>=': most < value, '==': most < value } as Partial<Record<string, boolean>>;
    if (never[operator] !== true) continue;
    return {
      reason:
        `${left.function}() sees ${most + 1} samples at most in ${template.reading.range}s at a scrape interval ` +
        `of ${scrapeInterval}s, so never ${operator} ${tell(value)}`,
      byInterval: true,
    };
  }
  return undefined;
}
