import { rangeInFile } from '../../lifecycle/rangeInFile.js';
import { applySplices, yamlDifferences } from '../../planning/yamlSplice.js';
import type { Aggregation, Binary, Expr, NumberLiteral, VectorSelector } from '../../promql/ast.js';
import { walk } from '../../promql/walk.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { editOf } from '../textEdit.js';
import { ownWords, plainAnnotations, type QueriedAlert, queriedAlerts } from './alertQueries.js';
import { nameWords } from './nameWords.js';

type Unit = 'ratio' | 'percent';

/** A comparison of a ratio with a percentage, or the other way round. */
interface Mismatch {
  unit: Unit;
  bound: NumberLiteral;
  /** Whether the value must be above the bound. */
  upward: boolean;
  /** What the bound should be; unset where the alert doesn't say it. */
  meant?: number;
}

interface Site extends Mismatch {
  alert: QueriedAlert;
  finding: Finding;
}

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  return queriedAlerts(context).flatMap((alert) => {
    const mismatches = mismatchesIn(alert);
    const [mismatch] = mismatches;
    if (mismatch === undefined) return [];
    const { rule } = alert;
    const { unit, bound, upward, meant } = mismatch;
    const subject = numbering.next(rule.path, rule.name);
    const reason = whyNotFixable(alert, mismatches);
    const never = unit === 'ratio' && upward;
    const finding: Finding = {
      path: rule.path,
      line: rule.line,
      subject,
      message:
        unit === 'ratio'
          ? `Alert ${rule.name} compares a ratio, which is between 0 and 1, with ${bound.value}.`
          : `Alert ${rule.name} compares a percentage with ${bound.value}, and says that it means ${meant}%.`,
      consequence: never
        ? 'It can never fire, and silence looks like health.'
        : unit === 'ratio'
          ? 'It fires whenever there is a value, so nobody believes it.'
          : upward
            ? 'It fires at a hundredth of what is meant.'
            : 'It stays silent down to a hundredth of what is meant.',
      evidence: evidenceOf(
        quoteLine(context.snapshot, rule.path, rule.expr.line),
        ...ownWords(rule).filter((text) => /\d/.test(text)),
      ),
      ...(reason === undefined ? {} : { unfixableBecause: reason }),
    };
    return [{ ...mismatch, alert, finding }];
  });
}

function whyNotFixable({ rule }: QueriedAlert, mismatches: readonly Mismatch[]): string | undefined {
  const [mismatch] = mismatches;
  if (mismatch?.meant === undefined)
    return 'neither its name nor an annotation says which number is meant; state it as a ratio (5 % is 0.05)';
  if (mismatches.length > 1) return 'it has several such comparisons';
  const { from, to } = mismatch.bound;
  return rangeInFile(rule, { start: from, end: to }) === undefined
    ? 'the expression does not stand in the file as it is read'
    : undefined;
}

function mismatchesIn(alert: QueriedAlert): Mismatch[] {
  const { rule, query } = alert;
  const stated = statedNumbers(alert);
  const found: Mismatch[] = [];
  walk(query, (expr) => {
    const compared = comparedWithNumber(expr);
    if (compared === undefined) return;
    const { value, bound, upward } = compared;
    const structural = unitOf(value);
    const unit = structural?.unit ?? statedUnit(rule);
    if (unit === undefined) return;
    const make = (meant: number | undefined): Mismatch => ({
      unit,
      bound,
      upward,
      ...(meant === undefined ? {} : { meant }),
    });
    if (unit === 'ratio' && bound.value > 1) {
      const asRatio = rounded(bound.value / 100);
      const says = stated.percents.includes(bound.value) || stated.ratios.includes(asRatio);
      // A name can be wrong about a unit, and only what the query is made of is certain without a word for it.
      if (says && asRatio < 1) found.push(make(asRatio));
      else if (structural?.certain === true) found.push(make(undefined));
    }
    if (unit === 'percent' && bound.value > 0 && bound.value < 1) {
      const asPercent = rounded(bound.value * 100);
      if (stated.percents.includes(asPercent) && !stated.percents.includes(bound.value)) found.push(make(asPercent));
    }
  });
  return found;
}

/** A value and the number that it is compared with. */
function comparedWithNumber(expr: Expr): { value: Expr; bound: NumberLiteral; upward: boolean } | undefined {
  if (expr.kind !== 'binary' || expr.bool || !/^[<>]=?$/.test(expr.operator)) return undefined;
  const upward = expr.operator.startsWith('>');
  if (expr.right.kind === 'number') return { value: expr.left, bound: expr.right, upward };
  return expr.left.kind === 'number' ? { value: expr.right, bound: expr.left, upward: !upward } : undefined;
}

/** Percentages and fractions that an alert's name and annotations speak of. */
function statedNumbers({ rule }: QueriedAlert): { percents: number[]; ratios: number[] } {
  const texts = ownWords(rule);
  const percents = texts.flatMap((text) =>
    [...text.matchAll(/(\d+(?:\.\d+)?)[\s_]*(?:%|percent|pct|per cent)/gi)].map((match) => Number(match[1])),
  );
  const ratios = plainAnnotations(rule).flatMap((text) =>
    [...text.matchAll(/(?<![\d.])(0?\.\d+)(?![\d.]|\s*%)/g)].map((match) => Number(match[1])),
  );
  return { percents, ratios };
}

/** The unit in which an alert's annotations show its value. */
function statedUnit({ annotations }: QueriedAlert['rule']): Unit | undefined {
  const texts = Object.values(annotations).map(({ value }) => value);
  const asRatio = texts.some((text) => /\{\{-?\s*\$value\s*\|\s*humanizePercentage\s*-?\}\}/.test(text));
  const asPercent = texts.some((text) => /\{\{-?\s*\$value\s*(\|[^}]*)?\}\}\s*%/.test(text));
  return asRatio === asPercent ? undefined : asRatio ? 'ratio' : 'percent';
}

/** The unit of a value by what it is made of (certain), or by the metric's name. */
function unitOf(expr: Expr): { unit: Unit; certain: boolean } | undefined {
  switch (expr.kind) {
    case 'vector':
      return unitOfName(expr.metric ?? '');
    case 'matrix':
      return unitOf(expr.selector);
    case 'subquery':
      return unitOf(expr.expr);
    case 'aggregation':
      return ['avg', 'min', 'max', 'topk', 'bottomk'].includes(expr.operator) ? unitOf(expr.expr) : undefined;
    case 'call':
      return /^(avg|min|max|last)_over_time$/.test(expr.function) ? unitOf(expr.args[0] as Expr) : undefined;
    case 'binary':
      return unitOfArithmetic(expr);
    default:
      return undefined;
  }
}

function unitOfArithmetic({ operator, left, right }: Binary): { unit: Unit; certain: boolean } | undefined {
  if (operator === '/') return isPartOfWhole(left, right) ? { unit: 'ratio', certain: true } : undefined;
  const [number, other] = left.kind === 'number' ? [left, right] : [right, left];
  if (number.kind !== 'number') return undefined;
  const unit = unitOf(other);
  if (operator === '*' && number.value === 100 && unit?.unit === 'ratio') return { ...unit, unit: 'percent' };
  const whole = unit?.unit === 'ratio' ? 1 : 100;
  return operator === '-' && left === number && number.value === whole ? unit : undefined;
}

function unitOfName(metric: string): { unit: Unit; certain: boolean } | undefined {
  const words = nameWords(metric);
  const last = words.at(-1) ?? '';
  if (/^(percent|percentage|pct)$/.test(last)) return { unit: 'percent', certain: false };
  // The area under a curve has no other range.
  return last === 'ratio' || words.some((word) => /^(auc|auroc|auprc)$/.test(word))
    ? { unit: 'ratio', certain: false }
    : undefined;
}

/**
 * Whether one side counts some of what the other counts: the same metric, function, range and grouping,
 * and every matcher of the whole is one of the part's.
 */
function isPartOfWhole(part: Expr, whole: Expr): boolean {
  const [one, all] = [counted(part), counted(whole)];
  if (one === undefined || all === undefined || one.shape !== all.shape) return false;
  const key = ({ label, operator, value }: VectorSelector['matchers'][number]) => `${label}${operator}${value}`;
  const own = new Set(one.selector.matchers.map(key));
  return all.selector.matchers.every((matcher) => own.has(key(matcher)));
}

function counted(expr: Expr): { shape: string; selector: VectorSelector } | undefined {
  if (expr.kind === 'aggregation' && expr.operator === 'sum') {
    const inner = counted(expr.expr);
    return inner && { ...inner, shape: `sum ${groupingText(expr)} ${inner.shape}` };
  }
  if (expr.kind !== 'call' || !/^(rate|increase)$/.test(expr.function)) return undefined;
  const [range] = expr.args;
  if (range?.kind !== 'matrix' || range.selector.metric === undefined) return undefined;
  const { selector } = range;
  const shape = [expr.function, selector.metric, range.range, selector.offset, selector.at ?? ''].join(' ');
  return { shape, selector };
}

function groupingText({ grouping }: Aggregation): string {
  return grouping === undefined ? 'by' : [grouping.mode, ...[...grouping.labels].sort()].join(' ');
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** MON-012; basis: Prometheus, "Metric and label naming" (ratios are between 0 and 1). */
export const thresholdInAnotherUnit: Rule = {
  id: 'MON-012',
  name: 'threshold-in-another-unit',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'high',
  confidence: 'certain',
  summary: 'An alert that compares a ratio with a percentage, or a percentage with a ratio.',
  reads: 'Prometheus rules: queries, names and annotations of alerts',
  blocks: 'alerting',
  page: 'monitoring/threshold-in-another-unit.md',
  answers: ['alert-never-fires'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the alert is no longer there' };
    const { alert, bound, meant, unit, finding } = site;
    const range = rangeInFile(alert.rule, { start: bound.from, end: bound.to });
    if (finding.unfixableBecause !== undefined || meant === undefined || range === undefined)
      return { unfixable: finding.unfixableBecause ?? 'which number is meant is for a person to say' };
    const edited = applySplices(text, [{ ...range, text: String(meant) }]);
    if (yamlDifferences(text, edited)?.length !== 1)
      return { unfixable: 'the expression is used in more than one place' };
    const said = unit === 'ratio' ? `${rounded(meant * 100)}% or ${meant}` : `${meant}%`;
    return {
      edits: [editOf(risk.path, edited)],
      reason: `The alert's own text says ${said}; what it compares is a ${unit === 'ratio' ? 'ratio' : 'percentage'}.`,
      tradeOff:
        unit === 'ratio'
          ? 'The alert can fire from now on, at the number that its text has always named.'
          : 'The alert fires later than before, at the number that its text has always named.',
    };
  },
};
