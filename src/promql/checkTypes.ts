import type {
  Aggregation,
  AggregationOperator,
  Binary,
  Call,
  Expr,
  Grouping,
  Matcher,
  Span,
  ValueType,
  VectorSelector,
} from './ast.js';
import { isComparison, SET_OPERATORS } from './ast.js';
import { QueryError } from './errors.js';
import { FUNCTIONS } from './functions.js';
import { matches } from './matchers.js';
import { compileRegularExpression, RegularExpressionError } from './regularExpression.js';
import { valueTypeOf } from './walk.js';

/** Names of the types in Prometheus' own messages. */
const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};

const PARAMETER_TYPES: Partial<Record<AggregationOperator, ValueType>> = {
  topk: 'scalar',
  bottomk: 'scalar',
  quantile: 'scalar',
  limitk: 'scalar',
  limit_ratio: 'scalar',
  count_values: 'string',
};

function expectType(expr: Expr, wanted: ValueType, context: string): void {
  const type = valueTypeOf(expr);
  if (type !== wanted) {
    throw new QueryError(`expected type ${TYPE_NAMES[wanted]} in ${context}, got ${TYPE_NAMES[type]}`, expr.from);
  }
}

/** @throws QueryError for an unknown function, or arguments of the wrong number or type. */
export function checkCall(call: Call): void {
  const known = FUNCTIONS.get(call.function);
  if (known === undefined) throw new QueryError(`unknown function with name "${call.function}"`, call.from);
  const count = call.args.length;
  const least = known.args.length - (known.variadic === 0 ? 0 : 1);
  const most = known.variadic === 0 ? least : known.variadic > 0 ? least + known.variadic : Number.POSITIVE_INFINITY;
  if (count < least || count > most) {
    const bound = known.variadic === 0 ? '' : count < least ? 'at least ' : 'at most ';
    throw new QueryError(
      `expected ${bound}${count < least ? least : most} argument(s) in call to "${call.function}", got ${count}`,
      call.from,
    );
  }
  call.args.forEach((arg, index) => {
    const wanted = known.args[Math.min(index, known.args.length - 1)];
    if (wanted !== undefined) expectType(arg, wanted, `call to function "${call.function}"`);
  });
}

/** Builds an aggregation from its arguments. @throws QueryError when their number or types are wrong. */
export function checkAggregation(
  operator: AggregationOperator,
  grouping: Grouping | undefined,
  args: readonly Expr[],
  span: Span,
): Aggregation {
  const parameterType = PARAMETER_TYPES[operator];
  const wanted = parameterType === undefined ? 1 : 2;
  const expr = args[wanted - 1];
  if (expr === undefined || args.length !== wanted) {
    throw new QueryError(
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      span.from,
    );
  }
  expectType(expr, 'vector', 'aggregation expression');
  const parameter = parameterType === undefined ? undefined : args[0];
  if (parameter !== undefined && parameterType !== undefined) {
    expectType(parameter, parameterType, 'aggregation parameter');
  }
  return {
    kind: 'aggregation',
    operator,
    ...(grouping === undefined ? {} : { grouping }),
    ...(parameter === undefined ? {} : { parameter }),
    expr,
    ...span,
  };
}

/** @throws QueryError for operands that the operator doesn't take, or modifiers that it doesn't allow. */
export function checkBinary(expr: Binary): void {
  const at = expr.operatorSpan.from;
  const comparison = isComparison(expr);
  const set = (SET_OPERATORS as readonly string[]).includes(expr.operator);
  const left = valueTypeOf(expr.left);
  const right = valueTypeOf(expr.right);
  for (const [side, type] of [
    [expr.left, left],
    [expr.right, right],
  ] as const) {
    if (type !== 'scalar' && type !== 'vector') {
      throw new QueryError('binary expression must contain only scalar and instant vector types', side.from);
    }
  }
  if (expr.bool && !comparison) throw new QueryError('bool modifier can only be used on comparison operators', at);
  if (comparison && !expr.bool && left === 'scalar' && right === 'scalar') {
    throw new QueryError('comparisons between scalars must use BOOL modifier', at);
  }
  const { matching } = expr;
  const twice = matching.mode === 'on' ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (twice !== undefined) {
    throw new QueryError(`label "${twice}" must not occur in ON and GROUP clause at once`, at);
  }
  if (set && (left === 'scalar' || right === 'scalar')) {
    throw new QueryError(`set operator "${expr.operator}" not allowed in binary scalar expression`, at);
  }
  if ((left === 'scalar' || right === 'scalar') && matching.labels.length > 0) {
    throw new QueryError('vector matching only allowed between instant vectors', at);
  }
  if (set && matching.cardinality !== 'many-to-many') {
    throw new QueryError(`no grouping allowed for "${expr.operator}" operation`, at);
  }
}

/** @throws QueryError when a sign stands before something that is neither a scalar nor an instant vector. */
export function checkUnary(operand: Expr): void {
  const type = valueTypeOf(operand);
  if (type !== 'scalar' && type !== 'vector') {
    throw new QueryError(
      `unary expression only allowed on expressions of type scalar or instant vector, got "${TYPE_NAMES[type]}"`,
      operand.from,
    );
  }
}

/** @throws QueryError when the subquery isn't one of an instant vector. */
export function checkSubquery(expr: Expr, span: Span): void {
  const type = valueTypeOf(expr);
  if (type !== 'vector') {
    throw new QueryError(`subquery is only allowed on instant vector, got ${TYPE_NAMES[type]} instead`, span.from);
  }
}

/**
 * Builds a selector. `name` is the metric's name where it stands alone, before or within the braces.
 *
 * @throws QueryError for a name that is given twice, an invalid regular expression, or matchers that
 *   all match the empty value.
 */
export function checkSelector(name: string | undefined, matchers: readonly Matcher[], span: Span): VectorSelector {
  for (const { operator, value, span: place } of matchers) {
    if (operator !== '=~' && operator !== '!~') continue;
    try {
      compileRegularExpression(value);
    } catch (error) {
      if (error instanceof RegularExpressionError) throw new QueryError(error.message, place.from);
      // What can't be tried here may still be valid; evaluation says so.
    }
  }
  const ofName = matchers.filter(({ label }) => label === '__name__');
  const [named] = ofName;
  if (name !== undefined) {
    if (named !== undefined) {
      throw new QueryError(`metric name must not be set twice: "${name}" or "${named.value}"`, span.from);
    }
    return { kind: 'vector', metric: name, matchers, offset: 0, ...span };
  }
  if (!matchers.some(excludesEmpty)) {
    throw new QueryError('vector selector must contain at least one non-empty matcher', span.from);
  }
  if (named === undefined || ofName.length > 1 || named.operator !== '=') {
    return { kind: 'vector', matchers, offset: 0, ...span };
  }
  return {
    kind: 'vector',
    metric: named.value,
    matchers: matchers.filter((matcher) => matcher !== named),
    offset: 0,
    ...span,
  };
}

function excludesEmpty(matcher: Matcher): boolean {
  try {
    return !matches(matcher, '');
  } catch {
    return true;
  }
}
