import type { Aggregation, Binary, Call, Expr, VectorSelector } from '../../../promql/ast.js';

/** Whether a label's value, or that it is absent, follows from the rule, whichever series it fires for. */
export type Stated = (label: string) => boolean;

/** What is sure of the labels of a query's result. An empty value says that the label is absent. */
interface Known {
  values: ReadonlyMap<string, string>;
  /** Names that can occur at all; unset: any. */
  names?: ReadonlySet<string>;
}

const NO_LABELS: Known = { values: new Map(), names: new Set() };

/**
 * Tells the labels that a rule states, by its own `labels` or by its query's matchers and groupings,
 * from those that its series bring along, whose values a proof can only choose.
 */
export function statedLabels(query: Expr, ruleLabels: Readonly<Record<string, string>>): Stated {
  const { values, names } = labelsOf(query);
  return (label) => {
    if (label === 'alertname') return true;
    if (Object.hasOwn(ruleLabels, label)) return !(ruleLabels[label] as string).includes('{{');
    return values.has(label) || (names !== undefined && !names.has(label));
  };
}

function labelsOf(expr: Expr): Known {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return NO_LABELS;
    case 'vector':
      return { values: equalities(expr) };
    case 'matrix':
      return labelsOf(expr.selector);
    case 'subquery':
    case 'unary':
      return labelsOf(expr.expr);
    case 'call':
      return ofCall(expr);
    case 'aggregation':
      return ofAggregation(expr);
    case 'binary':
      return ofBinary(expr);
  }
}

function equalities({ matchers }: VectorSelector): Map<string, string> {
  return new Map(matchers.flatMap(({ label, operator, value }) => (operator === '=' ? [[label, value]] : [])));
}

function ofCall({ function: name, args }: Call): Known {
  const [first] = args;
  if (first === undefined || isScalar({ function: name })) return NO_LABELS;
  if (name === 'absent' || name === 'absent_over_time') {
    const selector = first.kind === 'matrix' ? first.selector : first;
    if (selector.kind !== 'vector') return NO_LABELS;
    const values = equalities(selector);
    return { values, names: new Set(values.keys()) };
  }
  if (name === 'label_replace' || name === 'label_join') {
    const target = args[1];
    return target?.kind === 'string' ? withUnknown(labelsOf(first), target.value) : { values: new Map() };
  }
  const vector = args.find((arg) => arg.kind !== 'number' && arg.kind !== 'string' && !isScalar(arg));
  return vector === undefined ? NO_LABELS : labelsOf(vector);
}

/** Functions whose result has no labels, whatever they are given. */
function isScalar(expr: Pick<Call, 'function'> | Expr): boolean {
  return 'function' in expr && ['vector', 'scalar', 'time', 'pi'].includes(expr.function);
}

function ofAggregation({ operator, grouping, parameter, expr }: Aggregation): Known {
  const inner = labelsOf(expr);
  if (['topk', 'bottomk', 'limitk', 'limit_ratio'].includes(operator)) return inner;
  const listed = new Set(grouping?.labels ?? []);
  const grouped = grouping?.mode === 'without' ? lacking(inner, listed) : limited(inner, listed);
  return operator === 'count_values' && parameter?.kind === 'string' ? withUnknown(grouped, parameter.value) : grouped;
}

function ofBinary({ operator, matching, left, right }: Binary): Known {
  const [a, b] = [labelsOf(left), labelsOf(right)];
  if (operator === 'and' || operator === 'unless') return a;
  if (operator === 'or') return either(a, b);
  if (withoutLabels(left)) return b;
  if (withoutLabels(right)) return a;
  const listed = new Set(matching.labels);
  const common = matching.mode === 'on' ? limited(both(a, b), listed) : lacking(both(a, b), listed);
  if (matching.cardinality === 'one-to-one') return common;
  const [many, one] = matching.cardinality === 'many-to-one' ? [a, b] : [b, a];
  // The labels that both sides share, beside the further ones of the many.
  const values = new Map([...[...common.values].filter(([, value]) => value !== ''), ...many.values]);
  for (const label of matching.include) {
    const value = one.values.get(label);
    if (value === undefined) values.delete(label);
    else values.set(label, value);
  }
  return { values, ...(many.names && { names: new Set([...many.names, ...matching.include]) }) };
}

/** A side that is a number takes no part in matching. */
function withoutLabels(expr: Expr): boolean {
  if (expr.kind === 'unary') return withoutLabels(expr.expr);
  if (expr.kind === 'binary') return withoutLabels(expr.left) && withoutLabels(expr.right);
  return expr.kind === 'number' || (expr.kind === 'call' && expr.function !== 'vector' && isScalar(expr));
}

/** With no labels but these. */
function limited({ values, names }: Known, labels: ReadonlySet<string>): Known {
  return {
    values: new Map([...values].filter(([label]) => labels.has(label))),
    names: new Set([...labels].filter((label) => names?.has(label) !== false)),
  };
}

/** With all labels but these. */
function lacking({ values, names }: Known, labels: ReadonlySet<string>): Known {
  const absent = [...labels].map((label): [string, string] => [label, '']);
  return { values: new Map([...values, ...absent]), ...(names && { names }) };
}

function withUnknown({ values, names }: Known, label: string): Known {
  const rest = new Map(values);
  rest.delete(label);
  return { values: rest, ...(names && { names: new Set([...names, label]) }) };
}

/** Of results that have the same labels. */
function both(a: Known, b: Known): Known {
  const values = new Map([...a.values, ...b.values]);
  const names = a.names && b.names ? new Set([...a.names].filter((name) => b.names?.has(name))) : (a.names ?? b.names);
  return { values, ...(names && { names }) };
}

function either(a: Known, b: Known): Known {
  const says = ({ values, names }: Known, label: string) =>
    values.get(label) ?? (names && !names.has(label) ? '' : undefined);
  const labels = new Set([...a.values.keys(), ...b.values.keys()]);
  const agreed = [...labels].flatMap((label): [string, string][] => {
    const value = says(a, label);
    return value !== undefined && value === says(b, label) ? [[label, value]] : [];
  });
  return { values: new Map(agreed), ...(a.names && b.names && { names: new Set([...a.names, ...b.names]) }) };
}
