import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import {
  AGGREGATIONS,
  type AggregationOperator,
  type Binary,
  type Expr,
  type Grouping,
  type Matcher,
  type Matching,
  type MatchOperator,
  type Span,
  type TimeShift,
  type VectorSelector,
} from './ast.js';
import { checkAggregation, checkBinary, checkCall, checkSelector, checkSubquery, checkUnary } from './checkTypes.js';
import { parseDuration } from './duration.js';
import { QueryError, UnsupportedQuery } from './errors.js';
import { FUNCTIONS } from './functions.js';
import { PRECEDENCE } from './precedence.js';
import { scanQuery } from './scanner.js';
import { unquote } from './stringLiteral.js';

/** Longest query that is read, in characters; queries come from repositories, which nobody trusts. */
export const MAX_QUERY_LENGTH = 20_000;
/** Deepest nesting of parentheses, calls and aggregations. */
export const MAX_QUERY_DEPTH = 60;
/** Most operators of a query, so that a chain such as `a or b or …` can be walked recursively. */
export const MAX_QUERY_OPERATORS = 500;
const TOO_MANY_OPERATORS = `the query has more than ${MAX_QUERY_OPERATORS} operators`;

/**
 * Parses a query and checks its types as Prometheus does. Parentheses leave no trace in the tree,
 * and a sign before a number becomes part of it.
 *
 * @throws QueryError when Prometheus would refuse it, or it is beyond the bounds above.
 * @throws UnsupportedQuery for constructs of newer versions that {@link Expr} can't hold.
 */
export function parseQuery(text: string): Expr {
  if (text.length > MAX_QUERY_LENGTH) {
    throw new QueryError(`the query is longer than ${MAX_QUERY_LENGTH} characters`, MAX_QUERY_LENGTH);
  }
  const scanned = scanQuery(text);
  if (scanned.illegal !== undefined) {
    const code = scanned.illegal.character.codePointAt(0) ?? 0;
    throw new QueryError(
      `unexpected character U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
      scanned.illegal.at,
    );
  }
  // The grammar no longer knows holt_winters; a known function of equal length takes its place, as
  // names are read from the text and not from the tree.
  let parsed = text;
  for (const { name, at } of scanned.called) {
    if (name === 'holt_winters') parsed = `${parsed.slice(0, at)}day_of_month${parsed.slice(at + name.length)}`;
  }
  const tree = parser.parse(parsed);
  refuseErrors(tree, text, scanned.called);
  const [root] = children(tree.topNode);
  if (root === undefined) throw new QueryError('the query is empty', 0);
  return new Reader(text).expression(root, 0);
}

function refuseErrors(tree: Tree, text: string, called: readonly { name: string; at: number }[]): void {
  let at: number | undefined;
  let operators = 0;
  tree.cursor().iterate((node) => {
    if (node.type.isError && (at === undefined || node.from < at)) at = node.from;
    if (node.name === 'BinaryExpr') operators += 1;
  });
  if (at === undefined) return;
  // The grammar's parser gives up somewhere in a very long chain.
  if (operators > MAX_QUERY_OPERATORS) throw new QueryError(TOO_MANY_OPERATORS, at);
  const unknown = called.find(({ name }) => !isCallable(name));
  if (unknown !== undefined) throw new QueryError(`unknown function with name "${unknown.name}"`, unknown.at);
  const newer = called.find(({ name }) => NOT_IN_GRAMMAR.has(name));
  if (newer !== undefined) throw new UnsupportedQuery(`the function ${newer.name}`);
  const next = text.slice(at).trimStart();
  const token = /^(?:[\w:.]+|\S)/.exec(next)?.[0];
  throw new QueryError(token === undefined ? 'unexpected end of the query' : `unexpected ${JSON.stringify(token)}`, at);
}

/** In the table of functions but not among the functions of the parser's grammar. */
const NOT_IN_GRAMMAR: ReadonlySet<string> = new Set(['max_of', 'min_of']);
const KEYWORDS =
  'on ignoring group_left group_right by without and or unless atan2 bool offset fill fill_left fill_right';
const CALLABLE_KEYWORDS: ReadonlySet<string> = new Set([...KEYWORDS.split(' '), 'start', 'end', ...AGGREGATIONS]);

function isCallable(name: string): boolean {
  return FUNCTIONS.has(name) || CALLABLE_KEYWORDS.has(name.toLowerCase());
}

type Operator = Binary['operator'];

/** Operators with their operands in the order of the text. */
type Item =
  | { kind: 'operand'; node: SyntaxNode }
  | { kind: 'sign'; sign: string; from: number }
  | { kind: 'infix'; operator: Operator; span: Span; bool: boolean; matching: Matching | undefined }
  /** Offset, `@`, range or subquery behind an operand: the node whose first child is that operand. */
  | { kind: 'postfix'; node: SyntaxNode };

const POSTFIX: ReadonlySet<string> = new Set(['OffsetExpr', 'StepInvariantExpr', 'MatrixSelector', 'SubqueryExpr']);

class Reader {
  private operators = 0;

  constructor(private readonly source: string) {}

  /**
   * Reads an expression. The generated parser doesn't bind `offset`, `@` and brackets more tightly than
   * operators (`a + b offset 5m` is an offset of a sum to it), nor `^` more tightly than a number's
   * sign; so the operators are put in order again, by Prometheus' own precedence.
   */
  expression(node: SyntaxNode, depth: number): Expr {
    if (depth > MAX_QUERY_DEPTH) throw new QueryError('the query is nested too deeply', node.from);
    const items = this.flatten(node);
    let at = 0;

    const primary = (): Expr => {
      const item = items[at++];
      if (item === undefined) throw new QueryError('unexpected end of the query', node.to);
      if (item.kind === 'sign') {
        const operand = infix(primary(), PRECEDENCE['^']);
        if (item.sign === '+') {
          checkUnary(operand);
          return operand;
        }
        if (operand.kind === 'number') return { ...operand, value: -operand.value, from: item.from };
        checkUnary(operand);
        return { kind: 'unary', expr: operand, from: item.from, to: operand.to };
      }
      if (item.kind !== 'operand') throw new QueryError('an operator without operand', node.from);
      let expr = this.operand(item.node, depth);
      let parenthesised = item.node.name === 'ParenExpr';
      for (let next = items[at]; next?.kind === 'postfix'; next = items[++at]) {
        expr = this.postfix(expr, next.node, parenthesised);
        parenthesised = false;
      }
      return expr;
    };

    const infix = (first: Expr, weakest: number): Expr => {
      let left = first;
      for (let next = items[at]; next?.kind === 'infix'; next = items[at]) {
        const own = PRECEDENCE[next.operator];
        if (own < weakest) break;
        at += 1;
        const right = infix(primary(), next.operator === '^' ? own : own + 1);
        left = this.binary(left, next, right);
      }
      return left;
    };

    return infix(primary(), 0);
  }

  /** Iterative, because a chain of operators is as deep a tree as it is long. */
  private flatten(root: SyntaxNode): Item[] {
    const items: Item[] = [];
    const open: SyntaxNode[] = [];
    const postfixes: (SyntaxNode | undefined)[] = [];
    const push = (node: SyntaxNode, postfix: SyntaxNode | undefined) => {
      open.push(node);
      postfixes.push(postfix);
    };
    push(root, undefined);
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const postfix = postfixes.pop();
      if (postfix !== undefined) {
        items.push({ kind: 'postfix', node: postfix });
        continue;
      }
      const parts = children(node);
      const [first] = parts;
      if (node.name === 'BinaryExpr' || node.name === 'UnaryExpr') {
        for (const part of parts.toReversed()) push(part, undefined);
      } else if (POSTFIX.has(node.name) && first !== undefined) {
        push(node, node);
        push(first, undefined);
      } else {
        this.item(node, items);
      }
    }
    return items;
  }

  private item(node: SyntaxNode, items: Item[]): void {
    const text = this.text(node);
    const last = items.at(-1);
    switch (node.name) {
      case 'UnaryOp':
        this.countOperator(node);
        items.push({ kind: 'sign', sign: text, from: node.from });
        return;
      case 'NumberDurationLiteral':
        if (text.startsWith('-') || text.startsWith('+')) {
          this.countOperator(node);
          items.push({ kind: 'sign', sign: text.charAt(0), from: node.from });
        }
        items.push({ kind: 'operand', node });
        return;
      case 'BoolModifier':
        if (last?.kind === 'infix') last.bool = true;
        return;
      case 'MatchingModifierClause':
        if (last?.kind === 'infix') last.matching = this.matching(node);
        return;
      case 'FillModifier':
        throw new UnsupportedQuery('the modifier fill');
      case 'AnchoredExpr':
        throw new UnsupportedQuery('the modifier anchored');
      case 'SmoothedExpr':
        throw new UnsupportedQuery('the modifier smoothed');
      case 'TrimUpper':
      case 'TrimLower':
        throw new UnsupportedQuery(`the operator ${text}`);
      default: {
        const operator = text.toLowerCase();
        if (
          /^(Pow|Mul|Div|Mod|Atan2|Add|Sub|Eql|Neq|Gte|Gtr|Lte|Lss|And|Or|Unless)$/.test(node.name) &&
          isOperator(operator)
        ) {
          this.countOperator(node);
          items.push({ kind: 'infix', operator, span: spanOf(node), bool: false, matching: undefined });
        } else {
          items.push({ kind: 'operand', node });
        }
      }
    }
  }

  private countOperator(node: SyntaxNode): void {
    this.operators += 1;
    if (this.operators > MAX_QUERY_OPERATORS) {
      throw new QueryError(TOO_MANY_OPERATORS, node.from);
    }
  }

  private operand(node: SyntaxNode, depth: number): Expr {
    const span = spanOf(node);
    switch (node.name) {
      case 'ParenExpr':
        // The span takes the parentheses in, so that the text of every span is an expression.
        return { ...this.expression(onlyChild(node), depth + 1), ...span };
      case 'NumberDurationLiteral': {
        const text = this.text(node);
        return { kind: 'number', value: numberOf(text.replace(/^[+-]\s*/, ''), node.from), ...span };
      }
      case 'StringLiteral':
        return { kind: 'string', value: unquote(this.text(node), node.from), ...span };
      case 'VectorSelector':
        return this.selector(node);
      case 'FunctionCall': {
        const name = this.text(child(node, 'FunctionIdentifier'));
        const args = children(child(node, 'FunctionCallBody')).map((arg) => this.expression(arg, depth + 1));
        const call = { kind: 'call' as const, function: name, args, ...span };
        checkCall(call);
        return call;
      }
      case 'AggregateExpr':
        return this.aggregation(node, depth);
      default:
        throw new UnsupportedQuery(`${node.name} in the query`);
    }
  }

  private aggregation(node: SyntaxNode, depth: number): Expr {
    const operator = this.text(child(node, 'AggregateOp')).toLowerCase() as AggregationOperator;
    const modifier = node.getChild('AggregateModifier');
    const args = children(child(node, 'FunctionCallBody')).map((arg) => this.expression(arg, depth + 1));
    const grouping: Grouping | undefined =
      modifier === null
        ? undefined
        : {
            mode: modifier.getChild('Without') !== null ? 'without' : 'by',
            labels: this.labels(child(modifier, 'GroupingLabels')),
            span: spanOf(modifier),
          };
    return checkAggregation(operator, grouping, args, spanOf(node));
  }

  private binary(left: Expr, item: Extract<Item, { kind: 'infix' }>, right: Expr): Expr {
    const { operator, bool, span: operatorSpan } = item;
    const set = operator === 'and' || operator === 'or' || operator === 'unless';
    const given: Matching = item.matching ?? { mode: 'ignoring', labels: [], cardinality: 'one-to-one', include: [] };
    const matching: Matching =
      set && given.cardinality === 'one-to-one' ? { ...given, cardinality: 'many-to-many' } : given;
    const expr: Binary = {
      kind: 'binary',
      operator,
      operatorSpan,
      bool,
      matching,
      left,
      right,
      from: left.from,
      to: right.to,
    };
    checkBinary(expr);
    return expr;
  }

  private matching(node: SyntaxNode): Matching {
    const [labels, include] = node.getChildren('GroupingLabels');
    const left = node.getChild('GroupLeft') !== null;
    const right = node.getChild('GroupRight') !== null;
    return {
      mode: node.getChild('On') !== null ? 'on' : 'ignoring',
      labels: labels === undefined ? [] : this.labels(labels),
      cardinality: left ? 'many-to-one' : right ? 'one-to-many' : 'one-to-one',
      include: include === undefined ? [] : this.labels(include),
    };
  }

  /** `parenthesised`: only a subquery goes behind parentheses. */
  private postfix(expr: Expr, node: SyntaxNode, parenthesised: boolean): Expr {
    if (node.name === 'MatrixSelector') {
      const range = this.duration(child(node, 'DurationExpr'));
      if (expr.kind !== 'vector' || parenthesised) {
        throw new QueryError('ranges only allowed for vector selectors', node.from);
      }
      if (expr.offset !== 0) throw new QueryError('no offset modifiers allowed before range', node.from);
      if (expr.at !== undefined) throw new QueryError('no @ modifiers allowed before range', node.from);
      if (!(range > 0)) throw new QueryError('duration must be greater than 0', node.from);
      return { kind: 'matrix', selector: expr, range, from: expr.from, to: node.to };
    }
    if (node.name === 'SubqueryExpr') {
      const [range, step] = node.getChildren('DurationExpr').map((duration) => this.duration(duration));
      if (!((range ?? 0) > 0) || (step !== undefined && !(step > 0))) {
        throw new QueryError('duration must be greater than 0', node.from);
      }
      const span = { from: expr.from, to: node.to };
      checkSubquery(expr, span);
      return { kind: 'subquery', expr, range: range ?? 0, ...(step === undefined ? {} : { step }), offset: 0, ...span };
    }
    const isOffset = node.name === 'OffsetExpr';
    const modifier = isOffset ? 'offset' : '@';
    const misplaced = new QueryError(
      `${modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
      node.from,
    );
    if (parenthesised) throw misplaced;
    const change = (shifted: TimeShift): TimeShift => {
      if (isOffset ? shifted.offset !== 0 : shifted.at !== undefined) {
        throw new QueryError(`${modifier} may not be set multiple times`, node.from);
      }
      if (!isOffset) return { offset: shifted.offset, at: this.moment(node) };
      const offset = this.duration(child(node, 'OffsetDurationExpr'));
      return { offset, ...(shifted.at === undefined ? {} : { at: shifted.at }) };
    };
    switch (expr.kind) {
      case 'vector':
      case 'subquery':
        return { ...expr, ...change(expr), to: node.to };
      case 'matrix':
        return { ...expr, selector: { ...expr.selector, ...change(expr.selector) }, to: node.to };
      default:
        throw misplaced;
    }
  }

  private moment(node: SyntaxNode): number | 'start' | 'end' {
    const keyword = node.getChild('AtModifierPreprocessors');
    if (keyword !== null) return keyword.getChild('AtStart') !== null ? 'start' : 'end';
    // The first child may be a number too: `1 @ 2` is refused later, by its type.
    const literal = children(node).at(-1);
    if (literal === undefined) throw new QueryError('@ without a time', node.from);
    const text = this.text(literal);
    const value = numberOf(text.replace(/^[+-]\s*/, ''), literal.from) * (text.startsWith('-') ? -1 : 1);
    if (!Number.isFinite(value) || Math.abs(value) > 1e15) {
      throw new QueryError('timestamp out of bounds for @ modifier', literal.from);
    }
    return value;
  }

  /** Seconds of a duration or of an expression of durations and numbers. */
  private duration(node: SyntaxNode): number {
    const parts = children(node);
    const [first, second, third] = parts;
    if (first === undefined) return numberOf(this.text(node), node.from);
    if (first.name === 'UnaryOp' && second !== undefined) {
      return this.duration(second) * (this.text(first) === '-' ? -1 : 1);
    }
    if (second !== undefined && third !== undefined && parts.length === 3) {
      const left = this.duration(first);
      const right = this.duration(third);
      switch (second.name) {
        case 'Add':
          return left + right;
        case 'Sub':
          return left - right;
        case 'Mul':
          return left * right;
        case 'Div':
          return left / right;
        case 'Mod':
          return left % right;
        case 'Pow':
          return left ** right;
      }
    }
    if (parts.length === 1 && !first.name.startsWith('Duration')) return this.duration(first);
    if (parts.length === 1 && first.name === 'DurationExpr') return this.duration(first);
    throw new UnsupportedQuery('a function in a duration');
  }

  private selector(node: SyntaxNode): VectorSelector {
    const name = node.getChild('Identifier');
    const block = node.getChild('LabelMatchers');
    const matchers: Matcher[] = [];
    let quotedName: { value: string; at: number } | undefined;
    for (const item of block === null ? [] : children(block)) {
      if (item.name === 'QuotedLabelName') {
        const value = this.quoted(item);
        if (quotedName !== undefined || name !== null) {
          throw new QueryError(`metric name must not be set twice: "${value}"`, item.from);
        }
        quotedName = { value, at: item.from };
        continue;
      }
      const label =
        item.name === 'QuotedLabelMatcher'
          ? this.quoted(child(item, 'QuotedLabelName'))
          : this.text(child(item, 'LabelName'));
      matchers.push({
        label,
        operator: this.text(child(item, 'MatchOp')) as MatchOperator,
        value: this.quoted(item),
        span: spanOf(item),
      });
    }
    return checkSelector(name === null ? quotedName?.value : this.text(name), matchers, spanOf(node));
  }

  private labels(node: SyntaxNode): string[] {
    return children(node).map((label) => (label.name === 'QuotedLabelName' ? this.quoted(label) : this.text(label)));
  }

  private quoted(node: SyntaxNode): string {
    const literal = child(node, 'StringLiteral');
    return unquote(this.text(literal), literal.from);
  }

  private text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }
}

function isOperator(text: string): text is Operator {
  return Object.hasOwn(PRECEDENCE, text);
}

function spanOf({ from, to }: SyntaxNode): Span {
  return { from, to };
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let next = node.firstChild; next !== null; next = next.nextSibling) {
    if (next.name !== 'LineComment') found.push(next);
  }
  return found;
}

function child(node: SyntaxNode, name: string): SyntaxNode {
  const found = node.getChild(name);
  if (found === null) throw new QueryError(`${node.name} without ${name}`, node.from);
  return found;
}

function onlyChild(node: SyntaxNode): SyntaxNode {
  const [found] = children(node);
  if (found === undefined) throw new QueryError('empty parentheses', node.from);
  return found;
}

/** A number without sign: decimal, hexadecimal, octal with a leading 0 as Go reads it, `Inf`, `NaN`, or a duration's seconds. */
function numberOf(text: string, at: number): number {
  const plain = text.toLowerCase();
  if (plain === 'inf') return Number.POSITIVE_INFINITY;
  if (plain === 'nan') return Number.NaN;
  const seconds = /[ywdhms]$/.test(plain) ? parseDuration(plain) : undefined;
  if (seconds !== undefined) return seconds;
  const digits = plain.replaceAll('_', '');
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  if (Number.isNaN(value)) throw new QueryError(`error parsing number: ${text}`, at);
  return value;
}
