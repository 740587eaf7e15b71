import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { parseDuration } from './duration.js';

/** The part of PromQL for which input series can be synthesised; everything else is {@link Unsupported}. */
export type Expression = NumberLiteral | Selector | RangeCall | Call | Aggregation | Binary;

/** Where a piece of the query stands, as offsets into its text. */
export interface Span {
  from: number;
  to: number;
}

export interface NumberLiteral extends Span {
  kind: 'number';
  value: number;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  label: string;
  operator: MatchOperator;
  value: string;
}

export interface Selector extends Span {
  kind: 'selector';
  metric: string;
  matchers: readonly Matcher[];
}

/** A function over a range of samples, such as `rate(x[5m])`. */
export interface RangeCall extends Span {
  kind: 'range';
  function: RangeFunction;
  selector: Selector;
  /** Seconds. */
  range: number;
}

export interface Call extends Span {
  kind: 'call';
  function: InstantFunction;
  args: readonly Expression[];
}

export interface Grouping {
  mode: 'by' | 'without';
  labels: readonly string[];
}

export interface Aggregation extends Span {
  kind: 'aggregation';
  operator: AggregationOperator;
  grouping: Grouping;
  operand: Expression;
}

export interface Matching {
  mode: 'on' | 'ignoring';
  labels: readonly string[];
}

export interface Binary extends Span {
  kind: 'binary';
  operator: BinaryOperator;
  operatorSpan: Span;
  matching: Matching;
  left: Expression;
  right: Expression;
}

/** Functions of a counter's or gauge's slope. */
export const SLOPE_FUNCTIONS = ['rate', 'irate', 'increase', 'delta', 'deriv'] as const;
/** Functions of a level that give the level itself while it is steady. */
export const LEVEL_FUNCTIONS = [
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'last_over_time',
  'quantile_over_time',
] as const;
export type RangeFunction = (typeof SLOPE_FUNCTIONS)[number] | (typeof LEVEL_FUNCTIONS)[number];
const RANGE_FUNCTIONS: readonly string[] = [...SLOPE_FUNCTIONS, ...LEVEL_FUNCTIONS];

const INSTANT_FUNCTIONS = [
  'abs',
  'ceil',
  'floor',
  'round',
  'sqrt',
  'ln',
  'log2',
  'log10',
  'histogram_quantile',
] as const;
export type InstantFunction = (typeof INSTANT_FUNCTIONS)[number];

const AGGREGATIONS = ['sum', 'avg', 'min', 'max', 'count'] as const;
export type AggregationOperator = (typeof AGGREGATIONS)[number];

export const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
export type Comparison = (typeof COMPARISONS)[number];
const ARITHMETIC = ['+', '-', '*', '/'] as const;
export type BinaryOperator = Comparison | (typeof ARITHMETIC)[number] | 'and';

/** Deepest nesting that is read; queries come from repositories, which nobody trusts. */
const MAX_DEPTH = 40;
const MAX_LENGTH = 20_000;

/** The query uses something for which no series can be synthesised; the message says what. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/**
 * Parses a query.
 *
 * @throws Unsupported when it isn't valid PromQL or uses a construct outside {@link Expression}.
 */
export function parsePromql(text: string): Expression {
  if (text.length > MAX_LENGTH) throw new Unsupported(`the query is longer than ${MAX_LENGTH} characters`);
  const top = parser.parse(text).topNode;
  let broken = false;
  top.cursor().iterate((node) => {
    if (node.type.isError) broken = true;
  });
  const [root] = children(top);
  if (broken || root === undefined || top.name !== 'PromQL') throw new Unsupported('the query cannot be parsed');
  return new Reader(text).expression(root, 0);
}

export function isComparison(operator: BinaryOperator): operator is Comparison {
  return (COMPARISONS as readonly string[]).includes(operator);
}

/** All selectors of a query, in the order in which they are written. */
export function selectorsOf(expression: Expression): Selector[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'selector':
      return [expression];
    case 'range':
      return [expression.selector];
    case 'call':
      return expression.args.flatMap(selectorsOf);
    case 'aggregation':
      return selectorsOf(expression.operand);
    case 'binary':
      return [...selectorsOf(expression.left), ...selectorsOf(expression.right)];
  }
}

/** The value of an expression of numbers only, else undefined. */
export function constantOf(expression: Expression): number | undefined {
  if (expression.kind === 'number') return expression.value;
  if (expression.kind !== 'binary') return undefined;
  const left = constantOf(expression.left);
  const right = constantOf(expression.right);
  return left === undefined || right === undefined ? undefined : arithmetic(expression.operator, left, right);
}

export function arithmetic(operator: BinaryOperator, left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    default:
      return undefined;
  }
}

class Reader {
  constructor(private readonly source: string) {}

  expression(node: SyntaxNode, depth: number): Expression {
    if (depth > MAX_DEPTH) throw new Unsupported('the query is nested too deeply');
    const span = { from: node.from, to: node.to };
    switch (node.name) {
      case 'ParenExpr':
        return this.expression(onlyChild(node), depth + 1);
      case 'NumberDurationLiteral':
        return { kind: 'number', value: numberOf(this.text(node)), ...span };
      case 'VectorSelector':
        return this.selector(node);
      case 'FunctionCall':
        return this.call(node, depth);
      case 'AggregateExpr':
        return this.aggregation(node, depth);
      case 'BinaryExpr':
        return this.binary(node, depth);
      case 'UnaryExpr': {
        const operand = this.expression(onlyChild(node, 'UnaryOp'), depth + 1);
        if (this.text(node).startsWith('+')) return operand;
        if (operand.kind === 'number') return { ...operand, value: -operand.value, ...span };
        throw new Unsupported('a minus sign before series');
      }
      default:
        throw new Unsupported(DESCRIPTIONS[node.name] ?? `${node.name} in the query`);
    }
  }

  private call(node: SyntaxNode, depth: number): Expression {
    const name = this.text(child(node, 'FunctionIdentifier'));
    const args = children(child(node, 'FunctionCallBody'));
    const span = { from: node.from, to: node.to };
    if (RANGE_FUNCTIONS.includes(name)) {
      const matrix = args.at(-1);
      if (matrix?.name !== 'MatrixSelector') {
        throw new Unsupported(
          matrix === undefined ? `${name}()` : (DESCRIPTIONS[matrix.name] ?? `${name} of an expression`),
        );
      }
      const [inner, duration] = children(matrix);
      const range = duration === undefined ? undefined : parseDuration(this.text(duration));
      if (inner?.name !== 'VectorSelector' || range === undefined) throw new Unsupported(`the range of ${name}`);
      return { kind: 'range', function: name as RangeFunction, selector: this.selector(inner), range, ...span };
    }
    if (!(INSTANT_FUNCTIONS as readonly string[]).includes(name)) throw new Unsupported(`the function ${name}`);
    if (args.length !== (name === 'histogram_quantile' ? 2 : 1))
      throw new Unsupported(`${name} with ${args.length} arguments`);
    const read = args.map((arg) => this.expression(arg, depth + 1));
    return { kind: 'call', function: name as InstantFunction, args: read, ...span };
  }

  private aggregation(node: SyntaxNode, depth: number): Expression {
    const operator = this.text(child(node, 'AggregateOp'));
    if (!(AGGREGATIONS as readonly string[]).includes(operator)) throw new Unsupported(`the aggregation ${operator}`);
    const modifier = node.getChild('AggregateModifier');
    const [operand] = children(child(node, 'FunctionCallBody'));
    if (operand === undefined) throw new Unsupported(`${operator}()`);
    return {
      kind: 'aggregation',
      operator: operator as AggregationOperator,
      grouping: {
        mode: modifier !== null && modifier.getChild('Without') !== null ? 'without' : 'by',
        labels: modifier === null ? [] : this.labels(child(modifier, 'GroupingLabels')),
      },
      operand: this.expression(operand, depth + 1),
      from: node.from,
      to: node.to,
    };
  }

  private binary(node: SyntaxNode, depth: number): Expression {
    const parts = children(node);
    const [left, symbol] = parts;
    const right = parts.at(-1);
    if (left === undefined || symbol === undefined || right === undefined) throw new Unsupported('a binary expression');
    const operator = this.text(symbol).toLowerCase();
    if (!([...COMPARISONS, ...ARITHMETIC, 'and'] as string[]).includes(operator)) {
      throw new Unsupported(`the operator ${operator}`);
    }
    if (node.getChild('BoolModifier') !== null) throw new Unsupported('a comparison with bool');
    if (node.getChild('FillModifier') !== null) throw new Unsupported('the modifier fill');
    const clause = node.getChild('MatchingModifierClause');
    if (clause !== null && (clause.getChild('GroupLeft') !== null || clause.getChild('GroupRight') !== null)) {
      throw new Unsupported('a join with group_left or group_right');
    }
    const matching: Matching =
      clause === null
        ? { mode: 'ignoring', labels: [] }
        : {
            mode: clause.getChild('On') !== null ? 'on' : 'ignoring',
            labels: this.labels(child(clause, 'GroupingLabels')),
          };
    return {
      kind: 'binary',
      operator: operator as BinaryOperator,
      operatorSpan: { from: symbol.from, to: symbol.to },
      matching,
      left: this.expression(left, depth + 1),
      right: this.expression(right, depth + 1),
      from: node.from,
      to: node.to,
    };
  }

  private selector(node: SyntaxNode): Selector {
    const name = node.getChild('Identifier');
    const block = node.getChild('LabelMatchers');
    const matchers: Matcher[] = [];
    for (const item of block === null ? [] : children(block)) {
      if (item.name !== 'UnquotedLabelMatcher') throw new Unsupported('a quoted name in a selector');
      matchers.push({
        label: this.text(child(item, 'LabelName')),
        operator: this.text(child(item, 'MatchOp')) as MatchOperator,
        value: stringOf(this.text(child(item, 'StringLiteral'))),
      });
    }
    const named = matchers.filter((matcher) => matcher.label === '__name__');
    const [only] = named;
    const metric = name !== null ? this.text(name) : only?.operator === '=' ? only.value : undefined;
    if (metric === undefined || named.length > (name === null ? 1 : 0)) {
      throw new Unsupported('a selector that names no single metric');
    }
    return {
      kind: 'selector',
      metric,
      matchers: matchers.filter((matcher) => matcher.label !== '__name__'),
      from: node.from,
      to: node.to,
    };
  }

  private labels(node: SyntaxNode): string[] {
    return children(node).map((label) => {
      if (label.name !== 'LabelName') throw new Unsupported('a quoted label name');
      return this.text(label);
    });
  }

  private text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  OffsetExpr: 'offset',
  StepInvariantExpr: 'the modifier @',
  SubqueryExpr: 'a subquery',
  MatrixSelector: 'a range selector outside a function',
  StringLiteral: 'a string in the query',
  AnchoredExpr: 'the modifier anchored',
  SmoothedExpr: 'the modifier smoothed',
};

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let next = node.firstChild; next !== null; next = next.nextSibling) {
    if (next.name !== 'LineComment') found.push(next);
  }
  return found;
}

function child(node: SyntaxNode, name: string): SyntaxNode {
  const found = node.getChild(name);
  if (found === null) throw new Unsupported(`${node.name} without ${name}`);
  return found;
}

function onlyChild(node: SyntaxNode, except?: string): SyntaxNode {
  const [found] = children(node).filter((item) => item.name !== except);
  if (found === undefined) throw new Unsupported(`an empty ${node.name}`);
  return found;
}

function numberOf(text: string): number {
  const plain = text.replaceAll('_', '');
  const value = /^[+-]?(\d|\.\d|0x)/i.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isFinite(value)) throw new Unsupported(`the number ${text}`);
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

/** A PromQL string literal's value; the rarer Go escapes (`\x41`, `é`, octal) aren't read. */
function stringOf(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body;
  return body.replace(/\\(.)/gs, (_, character: string) => {
    const value = ESCAPES[character];
    if (value === undefined) throw new Unsupported(`the escape \\${character} in a string`);
    return value;
  });
}
