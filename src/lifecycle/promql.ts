import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { LabelMatcher, PromqlExpression, PromqlSelector } from './facts.js';

/** Characters of an expression that is read at all. */
const MAX_EXPRESSION = 16 * 1024;
/** Nested nodes; PromQL written by people stays far below. */
const MAX_DEPTH = 200;

const COMPARISONS = { Gtr: '>', Lss: '<', Gte: '>=', Lte: '<=', Eql: '==', Neq: '!=' } as const;

/**
 * Parses an expression with Prometheus' own grammar: its selectors with offsets, the functions it
 * uses and the comparison at its top. Invalid text gives `error` and what could be read around it.
 */
export function parsePromql(text: string): PromqlExpression {
  if (text.length > MAX_EXPRESSION) {
    return { text, selectors: [], functions: [], error: `longer than ${MAX_EXPRESSION} characters` };
  }
  const tree = parser.parse(text);
  const selectors: PromqlSelector[] = [];
  const functions: string[] = [];
  let error: string | undefined;
  let depth = 0;
  tree.iterate({
    enter(node) {
      depth += 1;
      if (depth > MAX_DEPTH) {
        error ??= 'nested too deeply';
        return false;
      }
      if (node.type.isError) error ??= `not valid PromQL at character ${node.from + 1}`;
      if (node.name === 'VectorSelector') selectors.push(selectorOf(node.node, text));
      if (node.name === 'FunctionIdentifier' || node.name === 'AggregateOp') {
        const name = text.slice(node.from, node.to).toLowerCase();
        if (!functions.includes(name)) functions.push(name);
      }
      return undefined;
    },
    leave() {
      depth -= 1;
    },
  });
  if (text.trim() === '') error ??= 'empty expression';
  const expression: PromqlExpression = { text, selectors, functions };
  if (error !== undefined) expression.error = error;
  const comparison = error === undefined ? topComparison(tree.topNode.firstChild, text) : undefined;
  if (comparison) expression.comparison = comparison;
  return expression;
}

function selectorOf(node: SyntaxNode, text: string): PromqlSelector {
  const selector: PromqlSelector = { matchers: [], range: { start: node.from, end: node.to } };
  const identifier = node.getChild('Identifier');
  if (identifier) {
    selector.metric = text.slice(identifier.from, identifier.to);
    selector.metricRange = { start: identifier.from, end: identifier.to };
  }
  const list = node.getChild('LabelMatchers');
  for (let child = list?.firstChild ?? null; child; child = child.nextSibling) {
    if (child.name === 'QuotedLabelName') {
      // UTF-8 names (Prometheus 3): `{"my.metric"}`.
      selector.metric = unquote(text.slice(child.from, child.to));
      selector.metricRange = { start: child.from + 1, end: child.to - 1 };
      continue;
    }
    if (child.name !== 'UnquotedLabelMatcher' && child.name !== 'QuotedLabelMatcher') continue;
    const operator = child.getChild('MatchOp');
    const value = child.getChildren('StringLiteral').at(-1);
    const name = child.getChild('LabelName') ?? child.getChild('QuotedLabelName');
    if (!operator || !value || !name) continue;
    const label =
      child.name === 'QuotedLabelMatcher' ? unquote(text.slice(name.from, name.to)) : text.slice(name.from, name.to);
    const matcher: LabelMatcher = {
      label,
      operator: text.slice(operator.from, operator.to) as LabelMatcher['operator'],
      value: unquote(text.slice(value.from, value.to)),
    };
    if (label === '__name__' && matcher.operator === '=') {
      selector.metric = matcher.value;
      selector.metricRange = { start: value.from + 1, end: value.to - 1 };
    } else selector.matchers.push(matcher);
  }
  const parent = node.parent;
  if (parent?.name === 'MatrixSelector') {
    const duration = parent.getChild('DurationExpr');
    if (duration) selector.window = text.slice(duration.from, duration.to);
  }
  return selector;
}

function topComparison(top: SyntaxNode | null, text: string): PromqlExpression['comparison'] {
  let node = top;
  while (node?.name === 'ParenExpr') node = innerOf(node);
  if (node?.name !== 'BinaryExpr') return undefined;
  const left = node.firstChild;
  const right = node.lastChild;
  if (!left || !right) return undefined;
  for (let child = left.nextSibling; child; child = child.nextSibling) {
    const operator = COMPARISONS[child.name as keyof typeof COMPARISONS];
    if (!operator) continue;
    const comparison: NonNullable<PromqlExpression['comparison']> = {
      operator,
      left: { start: left.from, end: left.to },
      right: { start: right.from, end: right.to },
      operatorRange: { start: child.from, end: child.to },
    };
    const rightNumber = numberOf(right, text);
    const leftNumber = numberOf(left, text);
    if (rightNumber !== undefined) Object.assign(comparison, { threshold: rightNumber, thresholdSide: 'right' });
    else if (leftNumber !== undefined) Object.assign(comparison, { threshold: leftNumber, thresholdSide: 'left' });
    return comparison;
  }
  return undefined;
}

function innerOf(node: SyntaxNode): SyntaxNode | null {
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== '(' && child.name !== ')') return child;
  }
  return null;
}

function numberOf(node: SyntaxNode, text: string): number | undefined {
  if (node.name === 'ParenExpr') {
    const inner = innerOf(node);
    return inner ? numberOf(inner, text) : undefined;
  }
  if (node.name === 'UnaryExpr') {
    const operand = node.lastChild;
    const value = operand ? numberOf(operand, text) : undefined;
    if (value === undefined) return undefined;
    return text[node.from] === '-' ? -value : value;
  }
  if (node.name !== 'NumberDurationLiteral') return undefined;
  return parseNumber(text.slice(node.from, node.to));
}

/** Numbers, `Inf`, `NaN`, and durations as seconds (`5m` is 300), as Prometheus 3 reads literals. */
function parseNumber(literal: string): number | undefined {
  const sign = literal.startsWith('-') ? -1 : 1;
  const body = literal.replace(/^[-+]/, '').replaceAll('_', '');
  if (/^inf$/i.test(body)) return sign * Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(body)) return Number.NaN;
  const value = Number(body);
  if (!Number.isNaN(value)) return sign * value;
  const seconds = durationSeconds(body);
  return seconds === undefined ? undefined : sign * seconds;
}

const DURATION_SECONDS: Record<string, number> = {
  y: 31_536_000,
  w: 604_800,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
};

/** Seconds of a Prometheus duration such as `1h30m`; `undefined` when it isn't one. */
export function durationSeconds(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(ms|[ywdhms]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    total += Number(amount) * (DURATION_SECONDS[unit as string] as number);
  }
  return total;
}

function unquote(literal: string): string {
  const quote = literal[0];
  const body = literal.slice(1, -1);
  if (quote === '`') return body;
  return body.replace(/\\(.)/g, (_, character: string) => ({ n: '\n', t: '\t', r: '\r' })[character] ?? character);
}
