import type { Comparison, Expr } from '../../../promql/ast.js';
import { printQuery } from '../../../promql/print.js';
import type { AlertProblem } from '../world.js';
import { constantOf } from './constantOf.js';
import { PlausibleBounds, SWAPPED } from './plausibleBounds.js';
import type { Condition, QueryShape, Template } from './queryShape.js';
import { stripped } from './stripped.js';

/** Why a shape of a query gives nothing for any plausible series. */
export interface Impossibility {
  reason: string;
  /** Holds only because of the scrape interval. */
  byInterval: boolean;
}

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
export function impossibilityOf(problem: AlertProblem, shape: QueryShape): Impossibility | undefined {
  const { contradiction } = shape.classes;
  if (contradiction?.certain === true) return { reason: contradiction.text, byInterval: false };
  const bounds = new PlausibleBounds(shape, problem.metrics);
  const firm = shape.conditions.filter(({ polarity, firm: isFirm }) => polarity === 'present' && isFirm);
  for (const { comparison } of firm) {
    if (!bounds.neverHolds(comparison)) continue;
    const [left, right] = [bounds.of(comparison.left), bounds.of(comparison.right)];
    return {
      reason: tellBounds(comparison.left, left, comparison.operator, comparison.right, right),
      byInterval: false,
    };
  }
  const opposed = opposedConditions(firm, shape);
  if (opposed !== undefined) return { reason: opposed, byInterval: false };
  return shortWindow(problem, shape.templates, firm);
}

function tellBounds(
  left: Expr,
  own: { low: number; high: number },
  operator: string,
  right: Expr,
  other: { low: number; high: number },
): string {
  const limit = other.low === other.high ? tell(other.low) : `${printQuery(right)} (${range(other)})`;
  return `${shortened(printQuery(left))} is ${range(own)} for all plausible values, so never ${operator} ${limit}`;
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
