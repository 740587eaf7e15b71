import type { ChosenInputs } from './chooseValues.js';
import type { Comparison, Span } from './promql.js';

/** A rule's query with one deliberate fault, and the test that must notice it. */
export interface Mutant {
  what: string;
  expr: string;
  noticedBy: 'fires' | 'stays silent';
  /** Which of the healthy inputs notices it, from 0; for `fires` it has no meaning. */
  healthy: number;
}

const REVERSED: Readonly<Record<Comparison, Comparison>> = {
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '<=': '>',
  '==': '!=',
  '!=': '==',
};

/** Each comparison the wrong way round; the firing series must not satisfy it. */
export function reversedComparisons(expr: string, inputs: ChosenInputs): Mutant[] {
  return inputs.conditions.map(({ comparison }) => {
    const operator = REVERSED[comparison.operator as Comparison];
    return {
      what: `${comparison.operator} replaced by ${operator}`,
      expr: replaced(expr, comparison.operatorSpan, operator),
      noticedBy: 'fires',
      healthy: 0,
    };
  });
}

/** Each threshold moved beyond the firing value, and beyond the healthy one. */
export function movedThresholds(expr: string, inputs: ChosenInputs): Mutant[] {
  const turned = inputs.conditions.map((_, index) => index).filter((index) => !inputs.guards.includes(index));
  return inputs.conditions.flatMap(({ comparison, threshold, thresholdSide }, condition): Mutant[] => {
    const order = turned.indexOf(condition);
    const { firing, healthy } = inputs.values[condition] as ChosenInputs['values'][number];
    const span = thresholdSide === 'right' ? comparison.right : comparison.left;
    const moved = (to: number, noticedBy: Mutant['noticedBy']): Mutant => ({
      what: `threshold ${threshold} moved to ${to}`,
      expr: replaced(expr, span, to < 0 ? `(${to})` : String(to)),
      noticedBy,
      healthy: order,
    });
    // A guard holds in every test, so only a threshold beyond what it holds at can be noticed.
    if (healthy === undefined) return comparison.operator === '!=' ? [moved(firing, 'fires')] : [];
    const margin = Math.max(Math.abs(firing), Math.abs(healthy), Math.abs(threshold), 1e-6);
    if (comparison.operator === '==') return [moved(firing + margin + 1, 'fires'), moved(healthy, 'stays silent')];
    if (comparison.operator === '!=') return [moved(firing, 'fires')];
    const direction = Math.sign(firing - healthy);
    return [
      moved(tidy(firing + direction * margin), 'fires'),
      moved(tidy(healthy - direction * margin), 'stays silent'),
    ];
  });
}

function replaced(text: string, span: Span, by: string): string {
  // The spaces keep `>` and a following word or number apart.
  return `${text.slice(0, span.from)} ${by} ${text.slice(span.to)}`;
}

function tidy(value: number): number {
  return Number(value.toPrecision(6));
}
