/** Where a piece of a query stands, as offsets into its text. */
export interface Span {
  from: number;
  to: number;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary;

export interface NumberLiteral extends Span {
  kind: 'number';
  value: number;
}

export interface StringLiteral extends Span {
  kind: 'string';
  value: string;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  label: string;
  operator: MatchOperator;
  value: string;
  /** Of the whole matcher in the query's text. */
  span: Span;
  /** Stands there because it is asked of what is recorded from the series. */
  recorded?: true;
}

/** `offset` and `@` as they stand behind a selector or subquery. */
export interface TimeShift {
  /** Seconds; negative looks ahead. */
  offset: number;
  /** Seconds since 1970, or the keywords. */
  at?: number | 'start' | 'end';
}

export interface VectorSelector extends Span, TimeShift {
  kind: 'vector';
  /** Set when the metric is named once: before the braces or by `__name__=`. */
  metric?: string;
  /** Without the matcher that gives {@link metric}. */
  matchers: readonly Matcher[];
}

export interface MatrixSelector extends Span {
  kind: 'matrix';
  selector: VectorSelector;
  /** Seconds. */
  range: number;
}

export interface Subquery extends Span, TimeShift {
  kind: 'subquery';
  expr: Expr;
  /** Seconds. */
  range: number;
  /** Seconds; unset: the evaluation interval. */
  step?: number;
}

export interface Call extends Span {
  kind: 'call';
  function: string;
  args: readonly Expr[];
}

export interface Grouping {
  mode: 'by' | 'without';
  labels: readonly string[];
  span: Span;
}

export const AGGREGATIONS = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
] as const;
export type AggregationOperator = (typeof AGGREGATIONS)[number];

export interface Aggregation extends Span {
  kind: 'aggregation';
  operator: AggregationOperator;
  grouping?: Grouping;
  /** Of topk, bottomk, quantile, count_values, limitk, limit_ratio. */
  parameter?: Expr;
  expr: Expr;
}

export const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
export type Comparison = (typeof COMPARISONS)[number];
const COMPARISON_OPERATORS: ReadonlySet<string> = new Set(COMPARISONS);

/** A comparison, with `bool` or without. */
export function isComparison(expr: Expr): expr is Binary & { operator: Comparison } {
  return expr.kind === 'binary' && COMPARISON_OPERATORS.has(expr.operator);
}

export const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'] as const;
export type Arithmetic = (typeof ARITHMETIC)[number];
export const SET_OPERATORS = ['and', 'or', 'unless'] as const;
export type SetOperator = (typeof SET_OPERATORS)[number];

export interface Matching {
  /** Without a clause: `ignoring` no labels. */
  mode: 'on' | 'ignoring';
  labels: readonly string[];
  cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** Labels of `group_left(…)` or `group_right(…)`. */
  include: readonly string[];
}

export interface Binary extends Span {
  kind: 'binary';
  operator: Comparison | Arithmetic | SetOperator;
  operatorSpan: Span;
  bool: boolean;
  matching: Matching;
  left: Expr;
  right: Expr;
}

/** A minus sign before an expression; a plus sign is dropped when it is parsed. */
export interface Unary extends Span {
  kind: 'unary';
  expr: Expr;
}

export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix';
