import type { Binary, Call, Expr, Matcher } from '../../../promql/ast.js';
import { valueTypeOf } from '../../../promql/walk.js';

const CHOOSING: ReadonlySet<string> = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);
const OF_OTHER_LABELS: ReadonlySet<string> = new Set(['absent', 'absent_over_time', 'scalar', 'vector', 'info']);

/**
 * An expression that gives what another one gives of a label's value, because its selectors ask for it;
 * undefined where that isn't the same: the label is made, dropped or decides about other elements.
 */
export function pushMatcher(expr: Expr, matcher: Matcher): Expr | undefined {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return undefined;
    case 'vector':
      return { ...expr, matchers: [...expr.matchers, matcher] };
    case 'matrix':
      return { ...expr, selector: { ...expr.selector, matchers: [...expr.selector.matchers, matcher] } };
    case 'subquery':
    case 'unary': {
      const inner = pushMatcher(expr.expr, matcher);
      return inner === undefined ? undefined : { ...expr, expr: inner };
    }
    case 'call':
      return intoCall(expr, matcher);
    case 'aggregation': {
      const isListed = expr.grouping?.labels.includes(matcher.label) ?? false;
      const isKept = isListed === ((expr.grouping?.mode ?? 'by') === 'by');
      const isMade = expr.operator === 'count_values';
      if (!isKept || isMade || CHOOSING.has(expr.operator)) return undefined;
      const inner = pushMatcher(expr.expr, matcher);
      return inner === undefined ? undefined : { ...expr, expr: inner };
    }
    case 'binary':
      return intoBinary(expr, matcher);
  }
}

function intoCall(expr: Call, matcher: Matcher): Expr | undefined {
  const { function: name, args } = expr;
  if (OF_OTHER_LABELS.has(name) || (name.startsWith('histogram_') && matcher.label === 'le')) return undefined;
  const [, target] = args;
  const makesLabel = name === 'label_replace' || name === 'label_join';
  if (makesLabel && !(target?.kind === 'string' && target.value !== matcher.label)) return undefined;
  let isPushed = false;
  const pushed: Expr[] = [];
  for (const arg of args) {
    const isOfSeries = valueTypeOf(arg) === 'vector' || valueTypeOf(arg) === 'matrix';
    const inner = isOfSeries ? pushMatcher(arg, matcher) : arg;
    if (inner === undefined) return undefined;
    isPushed ||= isOfSeries;
    pushed.push(inner);
  }
  return isPushed ? { ...expr, args: pushed } : undefined;
}

function intoBinary(expr: Binary, matcher: Matcher): Expr | undefined {
  const { left, right, operator, matching } = expr;
  const [own, other] = [valueTypeOf(left) === 'vector', valueTypeOf(right) === 'vector'];
  const isMatched = matching.labels.includes(matcher.label) === (matching.mode === 'on');
  const isSet = operator === 'and' || operator === 'unless';
  const isOfBoth = own && other;
  const intoLeft = own && (!isOfBoth || isSet || isMatched || matching.cardinality === 'many-to-one');
  const intoRight = other && (!isOfBoth || (!isSet && (isMatched || matching.cardinality === 'one-to-many')));
  if (isOfBoth && !isSet && !isMatched && (operator === 'or' || matching.include.includes(matcher.label))) {
    return undefined;
  }
  if (!intoLeft && !intoRight) return undefined;
  const newLeft = intoLeft ? pushMatcher(left, matcher) : left;
  const newRight = intoRight ? pushMatcher(right, matcher) : right;
  return newLeft === undefined || newRight === undefined ? undefined : { ...expr, left: newLeft, right: newRight };
}
