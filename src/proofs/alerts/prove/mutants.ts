import type { Binary, Comparison, Expr, Span } from '../../../promql/ast.js';
import { isComparison } from '../../../promql/ast.js';
import { selectorsOf, valueTypeOf, walk } from '../../../promql/walk.js';
import type { RuleChange } from './reducedRules.js';
import { roundUp } from './timeline.js';

export type MutantKind =
  | 'reversed'
  | 'moved-up'
  | 'moved-down'
  | 'for-doubled'
  | 'for-removed'
  | 'keep-firing-doubled'
  | 'matcher-changed'
  | 'label-dropped'
  | 'former';

/** A rule with one deliberate fault, which its tests must notice. */
export interface Mutant {
  kind: MutantKind;
  text: string;
  change: RuleChange;
  /** Whether a rule whose tests don't notice it can't be called proved. */
  decisive: boolean;
}

/** Values of one side of a comparison while the rule fires and while it is healthy. */
export interface ComparedValues {
  firing: readonly number[];
  healthy: readonly number[];
}

export interface MutantInput {
  expr: string;
  query: Expr;
  /** Seconds. */
  for: number;
  keepFiringFor: number;
  /** Seconds between evaluations, to which waits are rounded up. */
  evaluation: number;
  /** Values of an expression in each of the rule's worlds; none where they can't be told. */
  valuesOf(expr: Expr): readonly ComparedValues[];
}

const REVERSED: Readonly<Record<Comparison, Comparison>> = {
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
  '==': '!=',
  '!=': '==',
};

const MIRRORED: Readonly<Record<Comparison, Comparison>> = { ...REVERSED, '==': '==', '!=': '!=' };

/** Faults of a rule as people make them: a sign the wrong way round, a number, a wait, a matcher, a label. */
export function mutantsOf(input: MutantInput): Mutant[] {
  const mutants: Mutant[] = [];
  walk(input.query, (expr) => {
    if (isComparison(expr)) mutants.push(...comparisonMutants(expr, input));
    if (expr.kind === 'vector') {
      for (const matcher of expr.matchers) {
        const { label, operator, value, span } = matcher;
        const negated = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' }[operator];
        mutants.push({
          kind: 'matcher-changed',
          text: `${label}${operator}${JSON.stringify(value)} turned into ${label}${negated}${JSON.stringify(value)}`,
          change: { expr: replaced(input.expr, span, `${label}${negated}${JSON.stringify(value)}`) },
          decisive: false,
        });
        // A matcher that every series passes stands in its place, so that the commas stay right.
        mutants.push({
          kind: 'matcher-changed',
          text: `${label}${operator}${JSON.stringify(value)} left out`,
          change: { expr: replaced(input.expr, span, `${label}=~".*"`) },
          decisive: false,
        });
      }
    }
    if (expr.kind === 'aggregation' && expr.grouping?.mode === 'by') {
      const { labels, span } = expr.grouping;
      for (const label of labels) {
        const rest = labels.filter((other) => other !== label);
        mutants.push({
          kind: 'label-dropped',
          text: `${label} dropped from \`by (${labels.join(', ')})\``,
          change: { expr: replaced(input.expr, span, `by (${rest.join(', ')})`) },
          decisive: false,
        });
      }
    }
  });
  // Waits are rounded up to whole evaluations, which may make the doubled one the same.
  const evaluations = (seconds: number) => roundUp(seconds, input.evaluation);
  if (evaluations(2 * input.for) > evaluations(input.for)) {
    mutants.push({ kind: 'for-doubled', text: '`for` doubled', change: { for: 2 * input.for }, decisive: false });
  }
  if (input.for > 0) {
    mutants.push({ kind: 'for-removed', text: '`for` left out', change: { for: 0 }, decisive: false });
  }
  if (evaluations(2 * input.keepFiringFor) > evaluations(input.keepFiringFor)) {
    mutants.push({
      kind: 'keep-firing-doubled',
      text: '`keep_firing_for` doubled',
      change: { keepFiringFor: 2 * input.keepFiringFor },
      decisive: false,
    });
  }
  return mutants;
}

function comparisonMutants(expr: Binary & { operator: Comparison }, input: MutantInput): Mutant[] {
  const thresholdRight = isConstant(expr.right);
  const threshold = thresholdRight ? expr.right : isConstant(expr.left) ? expr.left : undefined;
  const turning = input.valuesOf({ ...expr, bool: false }).flatMap((held, world) => (turnsOnIt(held) ? [world] : []));
  const mutants: Mutant[] = [
    {
      kind: 'reversed',
      text: `\`${expr.operator}\` turned into \`${REVERSED[expr.operator]}\``,
      change: { expr: replaced(input.expr, expr.operatorSpan, REVERSED[expr.operator]) },
      // Where a query has several comparisons only those on which it turns must be noticed.
      decisive: turning.length > 0,
    },
  ];
  const [world] = turning;
  if (threshold === undefined || world === undefined) return mutants;
  const values = input.valuesOf(thresholdRight ? expr.left : expr.right)[world];
  const at = input.valuesOf(threshold)[world]?.firing[0];
  if (values === undefined || at === undefined) return mutants;
  const operator = thresholdRight ? expr.operator : MIRRORED[expr.operator];
  for (const { kind, to } of movedThresholds(operator, at, values)) {
    mutants.push({
      kind,
      text: `the threshold ${at} moved to ${to}`,
      change: { expr: replaced(input.expr, threshold, to < 0 ? `(${to})` : String(to)) },
      decisive: true,
    });
  }
  return mutants;
}

/** Whether a comparison holds while the rule fires and doesn't while it is healthy. */
function turnsOnIt({ firing, healthy }: ComparedValues): boolean {
  return firing.length > 0 && healthy.length < firing.length;
}

/** The nearest thresholds beyond the values on either side: with one nothing fires, with the other what is healthy does. */
function movedThresholds(
  operator: Comparison,
  at: number,
  { firing, healthy }: ComparedValues,
): { kind: 'moved-up' | 'moved-down'; to: number }[] {
  const all = [...firing, ...healthy].filter(Number.isFinite);
  // The value at the threshold itself belongs to the side that an equal value doesn't fire, or fires, on.
  const equalIsAbove = operator === '>=' || operator === '<';
  const above = Math.min(...all.filter((value) => (equalIsAbove ? value >= at : value > at)));
  const below = Math.max(...all.filter((value) => (equalIsAbove ? value < at : value <= at)));
  const least = Math.max(Math.abs(at) * 1e-3, 1e-6);
  const step = Math.max(least, 1);
  if (operator === '==') {
    return [
      { kind: 'moved-up', to: tidy(at + step) },
      { kind: 'moved-down', to: tidy(at - step) },
    ];
  }
  if (operator === '!=') {
    // Only the value itself makes a difference to what differs from all others.
    const value = firing.find((one) => one !== at && Number.isFinite(one));
    return value === undefined ? [] : [{ kind: value > at ? 'moved-up' : 'moved-down', to: value }];
  }
  return [
    ...(Number.isFinite(above)
      ? [{ kind: 'moved-up' as const, to: tidy(above + Math.max((above - at) / 2, least)) }]
      : []),
    ...(Number.isFinite(below)
      ? [{ kind: 'moved-down' as const, to: tidy(below - Math.max((at - below) / 2, least)) }]
      : []),
  ];
}

/** A number, or arithmetic on numbers. */
function isConstant(expr: Expr): boolean {
  let constant = valueTypeOf(expr) === 'scalar' && selectorsOf(expr).length === 0;
  walk(expr, (inner) => {
    if (inner.kind === 'call') constant = false;
  });
  return constant;
}

function replaced(text: string, span: Span, by: string): string {
  // The spaces keep `>` and a following word or number apart.
  return `${text.slice(0, span.from)} ${by} ${text.slice(span.to)}`;
}

function tidy(value: number): number {
  return Number(value.toPrecision(9));
}
