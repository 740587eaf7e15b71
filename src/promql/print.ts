import type { Aggregation, Binary, Expr, Grouping, Matching, TimeShift, VectorSelector } from './ast.js';
import { formatDuration } from './duration.js';
import { PRECEDENCE, UNARY_PRECEDENCE } from './precedence.js';
import { quoteString } from './stringLiteral.js';

const IDENTIFIER = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names that some version reads as something else where a metric stands. */
const RESERVED = new Set(
  (
    'inf nan bool ignoring on group_left group_right offset and or unless atan2 by without start end ' +
    'avg bottomk count count_values group max min quantile limitk limit_ratio stddev stdvar sum topk ' +
    'smoothed anchored fill fill_left fill_right'
  ).split(' '),
);

/** A query as PromQL that parses to the same tree, spans aside. Parentheses stand only where they are needed. */
export function printQuery(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr.value);
    case 'string':
      return quoteString(expr.value);
    case 'vector':
      return `${selector(expr)}${shift(expr)}`;
    case 'matrix':
      return `${selector(expr.selector)}[${formatDuration(expr.range)}]${shift(expr.selector)}`;
    case 'subquery': {
      const { expr: inner } = expr;
      const shifted = inner.kind === 'vector' && (inner.offset !== 0 || inner.at !== undefined);
      const text =
        shifted || inner.kind === 'binary' || inner.kind === 'unary' ? `(${printQuery(inner)})` : printQuery(inner);
      const step = expr.step === undefined ? '' : formatDuration(expr.step);
      return `${text}[${formatDuration(expr.range)}:${step}]${shift(expr)}`;
    }
    case 'call':
      return `${expr.function}(${expr.args.map(printQuery).join(', ')})`;
    case 'aggregation':
      return aggregation(expr);
    case 'binary':
      return binary(expr);
    case 'unary':
      return `-${operand(expr.expr, precedenceOf(expr.expr) <= UNARY_PRECEDENCE)}`;
  }
}

/** A number as a literal of PromQL. */
export function printNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function selector(expr: VectorSelector): string {
  const plain = expr.metric !== undefined && IDENTIFIER.test(expr.metric) && !RESERVED.has(expr.metric.toLowerCase());
  const matchers = expr.matchers.map(
    ({ label, operator, value }) => `${labelName(label)}${operator}${quoteString(value)}`,
  );
  if (expr.metric !== undefined && !plain) matchers.unshift(`__name__=${quoteString(expr.metric)}`);
  const block = matchers.length > 0 || !plain ? `{${matchers.join(',')}}` : '';
  return `${plain ? expr.metric : ''}${block}`;
}

function shift({ at, offset }: TimeShift): string {
  const moment = at === undefined ? '' : typeof at === 'number' ? ` @ ${printNumber(at)}` : ` @ ${at}()`;
  return `${moment}${offset === 0 ? '' : ` offset ${formatDuration(offset)}`}`;
}

function aggregation(expr: Aggregation): string {
  const grouping = expr.grouping === undefined ? '' : ` ${groupingText(expr.grouping)} `;
  const args = expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr];
  return `${expr.operator}${grouping}(${args.map(printQuery).join(', ')})`;
}

function groupingText({ mode, labels }: Grouping): string {
  return `${mode} (${labels.map(labelName).join(', ')})`;
}

function binary(expr: Binary): string {
  const own = PRECEDENCE[expr.operator];
  const left = precedenceOf(expr.left);
  const right = precedenceOf(expr.right);
  const rightAssociative = expr.operator === '^';
  return [
    operand(expr.left, left < own || (left === own && rightAssociative)),
    `${expr.operator}${expr.bool ? ' bool' : ''}${matchingText(expr.matching)}`,
    operand(expr.right, right < own || (right === own && !rightAssociative)),
  ].join(' ');
}

function matchingText(matching: Matching): string {
  const grouped = matching.cardinality === 'many-to-one' || matching.cardinality === 'one-to-many';
  if (matching.mode === 'ignoring' && matching.labels.length === 0 && !grouped) return '';
  const clause = ` ${matching.mode} (${matching.labels.map(labelName).join(', ')})`;
  if (!grouped) return clause;
  const side = matching.cardinality === 'many-to-one' ? 'group_left' : 'group_right';
  return `${clause} ${side} (${matching.include.map(labelName).join(', ')})`;
}

function operand(expr: Expr, parentheses: boolean): string {
  return parentheses ? `(${printQuery(expr)})` : printQuery(expr);
}

/** A negative number binds as weakly as a minus sign before something. */
function precedenceOf(expr: Expr): number {
  if (expr.kind === 'binary') return PRECEDENCE[expr.operator];
  const minus = expr.kind === 'unary' || (expr.kind === 'number' && printNumber(expr.value).startsWith('-'));
  return minus ? UNARY_PRECEDENCE : Number.POSITIVE_INFINITY;
}

function labelName(name: string): string {
  return LABEL_NAME.test(name) ? name : quoteString(name);
}
