import { type Binary, COMPARISONS, type Expr } from '../../src/promql/ast.js';
import { printQuery } from '../../src/promql/print.js';
import { mapExpr, selectorsOf, walk } from '../../src/promql/walk.js';

/** A version of a sound query that is surely at fault, whatever it was meant to watch. */
export interface BrokenQuery {
  /** What was done to it, as a short name. */
  way: string;
  expr: string;
}

const RATES = new Set(['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv']);

/**
 * All broken versions of a query. Each of them can never be true, or never at the scrape interval, as
 * long as series are plausible; none rests on what the rule's author had in mind.
 *
 * @param scrapeInterval seconds
 */
export function brokenQueries(query: Expr, scrapeInterval: number): BrokenQuery[] {
  const isPlain = !holds(
    query,
    (expr) => isSet(expr, ['or', 'unless']) || isCall(expr, ['absent', 'absent_over_time']),
  );
  const broken: BrokenQuery[] = [
    { way: 'unless itself', expr: `(${printQuery(query)}) unless (${printQuery(query)})` },
  ];
  const change = (way: string, edit: (expr: Expr) => Expr) => {
    const changed = mapExpr(query, edit);
    if (changed !== query) broken.push({ way, expr: printQuery(changed) });
  };
  if (isComparison(query) && query.right.kind === 'number') {
    const { left, right } = query;
    const [below, above] = [
      { ...query, operator: '<' as const },
      { ...query, operator: '>' as const },
    ];
    if (isPlain)
      broken.push({ way: 'both sides of one threshold', expr: `${printQuery(below)} and ${printQuery(above)}` });
    if (isCall(left, ['rate', 'increase']) && query.operator.startsWith('>')) {
      broken.push({ way: 'a counter asked to fall', expr: printQuery({ ...below, right: { ...right, value: 0 } }) });
    }
    if (left.kind === 'vector') {
      broken.push({ way: 'the count of nothing', expr: `count(${printQuery(left)} == 0) == 0` });
      if (left.metric === 'up') broken.push({ way: 'a value that up never has', expr: `${printQuery(left)} == 2` });
    }
    if (isPartOfWhole(left)) {
      broken.push({
        way: 'a part of more than five wholes',
        expr: printQuery({ ...above, right: { ...right, value: 5 } }),
      });
    }
  }
  if (isPlain) {
    change('contradictory matchers', (expr) => {
      if (expr.kind !== 'vector') return expr;
      const span = { from: 0, to: 0 };
      const more = ['a', 'b'].map((value) => ({ label: 'zone', operator: '=' as const, value, span }));
      return { ...expr, matchers: [...expr.matchers, ...more] };
    });
    change('a window of one scrape', (expr) => {
      if (expr.kind !== 'call' || !RATES.has(expr.function)) return expr;
      const args = expr.args.map((arg) => (arg.kind === 'matrix' ? { ...arg, range: scrapeInterval } : arg));
      return { ...expr, args };
    });
    change('a quantile without le', (expr) => {
      const [parameter, buckets] = isCall(expr, ['histogram_quantile']) ? expr.args : [];
      if (expr.kind !== 'call' || buckets?.kind !== 'aggregation' || buckets.grouping?.mode !== 'by') return expr;
      const labels = buckets.grouping.labels.filter((label) => label !== 'le');
      return { ...expr, args: [parameter as Expr, { ...buckets, grouping: { ...buckets.grouping, labels } }] };
    });
    if (isComparison(query) && query.left.kind === 'aggregation' && query.left.grouping?.mode === 'by') {
      const { labels } = query.left.grouping;
      const [selector] = selectorsOf(query.left);
      if (selector !== undefined && !labels.includes('zone')) {
        const other = printQuery({ ...selector, offset: 0 });
        broken.push({
          way: 'a label aggregated away, then matched',
          expr: `(${printQuery(query)}) and on (zone) ${other.endsWith('}') ? `${other.slice(0, -1)},` : `${other}{`}zone="a"}`,
        });
      }
    }
  }
  change('the absence of what is always there', (expr) => {
    const [arg] = isCall(expr, ['absent']) ? expr.args : [];
    if (expr.kind !== 'call' || arg === undefined) return expr;
    return { ...expr, function: 'absent', args: [alwaysThere(expr)] };
  });
  return broken;
}

/** A list in another order, which is the same for the same seed (numbers by mulberry32). */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return all
    .map((one) => ({ one, order: next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ one }) => one);
}

function alwaysThere({ from, to }: Expr): Expr {
  return { kind: 'call', function: 'vector', args: [{ kind: 'number', value: 1, from, to }], from, to };
}

function holds(query: Expr, test: (expr: Expr) => boolean): boolean {
  let found = false;
  walk(query, (expr) => {
    found ||= test(expr);
  });
  return found;
}

function isComparison(expr: Expr): expr is Binary {
  return expr.kind === 'binary' && (COMPARISONS as readonly string[]).includes(expr.operator) && !expr.bool;
}

function isSet(expr: Expr, operators: readonly string[]): boolean {
  return expr.kind === 'binary' && operators.includes(expr.operator);
}

function isCall(expr: Expr, names: readonly string[]): expr is Expr & { kind: 'call' } {
  return expr.kind === 'call' && names.includes(expr.function);
}

/** A sum of some series of a metric, divided by that of all of them over the same window. */
function isPartOfWhole(expr: Expr): boolean {
  if (expr.kind !== 'binary' || expr.operator !== '/') return false;
  const [part, ...moreParts] = selectorsOf(expr.left);
  const [whole, ...moreWholes] = selectorsOf(expr.right);
  if (part === undefined || whole === undefined || moreParts.length + moreWholes.length > 0) return false;
  const without = (side: Expr) =>
    printQuery(mapExpr(side, (one) => (one.kind === 'vector' ? { ...one, matchers: [] } : one)));
  const isIn = ({ label, operator, value }: (typeof whole.matchers)[number]) =>
    part.matchers.some((one) => one.label === label && one.operator === operator && one.value === value);
  return expr.left.kind === 'aggregation' && without(expr.left) === without(expr.right) && whole.matchers.every(isIn);
}
