import type { Aggregation, Binary, Call, Expr, Matcher, Matching, VectorSelector } from '../../../promql/ast.js';
import { COMPARISONS, isComparison } from '../../../promql/ast.js';
import { UnsupportedQuery } from '../../../promql/errors.js';
import { valueTypeOf, walk } from '../../../promql/walk.js';
import { LabelClasses, type LabelVariable } from './labelClasses.js';

/** How an alert needs a part of its query: to give something, to give nothing, or neither. */
export type Polarity = 'present' | 'empty' | 'aside';

/** How the samples of one selector are read. */
export interface Reading {
  /** The function over the range; `instant` without one. */
  via: string;
  /** Seconds; 0 for an instant selector. */
  range: number;
  /** Seconds before the evaluation at which the reading ends. */
  offset: number;
  /** Seconds that enclosing subqueries add to the range. */
  spread: number;
  /** How many make a second, where the value is compared with `time()`. */
  clock: number | undefined;
  /** Stands in a divisor. */
  divisor: boolean;
  /** Only lends its labels to a product: the side with one element of `* on(…) group_left(…)`. */
  lender: boolean;
  /** The aggregations above, inner ones first. */
  aggregations: readonly string[];
}

/** One occurrence of a selector, and the labels of the series that it has to find. */
export interface Template {
  selector: VectorSelector;
  metric: string;
  labels: ReadonlyMap<string, LabelVariable>;
  reading: Reading;
  polarity: Polarity;
  /** Whether the query gives nothing when the selector finds nothing. */
  firm: boolean;
  /** Belongs to an entity that the rest isn't about: the right side of an `unless` that must not take effect. */
  elsewhere: boolean;
}

/** A comparison that lets elements through. */
export interface Condition {
  comparison: Binary;
  polarity: Polarity;
  /** Whether the query gives nothing when the comparison lets nothing through. */
  firm: boolean;
  /** Below the comparison. */
  templates: readonly Template[];
  row: Row;
}

/** Labels of the element that the alert needs an expression to give; undefined for scalars. */
export type Row = ReadonlyMap<string, LabelVariable>;

/** One way in which the query can give something. */
export interface QueryShape {
  classes: LabelClasses;
  universe: readonly string[];
  templates: readonly Template[];
  /** Inner ones first. */
  conditions: readonly Condition[];
  row: Row | undefined;
  rows: ReadonlyMap<Expr, Row | undefined>;
  polarities: ReadonlyMap<Expr, Polarity>;
  /** The branch taken of each `or`: what decides about its value. */
  taken: ReadonlyMap<Expr, Expr>;
  /** What is asked of nodes beside what they say, because they stand for a recorded metric. */
  filters: ReadonlyMap<Expr, readonly Matcher[]>;
}

const TARGET_LABELS = ['job', 'instance'] as const;
/** Stands for all labels that the query doesn't name: `ignoring` compares them, `on` and `by` don't. */
export const UNNAMED = 'a label that the query does not name';
const MOST_SHAPES = 64;
/** How the origin of a matcher ends that is about what a recording rule makes. */
export const OF_RECORDED = ' of a recorded metric';

/**
 * The ways in which a query can give something: which branch of each `or`, and whether the right side
 * of each `unless` is about another entity or is what the alert waits to disappear.
 *
 * @param filters matchers that a node's result must satisfy, from `inlineRecordings`
 * @param shownLabels labels that the rule's templates show
 * @param isScraped whether all series of a metric have a label of their target
 */
export function shapesOf(
  query: Expr,
  filters: ReadonlyMap<Expr, readonly Matcher[]>,
  shownLabels: readonly string[],
  isScraped: (metric: string, label: string) => boolean,
): QueryShape[] {
  const shapes: QueryShape[] = [];
  let decisions: number[] | undefined = [];
  while (decisions !== undefined && shapes.length < MOST_SHAPES) {
    const builder: ShapeBuilder = new ShapeBuilder(query, filters, shownLabels, decisions, isScraped);
    shapes.push(builder.build());
    decisions = builder.nextDecisions();
  }
  if (decisions !== undefined) throw new UnsupportedQuery(`a query with more than ${MOST_SHAPES} branches`);
  return shapes;
}

/** Label names that the query mentions, and those of every scraped series. */
export function labelsOf(query: Expr, filters: ReadonlyMap<Expr, readonly Matcher[]>): string[] {
  const names = new Set<string>(TARGET_LABELS);
  for (const matchers of filters.values()) for (const { label } of matchers) names.add(label);
  walk(query, (expr) => {
    if (expr.kind === 'vector') for (const { label } of expr.matchers) names.add(label);
    if (expr.kind === 'aggregation') {
      for (const label of expr.grouping?.labels ?? []) names.add(label);
      if (expr.operator === 'count_values' && expr.parameter?.kind === 'string') names.add(expr.parameter.value);
    }
    if (expr.kind === 'binary')
      for (const label of [...expr.matching.labels, ...expr.matching.include]) names.add(label);
    if (expr.kind !== 'call') return;
    if (expr.function.startsWith('histogram_')) names.add('le');
    if (expr.function === 'label_replace') for (const index of [1, 3]) addText(names, expr.args[index]);
    if (expr.function === 'label_join') for (const arg of expr.args.toSpliced(2, 1)) addText(names, arg);
  });
  if (selectsBuckets(query)) names.add('le');
  names.delete('__name__');
  names.delete('');
  return [...names];
}

function selectsBuckets(query: Expr): boolean {
  let found = false;
  walk(query, (expr) => {
    if (expr.kind === 'vector' && expr.metric?.endsWith('_bucket') === true) found = true;
  });
  return found;
}

function addText(names: Set<string>, expr: Expr | undefined): void {
  if (expr?.kind === 'string') names.add(expr.value);
}

interface Context {
  polarity: Polarity;
  /** Whether the query gives nothing when this part gives nothing. */
  firm: boolean;
  /** Whether something is done with the value. */
  used: boolean;
  elsewhere: boolean;
  via: string;
  range: number;
  offset: number;
  spread: number;
  clock: number | undefined;
  divisor: boolean;
  lender: boolean;
  aggregations: readonly string[];
}

class ShapeBuilder {
  private readonly classes = new LabelClasses();
  private readonly universe: readonly string[];
  private readonly templates: Template[] = [];
  private readonly conditions: Condition[] = [];
  private readonly rows = new Map<Expr, Row | undefined>();
  private readonly polarities = new Map<Expr, Polarity>();
  private readonly taken = new Map<Expr, Expr>();
  private readonly arities: number[] = [];
  private readonly made: number[] = [];

  constructor(
    private readonly query: Expr,
    private readonly filters: ReadonlyMap<Expr, readonly Matcher[]>,
    private readonly shownLabels: readonly string[],
    private readonly decisions: readonly number[],
    private readonly isScraped: (metric: string, label: string) => boolean,
  ) {
    this.universe = [...new Set([...labelsOf(query, filters), ...shownLabels]), UNNAMED];
  }

  build(): QueryShape {
    const row = this.visit(this.query, {
      polarity: 'present',
      firm: true,
      used: false,
      elsewhere: false,
      via: 'instant',
      range: 0,
      offset: 0,
      spread: 0,
      clock: undefined,
      divisor: false,
      lender: false,
      aggregations: [],
    });
    if (row !== undefined) for (const label of this.shownLabels) this.classes.want(at(row, label));
    return {
      classes: this.classes,
      universe: this.universe,
      templates: this.templates,
      conditions: this.conditions,
      row,
      rows: this.rows,
      polarities: this.polarities,
      taken: this.taken,
      filters: this.filters,
    };
  }

  /** The decisions of the next shape in order; undefined after the last one. */
  nextDecisions(): number[] | undefined {
    for (let index = this.made.length - 1; index >= 0; index -= 1) {
      const next = (this.made[index] as number) + 1;
      if (next < (this.arities[index] as number)) return [...this.made.slice(0, index), next];
    }
    return undefined;
  }

  private decide(choices: number): number {
    const made = this.decisions[this.made.length] ?? 0;
    this.made.push(made);
    this.arities.push(choices);
    return made;
  }

  private visit(expr: Expr, context: Context): Row | undefined {
    const outside = this.classes.strength;
    this.classes.strength = context.firm ? 'certain' : context.polarity === 'aside' ? 'ignored' : 'uncertain';
    try {
      return this.visited(expr, context);
    } finally {
      this.classes.strength = outside;
    }
  }

  private visited(expr: Expr, context: Context): Row | undefined {
    let row = this.rowOf(expr, context);
    const filters = this.filters.get(expr);
    if (filters !== undefined && row !== undefined) {
      row = new Map(row);
      for (const matcher of filters) {
        this.classes.match(at(row, matcher.label), matcher, `the matcher ${textOf(matcher)}${OF_RECORDED}`);
      }
    }
    this.rows.set(expr, row);
    this.polarities.set(expr, context.polarity);
    return row;
  }

  private rowOf(expr: Expr, context: Context): Row | undefined {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return undefined;
      case 'vector':
        return this.selector(expr, context);
      case 'matrix':
        return this.visit(expr.selector, { ...context, range: expr.range });
      case 'subquery':
        return this.visit(expr.expr, {
          ...context,
          offset: context.offset + expr.offset,
          spread: context.spread + expr.range,
        });
      case 'unary':
        return this.visit(expr.expr, context);
      case 'call':
        return this.call(expr, context);
      case 'aggregation':
        return this.aggregation(expr, context);
      case 'binary':
        return this.binary(expr, context);
    }
  }

  private selector(selector: VectorSelector, context: Context): Row {
    const labels = new Map(this.universe.map((label) => [label, this.classes.variable(label)]));
    const metric = selector.metric ?? this.metricName(selector);
    for (const matcher of selector.matchers) {
      if (matcher.label === '__name__') continue;
      this.classes.match(at(labels, matcher.label), matcher, `the matcher ${textOf(matcher)} of ${metric}`);
    }
    if (!metric.includes(':')) {
      for (const label of TARGET_LABELS) {
        const variable = at(labels, label);
        this.classes.want(variable);
        const isStated = selector.matchers.some((matcher) => matcher.label === label);
        if (!isStated && this.isScraped(metric, label)) {
          this.classes.carry(variable, metric);
        }
      }
    }
    if (metric.endsWith('_bucket')) {
      this.classes.match(at(labels, 'le'), { operator: '!=', value: '' }, `${metric}, whose series all have le,`);
    }
    this.templates.push({
      selector,
      metric,
      labels,
      reading: {
        via: context.via,
        range: context.range,
        offset: context.offset + selector.offset,
        spread: context.spread,
        clock: context.clock,
        divisor: context.divisor,
        lender: context.lender,
        aggregations: context.aggregations,
      },
      polarity: context.polarity,
      firm: context.firm,
      elsewhere: context.elsewhere,
    });
    return labels;
  }

  private metricName(selector: VectorSelector): string {
    const name = this.classes.variable('__name__');
    this.classes.want(name);
    for (const matcher of selector.matchers) {
      if (matcher.label === '__name__') this.classes.match(name, matcher, `the matcher ${textOf(matcher)}`);
    }
    const own = new LabelClasses();
    const variable = own.variable('__name__');
    own.want(variable);
    for (const matcher of selector.matchers) {
      if (matcher.label === '__name__') own.match(variable, matcher, textOf(matcher));
    }
    own.assign();
    const value = own.valueOf(variable);
    return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(value) ? value : 'example';
  }

  private call(expr: Call, context: Context): Row | undefined {
    const name = expr.function;
    if (name === 'absent' || name === 'absent_over_time') return this.absence(expr, context);
    if (name === 'vector' || (name !== 'time' && valueTypeOf(expr) === 'vector' && expr.args.length === 0)) {
      for (const arg of expr.args) this.visit(arg, context);
      return this.empty();
    }
    if (name === 'scalar') {
      this.visit(expr.args[0] as Expr, { ...context, firm: false });
      return undefined;
    }
    let row: Row | undefined;
    const timeless = name === 'timestamp' ? { ...context, clock: undefined } : context;
    for (const arg of expr.args) {
      const type = valueTypeOf(arg);
      const own = this.visit(arg, type === 'matrix' ? { ...timeless, via: name } : timeless);
      if (type === 'vector' || type === 'matrix') row = own;
    }
    if (row === undefined) return undefined;
    if (name === 'label_replace') return this.replaced(expr, row);
    if (name === 'label_join') return this.joined(expr, row);
    if (name.startsWith('histogram_')) return this.quantiled(expr, row);
    return row;
  }

  private absence(expr: Call, context: Context): Row {
    const [inner] = expr.args as readonly [Expr];
    this.visit(inner, {
      ...context,
      polarity: OPPOSITE[context.polarity],
      firm: false,
      via: expr.function === 'absent_over_time' ? expr.function : context.via,
      clock: undefined,
    });
    const selector = inner.kind === 'vector' ? inner : inner.kind === 'matrix' ? inner.selector : undefined;
    const row = new Map(this.empty());
    for (const matcher of selector?.matchers ?? []) {
      const isOnly = selector?.matchers.filter(({ label }) => label === matcher.label).length === 1;
      if (matcher.operator !== '=' || !isOnly || matcher.label === '__name__') continue;
      row.set(matcher.label, this.classes.constant(matcher.label, matcher.value, textOf(matcher)));
    }
    return row;
  }

  private replaced(expr: Call, row: Row): Row {
    const [, target, replacement, source, pattern] = expr.args.map((arg) => (arg.kind === 'string' ? arg.value : ''));
    if (target === undefined || replacement === undefined || source === undefined || pattern === undefined) return row;
    const from = source === '' ? this.classes.absent : at(row, source);
    const old = at(row, target);
    if (source !== '') this.classes.want(from);
    // Where it doesn't match, the element stays as it is.
    if (source !== '' && !MATCHES_ANYTHING.has(pattern)) this.classes.prefer(from, { operator: '=~', value: pattern });
    const compiled = anchored(pattern);
    const result = new Map(row);
    const computed = this.classes.computed(target, [from, old], ([value = '', before = '']) => {
      const found = compiled?.exec(value);
      if (found === null || found === undefined) return before;
      return replacement.replace(/\$(?:(\d+)|\{(\d+)\}|\{?(\w+)\}?|\$)/g, (_all, short, long, named) =>
        named !== undefined ? (found.groups?.[named] ?? '') : (found[Number(short ?? long)] ?? ''),
      );
    });
    const isConstant = source === '' && MATCHES_ANYTHING.has(pattern) && !replacement.includes('$');
    result.set(target, isConstant ? this.classes.constant(target, replacement, 'label_replace') : computed);
    return result;
  }

  private joined(expr: Call, row: Row): Row {
    const [, target = '', separator = '', ...sources] = expr.args.map((arg) =>
      arg.kind === 'string' ? arg.value : '',
    );
    const result = new Map(row);
    for (const source of sources) this.classes.want(at(row, source));
    const variables = sources.map((source) => at(row, source));
    result.set(
      target,
      this.classes.computed(target, variables, (values) => values.join(separator)),
    );
    return result;
  }

  private quantiled(expr: Call, row: Row): Row {
    if (expr.function === 'histogram_quantile' || expr.function === 'histogram_fraction') {
      this.classes.match(at(row, 'le'), { operator: '!=', value: '' }, `${expr.function}, which needs the label le,`);
    }
    const result = new Map(row);
    result.set('le', this.classes.absent);
    return result;
  }

  private aggregation(expr: Aggregation, context: Context): Row {
    if (expr.parameter !== undefined) this.visit(expr.parameter, { ...context, firm: false });
    const inner = this.visit(expr.expr, { ...context, aggregations: [...context.aggregations, expr.operator] });
    const row = inner ?? this.empty();
    const labels = expr.grouping?.labels ?? [];
    for (const label of labels) this.classes.want(at(row, label));
    if (KEEPING.has(expr.operator)) return row;
    const isKept = (label: string) => labels.includes(label) === ((expr.grouping?.mode ?? 'by') === 'by');
    const result = new Map(
      this.universe.map((label) => [label, isKept(label) ? at(row, label) : this.dropped(expr, label)]),
    );
    if (expr.operator === 'count_values' && expr.parameter?.kind === 'string') {
      result.set(expr.parameter.value, this.classes.variable(expr.parameter.value));
    }
    return result;
  }

  private dropped(expr: Aggregation, label: string): LabelVariable {
    return this.classes.constant(label, '', `the aggregation ${expr.operator}`);
  }

  private binary(expr: Binary, context: Context): Row | undefined {
    const isSet = expr.operator === 'and' || expr.operator === 'or' || expr.operator === 'unless';
    if (isSet) return this.setOperation(expr, context);
    const left = this.operand(expr.left, expr.right, expr, context);
    const right = this.operand(expr.right, expr.left, expr, context);
    const row = this.matched(expr, left, right);
    if (isComparison(expr) && !expr.bool && row !== undefined) {
      const below = new Set<VectorSelector>();
      walk(expr, (inner) => {
        if (inner.kind === 'vector') below.add(inner);
      });
      const templates = this.templates.filter(({ selector }) => below.has(selector));
      this.conditions.push({ comparison: expr, polarity: context.polarity, firm: context.firm, templates, row });
    }
    return row;
  }

  private operand(expr: Expr, opposite: Expr, parent: Binary, context: Context): Row | undefined {
    const unit = readsClock(opposite) && CLOCK_OPERATORS.has(parent.operator) ? 1 : context.clock;
    const isDivisor = parent.operator === '/' && expr === parent.right ? !context.divisor : context.divisor;
    const scale =
      unit !== undefined && opposite.kind === 'number' && expr === parent.left
        ? parent.operator === '/'
          ? opposite.value
          : parent.operator === '*'
            ? 1 / opposite.value
            : 1
        : 1;
    const one = { 'many-to-one': parent.right, 'one-to-many': parent.left } as const;
    const { cardinality } = parent.matching;
    const isLender = parent.operator === '*' && cardinality in one && one[cardinality as keyof typeof one] === expr;
    return this.visit(expr, {
      ...context,
      used: true,
      clock: unit === undefined ? undefined : unit * scale,
      divisor: isDivisor,
      lender: context.lender || isLender,
    });
  }

  private matched(expr: Binary, left: Row | undefined, right: Row | undefined): Row | undefined {
    if (left === undefined) return right;
    if (right === undefined) return left;
    const { matching } = expr;
    this.join(left, right, matching, `${expr.operator}${matchingText(matching)}`);
    const isManyLeft = matching.cardinality === 'many-to-one';
    if (!isManyLeft && matching.cardinality !== 'one-to-many') {
      return new Map(
        this.universe.map((label) => [
          label,
          matching.labels.includes(label) === (matching.mode === 'on')
            ? at(left, label)
            : this.classes.constant(label, '', `the matching of ${expr.operator}`),
        ]),
      );
    }
    const [many, one] = isManyLeft ? [left, right] : [right, left];
    const result = new Map(many);
    for (const label of matching.include) {
      this.classes.want(at(one, label));
      result.set(label, at(one, label));
    }
    return result;
  }

  private join(left: Row, right: Row, matching: Matching, origin: string): void {
    for (const label of this.universe) {
      const listed = matching.labels.includes(label);
      if (listed !== (matching.mode === 'on')) continue;
      this.classes.unify(at(left, label), at(right, label), origin);
      if (listed) this.classes.want(at(left, label));
    }
  }

  private setOperation(expr: Binary, context: Context): Row | undefined {
    const aside: Context = { ...context, polarity: 'aside', firm: false };
    const empty = this.empty();
    if (expr.operator === 'or') {
      if (context.polarity !== 'present') {
        const left = this.visit(expr.left, { ...context, firm: false }) ?? empty;
        this.visit(expr.right, { ...context, firm: false });
        return left;
      }
      // Where something is done with the value, the left side may have to disappear for the right one to count.
      const choice = this.decide(context.used && filters(expr.left) ? 3 : 2);
      const takesRight = choice > 0;
      this.taken.set(expr, takesRight ? expr.right : expr.left);
      const other: Context = choice === 2 ? { ...context, polarity: 'empty', firm: false } : aside;
      const left = this.visit(expr.left, takesRight ? other : context) ?? empty;
      const right = this.visit(expr.right, takesRight ? context : aside) ?? empty;
      if (choice === 2) {
        this.classes.strength = 'uncertain';
        this.join(left, right, expr.matching, 'or');
      }
      return takesRight ? right : left;
    }
    const left = this.visit(expr.left, context) ?? empty;
    if (expr.operator === 'and') {
      const right = this.visit(expr.right, context) ?? empty;
      this.join(left, right, expr.matching, `and${matchingText(expr.matching)}`);
      return left;
    }
    // Where the alert needs nothing from the whole, or doesn't care, the right side stays out of the way.
    const isAwaited = context.polarity === 'present' && this.decide(2) === 1;
    const polarity = isAwaited ? 'empty' : 'aside';
    const right = this.visit(expr.right, { ...context, polarity, firm: false, elsewhere: !isAwaited }) ?? empty;
    if (isAwaited) {
      this.classes.strength = 'uncertain';
      this.join(left, right, expr.matching, `unless${matchingText(expr.matching)}`);
    }
    if (!isAwaited) this.separate(left, right, expr.matching);
    return left;
  }

  /** Gives the right side of an `unless` one label that differs, so that it is about another entity. */
  private separate(left: Row, right: Row, matching: Matching): void {
    const shared = this.universe.filter(
      (label) => label !== UNNAMED && matching.labels.includes(label) === (matching.mode === 'on'),
    );
    const specific = shared.toReversed().sort((a, b) => Number(COMMON.has(a)) - Number(COMMON.has(b)));
    for (const label of specific) {
      if (this.classes.isAbsent(at(left, label)) && this.classes.isAbsent(at(right, label))) continue;
      if (this.classes.same(at(left, label), at(right, label))) continue;
      if (this.classes.elsewhere(at(right, label))) return;
    }
  }

  private empty(): Row {
    return new Map(this.universe.map((label) => [label, this.classes.absent]));
  }
}

/** Whether an expression leaves elements out by their values. */
function filters(expr: Expr): boolean {
  let found = false;
  walk(expr, (inner) => {
    if (isComparison(inner) && !inner.bool) found = true;
  });
  return found;
}

const OPPOSITE = { present: 'empty', empty: 'present', aside: 'aside' } as const;
const KEEPING: ReadonlySet<string> = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);
const CLOCK_OPERATORS: ReadonlySet<string> = new Set(['-', '+', ...COMPARISONS]);
const MATCHES_ANYTHING: ReadonlySet<string> = new Set(['.*', '(.*)', '']);
/** Labels that many entities share, so that they don't tell two apart. */
const COMMON: ReadonlySet<string> = new Set(['job', 'cluster', 'namespace', 'env', 'environment', 'region', 'le']);

export function at(row: Row, label: string): LabelVariable {
  const variable = row.get(label);
  if (variable === undefined) throw new RangeError(`the label ${label} isn't among those that the query mentions`);
  return variable;
}

/** Whether an expression's value moves with the time of the evaluation. */
export function readsClock(expr: Expr): boolean {
  switch (expr.kind) {
    case 'call':
      return expr.function === 'time' || expr.args.some(readsClock);
    case 'binary':
      return !isComparison(expr) && (readsClock(expr.left) || readsClock(expr.right));
    case 'unary':
      return readsClock(expr.expr);
    case 'aggregation':
      return readsClock(expr.expr);
    default:
      return false;
  }
}

export function textOf({ label, operator, value }: Matcher): string {
  return `{${label}${operator}${JSON.stringify(value)}}`;
}

function matchingText({ mode, labels }: Matching): string {
  return mode === 'ignoring' && labels.length === 0 ? '' : ` ${mode}(${labels.join(', ')})`;
}

function anchored(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern.replaceAll('(?P<', '(?<')})$`, 's');
  } catch {
    return undefined;
  }
}
