import { durationSeconds } from '../../lifecycle/promql.js';
import { splitLines } from '../../planning/textLines.js';
import { applySplices, indentationOf, insertLines, yamlDifferences } from '../../planning/yamlSplice.js';
import type { Expr } from '../../promql/ast.js';
import { formatDuration } from '../../promql/duration.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { editOf } from '../textEdit.js';
import { plainAnnotations, type QueriedAlert, queriedAlerts } from './alertQueries.js';

interface Site {
  alert: QueriedAlert;
  finding: Finding;
  /** How long it should wait, with where that is said. */
  wait?: { seconds: number; because: string } | undefined;
}

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^s/i, 1],
  [/^m/i, 60],
  [/^h/i, 3600],
  [/^d/i, 86_400],
];

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  const absences = queriedAlerts(context).filter(({ query }) => isInstantAbsence(query));
  return absences.flatMap((alert) => {
    const { rule } = alert;
    if (waitOf(alert) !== 0) return [];
    const wait = statedWait(alert) ?? sharedWait(absences);
    const finding: Finding = {
      path: rule.path,
      line: rule.line,
      subject: numbering.next(rule.path, rule.name),
      message: `Alert ${rule.name} fires at the first evaluation at which its series are missing, for want of \`for\`.`,
      consequence: 'Every restart and every missed scrape fires it, and people learn to ignore it.',
      evidence: evidenceOf(quoteLine(context.snapshot, rule.path, rule.expr.line), ...(wait ? [wait.because] : [])),
      ...(wait === undefined ? { unfixableBecause: 'how long the series may be missing is for a person to say' } : {}),
    };
    return [{ alert, finding, wait }];
  });
}

/** `absent(x)` over an instant, at which a single missed scrape counts; a range waits by itself. */
function isInstantAbsence(query: Expr): boolean {
  if (query.kind === 'binary' && query.operator === '==' && query.right.kind === 'number')
    return query.right.value === 1 && isInstantAbsence(query.left);
  return query.kind === 'call' && query.function === 'absent' && query.args[0]?.kind === 'vector';
}

/** Seconds of `for`; undefined where they can't be told. */
function waitOf({ rule }: QueriedAlert): number | undefined {
  return rule.for === undefined ? 0 : durationSeconds(rule.for.value);
}

/** The only span of time for which, by its annotations, the series are missing. */
function statedWait({ rule }: QueriedAlert): Site['wait'] {
  const stated = plainAnnotations(rule).flatMap((text) =>
    [
      ...text.matchAll(
        /\b(?:for|since)\s+(?:(?:more|longer)\s+than\s+|at\s+least\s+|over\s+|the\s+(?:last|past)\s+)?(\d{1,4})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b/gi,
      ),
    ].map(([said, amount, name]) => ({
      seconds: Number(amount) * (UNITS.find(([unit]) => unit.test(name as string))?.[1] ?? Number.NaN),
      because: `annotation: ${said}`,
    })),
  );
  const spans = new Set(stated.map(({ seconds }) => seconds));
  const [first] = stated;
  return first !== undefined && spans.size === 1 && first.seconds > 0 ? first : undefined;
}

/** What all other alerts on absence of the repository wait, where they agree. */
function sharedWait(absences: readonly QueriedAlert[]): Site['wait'] {
  const others = absences.filter((other) => waitOf(other) !== 0);
  const spans = new Set(others.map(waitOf));
  const [seconds] = spans;
  if (seconds === undefined || spans.size !== 1) return undefined;
  const names = listed(others.map(({ rule }) => rule.name));
  return { seconds, because: `all other alerts on absence wait ${formatDuration(seconds)}: ${names}` };
}

/** MON-014; basis: Prometheus, "Alerting rules" (`for` is 0 by default); pint `alerts/absent`. */
export const absenceWithoutWait: Rule = {
  id: 'MON-014',
  name: 'absence-without-wait',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'low',
  confidence: 'certain',
  summary: 'An alert on absence without `for`, which every restart fires.',
  reads: 'Prometheus rules: queries, `for` and annotations of alerts',
  page: 'monitoring/absence-without-wait.md',
  answers: [],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the alert is no longer there' };
    if (site.wait === undefined) return { unfixable: site.finding.unfixableBecause ?? 'nothing says how long' };
    const wait = formatDuration(site.wait.seconds);
    const edited = withWait(text, site.alert, wait);
    const differences = edited === undefined ? undefined : yamlDifferences(text, edited);
    if (edited === undefined || differences?.length !== 1 || differences[0]?.path.at(-1) !== 'for')
      return { unfixable: '`for` can not be added without touching more' };
    return {
      edits: [editOf(risk.path, edited)],
      reason: `How long it waits is said: ${site.wait.because}.`,
      tradeOff: `People hear of missing series ${wait} later than now.`,
    };
  },
};

function withWait(text: string, { rule }: QueriedAlert, wait: string): string | undefined {
  if (rule.for !== undefined) return applySplices(text, [{ ...rule.for.range, text: wait }]);
  const lines = splitLines(text);
  const line = lines[rule.expr.line - 1] ?? '';
  const key = /^(\s*)(- +)?expr\s*:/.exec(line.replace(/^\uFEFF/, ''));
  if (key === null) return undefined;
  let end = rule.expr.endLine;
  // A block of text reaches to the next key; what is blank before that isn't its own.
  while (end > rule.expr.line && (lines[end - 1] ?? '').trim() === '') end -= 1;
  const indentation = indentationOf(text, rule.expr.line) + ' '.repeat(key[2]?.length ?? 0);
  return insertLines(text, end, [`${indentation}for: ${wait}`]);
}
