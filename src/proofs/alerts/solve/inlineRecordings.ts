import type { Expr, Matcher, VectorSelector } from '../../../promql/ast.js';
import { UnsupportedQuery } from '../../../promql/errors.js';
import { METRIC_NAME } from '../../../promql/labels.js';
import type { RecordingRule } from '../world.js';
import { pushMatcher } from './pushMatcher.js';

/** A query over raw series, and for each inlined recording the matchers that its result had to satisfy. */
export interface InlinedQuery {
  query: Expr;
  filters: ReadonlyMap<Expr, readonly Matcher[]>;
  /** Names of the inlined recordings. */
  recorded: ReadonlySet<string>;
}

const NOWHERE = { from: 0, to: 0 } as const;
/** Chains that are longer have a cycle, or are no chain that people write. */
const DEEPEST_CHAIN = 12;

/**
 * Replaces each selector of a recorded metric by the recording's query, over several rules too. Where
 * several rules record one name, the query becomes the `or` of them. The lag of an evaluation that
 * each recording adds isn't part of the result: it is for solving; what is solved is tried on
 * the chain itself.
 *
 * @throws UnsupportedQuery for a chain that is longer than a dozen rules, and so most likely circular
 */
export function inlineRecordings(query: Expr, recordings: readonly RecordingRule[]): InlinedQuery {
  const filters = new Map<Expr, readonly Matcher[]>();
  const recorded = new Set<string>();

  const recordedBy = (selector: VectorSelector) => recordings.filter(({ record }) => record === selector.metric);

  const inlined = (selector: VectorSelector, depth: number): Expr => {
    if (depth > DEEPEST_CHAIN) throw new UnsupportedQuery('a chain of more than a dozen recordings');
    recorded.add(selector.metric as string);
    const alternatives = recordedBy(selector).map((rule): Expr => {
      let result = rewrite(rule.query, depth + 1, selector);
      for (const [label, value] of Object.entries(rule.labels)) {
        result = call('label_replace', [result, text(label), text(value), text(''), text('')]);
      }
      for (const matcher of selector.matchers) {
        if (matcher.label === METRIC_NAME) continue;
        result = pushMatcher(result, { ...matcher, recorded: true }) ?? result;
      }
      // A node of its own, for the matchers to hang on.
      const wrapped = { ...result };
      filters.set(wrapped, selector.matchers);
      return wrapped;
    });
    return alternatives.reduce((left, right) => ({
      kind: 'binary',
      operator: 'or',
      operatorSpan: NOWHERE,
      bool: false,
      matching: { mode: 'ignoring', labels: [], cardinality: 'many-to-many', include: [] },
      left,
      right,
      ...NOWHERE,
    }));
  };

  const shifted = (expr: Expr, by: VectorSelector | undefined): Expr => {
    if (by === undefined || (by.offset === 0 && by.at === undefined)) return expr;
    if (expr.kind !== 'vector' && expr.kind !== 'subquery') return expr;
    return { ...expr, offset: expr.offset + by.offset, ...(by.at === undefined ? {} : { at: by.at }) };
  };

  const rewrite = (expr: Expr, depth: number, by: VectorSelector | undefined): Expr => {
    const next = (child: Expr) => rewrite(child, depth, by);
    switch (expr.kind) {
      case 'number':
      case 'string':
        return expr;
      case 'vector':
        return recordedBy(expr).length > 0 ? inlined(shifted(expr, by) as VectorSelector, depth) : shifted(expr, by);
      case 'matrix': {
        const { selector } = expr;
        const [rule] = recordedBy(selector);
        if (rule === undefined) return { ...expr, selector: shifted(selector, by) as VectorSelector };
        return {
          kind: 'subquery',
          expr: inlined({ ...selector, offset: 0 }, depth),
          range: expr.range,
          step: rule.interval,
          offset: selector.offset + (by?.offset ?? 0),
          from: expr.from,
          to: expr.to,
        };
      }
      case 'subquery':
        return shifted({ ...expr, expr: rewrite(expr.expr, depth, undefined) }, by);
      case 'call':
        return { ...expr, args: expr.args.map(next) };
      case 'aggregation':
        return {
          ...expr,
          expr: next(expr.expr),
          ...(expr.parameter === undefined ? {} : { parameter: next(expr.parameter) }),
        };
      case 'binary':
        return { ...expr, left: next(expr.left), right: next(expr.right) };
      case 'unary':
        return { ...expr, expr: next(expr.expr) };
    }
  };

  return { query: rewrite(query, 0, undefined), filters, recorded };
}

function call(name: string, args: readonly Expr[]): Expr {
  return { kind: 'call', function: name, args, ...NOWHERE };
}

function text(value: string): Expr {
  return { kind: 'string', value, ...NOWHERE };
}
