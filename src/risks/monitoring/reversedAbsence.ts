import { rangeInFile } from '../../lifecycle/rangeInFile.js';
import { applySplices, yamlDifferences } from '../../planning/yamlSplice.js';
import type { Expr, Span } from '../../promql/ast.js';
import { walk } from '../../promql/walk.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { editOf } from '../textEdit.js';
import { type QueriedAlert, queriedAlerts, saysAbsence, written } from './alertQueries.js';

/** A piece of a query that asks for absence and gets it the wrong way round. */
interface Reversal {
  what: string;
  consequence: string;
  /** What is to stand in its place; unset where it can't be said. */
  replaced?: { span: Span; by: string };
}

interface Site extends Reversal {
  alert: QueriedAlert;
  finding: Finding;
}

const NEVER = 'It can never fire, and silence looks like health.';

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  return queriedAlerts(context).flatMap((alert) => {
    const reversals = reversalsIn(alert);
    const [reversal] = reversals;
    if (reversal === undefined) return [];
    const { rule } = alert;
    const reason = whyNotFixable(alert, reversals);
    const finding: Finding = {
      path: rule.path,
      line: rule.line,
      subject: numbering.next(rule.path, rule.name),
      message: `Alert ${rule.name} ${reversal.what}.`,
      consequence: reversal.consequence,
      evidence: evidenceOf(quoteLine(context.snapshot, rule.path, rule.expr.line), `alert: ${rule.name}`),
      ...(reason === undefined ? {} : { unfixableBecause: reason }),
    };
    return [{ ...reversal, alert, finding }];
  });
}

function whyNotFixable(alert: QueriedAlert, reversals: readonly Reversal[]): string | undefined {
  const [reversal] = reversals;
  if (reversals.length > 1) return 'it has several such comparisons';
  if (!saysAbsence(alert.rule)) return 'neither its name nor an annotation says whether it means absence or presence';
  if (reversal?.replaced === undefined)
    return 'another form would change the labels that the rest of the query matches by';
  const { from, to } = reversal.replaced.span;
  return rangeInFile(alert.rule, { start: from, end: to }) === undefined
    ? 'the expression does not stand in the file as it is read'
    : undefined;
}

function reversalsIn(alert: QueriedAlert): Reversal[] {
  const { query, rule } = alert;
  const found: Reversal[] = [];
  walk(query, (expr, path) => {
    if (expr.kind !== 'binary' || expr.right.kind !== 'number' || expr.bool) return;
    const { left, right, operatorSpan } = expr;
    if (isCall(left, 'absent', 'absent_over_time') && !holds(1, expr.operator, right.value)) {
      found.push({
        what: `compares ${left.function}(), whose only value is 1, by ${expr.operator} ${right.value}`,
        consequence: NEVER,
        replaced: { span: { from: operatorSpan.from, to: right.to }, by: '== 1' },
      });
    }
    const none = expr.operator === '==' ? right.value === 0 : expr.operator === '<' && right.value === 1;
    if (none && left.kind === 'aggregation' && left.operator === 'count') {
      // The absence of nothing but a selector can be asked for, and labels don't matter where nothing is matched by them.
      const whole = path.length === 0 && left.grouping === undefined && left.expr.kind === 'vector';
      found.push({
        what: `waits for a count of ${right.value === 0 ? '0' : 'less than 1'}, which is never there: the count of nothing is nothing`,
        consequence: NEVER,
        ...(whole ? { replaced: { span: expr, by: `absent(${written(alert, left.expr)})` } } : {}),
      });
    }
  });
  if (saysAbsence(rule) && isCall(query, 'present_over_time')) {
    found.push({
      what: 'speaks of absence and asks for presence by present_over_time()',
      consequence: 'It fires as long as all is well, and stops when the series vanish.',
      replaced: { span: { from: query.from, to: query.from + query.function.length }, by: 'absent_over_time' },
    });
  }
  return found;
}

function isCall(expr: Expr, ...names: string[]): expr is Extract<Expr, { kind: 'call' }> {
  return expr.kind === 'call' && names.includes(expr.function);
}

function holds(value: number, operator: string, bound: number): boolean {
  switch (operator) {
    case '==':
      return value === bound;
    case '!=':
      return value !== bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    default:
      // Arithmetic and set operators compare nothing.
      return true;
  }
}

/** MON-013; basis: Prometheus, "Query functions" (`absent` gives 1 or nothing; an aggregation of nothing is nothing). */
export const reversedAbsence: Rule = {
  id: 'MON-013',
  name: 'reversed-absence',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'high',
  confidence: 'certain',
  summary: 'An alert on absence that is the wrong way round, such as absent(x) == 0 or count(x) == 0.',
  reads: 'Prometheus rules: queries, names and annotations of alerts',
  blocks: 'alerting',
  page: 'monitoring/reversed-absence.md',
  answers: ['alert-never-fires'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the alert is no longer there' };
    const { alert, replaced, finding } = site;
    const range = replaced && rangeInFile(alert.rule, { start: replaced.span.from, end: replaced.span.to });
    if (finding.unfixableBecause !== undefined || replaced === undefined || range === undefined)
      return { unfixable: finding.unfixableBecause ?? 'what is meant is for a person to say' };
    const edited = applySplices(text, [{ ...range, text: replaced.by }]);
    if (yamlDifferences(text, edited)?.length !== 1)
      return { unfixable: 'the expression is used in more than one place' };
    return {
      edits: [editOf(risk.path, edited)],
      reason: `The alert says that it is about absence, and ${replaced.by} is how absence is asked for.`,
      tradeOff:
        'The alert fires from now on when the series are missing, also while they are restarted for longer than `for`.',
    };
  },
};
