import type { ExportedMetric, SourceRange } from '../../lifecycle/facts.js';
import { rangeInFile } from '../../lifecycle/rangeInFile.js';
import { applySplices, type Splice, yamlDifferences } from '../../planning/yamlSplice.js';
import type { Matcher, VectorSelector } from '../../promql/ast.js';
import { matches } from '../../promql/matchers.js';
import { selectorsOf, walk } from '../../promql/walk.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';
import { type QueriedAlert, queriedAlerts } from './alertQueries.js';
import { isTargetLabel } from './metricName.js';
import { nameWords } from './nameWords.js';

/** A label that an alert selects by and the metric doesn't carry, and what it was likely renamed to. */
interface Unknown {
  metric: ExportedMetric;
  matcher: Matcher;
  candidates: string[];
}

interface Site {
  alert: QueriedAlert;
  unknown: Unknown[];
  finding: Finding;
}

function sitesIn(context: RuleContext): Site[] {
  const alerts = queriedAlerts(context);
  if (alerts.length === 0) return [];
  const metrics = metricsBySeries(context.facts.exportedMetrics);
  const elsewhere = new Map<string, boolean>();
  const isSetElsewhere = (label: string): boolean => {
    const known = elsewhere.get(label) ?? comesFromConfiguration(label, context);
    elsewhere.set(label, known);
    return known;
  };
  const numbering = new SubjectNumbering();
  return alerts.flatMap((alert) => {
    const { rule, query } = alert;
    const unknown = selectorsOf(query)
      .flatMap((selector) => unknownIn(selector, metrics))
      .filter(({ matcher }) => !isSetElsewhere(matcher.label));
    const [first] = unknown;
    if (first === undefined) return [];
    const { metric, matcher } = first;
    const reason = whyNotFixable(alert, unknown);
    const renamed = first.candidates.length === 1 ? `; it carries ${first.candidates[0]}` : '';
    const finding: Finding = {
      path: rule.path,
      line: rule.line,
      subject: numbering.next(rule.path, rule.name),
      message: `Alert ${rule.name} selects ${metric.name} by the label ${matcher.label}, which it doesn't carry${renamed}.`,
      consequence: 'The selector matches no series, so the alert can never fire, and silence looks like health.',
      evidence: evidenceOf(
        quoteLine(context.snapshot, rule.path, rule.expr.line),
        quoteLine(context.snapshot, metric.path, metric.line),
        `labels of ${metric.name}: ${metric.labels?.join(', ') || 'none'}`,
      ),
      ...(reason === undefined ? {} : { unfixableBecause: reason }),
    };
    return [{ alert, unknown, finding }];
  });
}

/** Series whose labels are known, and the same for every definition of them. */
function metricsBySeries(metrics: readonly ExportedMetric[]): Map<string, ExportedMetric> {
  const found = new Map<string, ExportedMetric>();
  const uncertain = new Set<string>();
  for (const metric of metrics) {
    for (const series of metric.series) {
      const other = found.get(series);
      const differs = other !== undefined && other.labels?.join() !== metric.labels?.join();
      if (metric.basis !== 'parsed' || metric.labels === undefined || differs || !isScanned(metric.path))
        uncertain.add(series);
      else found.set(series, metric);
    }
  }
  for (const series of uncertain) found.delete(series);
  return found;
}

function unknownIn(selector: VectorSelector, metrics: ReadonlyMap<string, ExportedMetric>): Unknown[] {
  const metric = metrics.get(selector.metric ?? '');
  const labels = metric?.labels;
  if (metric === undefined || labels === undefined) return [];
  const selected = new Set(selector.matchers.map(({ label }) => label));
  return selector.matchers
    .filter((matcher) => !labels.includes(matcher.label) && !isTargetLabel(matcher.label) && needsLabel(matcher))
    .map((matcher) => ({
      metric,
      matcher,
      candidates: labels.filter((label) => !selected.has(label) && isRenamed(matcher.label, label)),
    }));
}

/** Whether a matcher refuses series without the label. */
function needsLabel(matcher: Matcher): boolean {
  try {
    return !matches(matcher, '');
  } catch {
    // A pattern that is none refuses nothing that we know of.
    return false;
  }
}

/** Whether a name can be another one's, renamed: the same words, or all words of one among the other's. */
function isRenamed(from: string, to: string): boolean {
  const [a, b] = [nameWords(from), nameWords(to)];
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.length > 0 && long.length - short.length <= 1 && short.every((word) => long.includes(word));
}

/** Whether a label stands in configuration that may add it to series: relabelling, static labels. */
function comesFromConfiguration(label: string, { snapshot, facts }: RuleContext): boolean {
  const taken = new Set([
    ...facts.ruleFiles.filter(({ container }) => container === 'file').map(({ path }) => path),
    ...facts.alertmanagerConfigs.filter(({ embedding }) => !embedding).map(({ path }) => path),
  ]);
  const word = new RegExp(`(^|[^\\w])${label}($|[^\\w])`, 'm');
  return snapshot.entries.some(({ path }) => {
    if (!/\.ya?ml$/i.test(path) || taken.has(path)) return false;
    const text = snapshot.text(path);
    return (
      text !== undefined &&
      /relabel_configs|relabelings|static_configs|external_labels|labels:/i.test(text) &&
      word.test(text)
    );
  });
}

function whyNotFixable({ rule, query }: QueriedAlert, unknown: readonly Unknown[]): string | undefined {
  const names = new Map<string, string>();
  for (const { matcher, metric, candidates } of unknown) {
    const [candidate] = candidates;
    if (candidate === undefined)
      return `no label of ${metric.name} is called alike; the code must set ${matcher.label}, or the alert must not select by it`;
    if (candidates.length > 1) return `${matcher.label} could be ${listed(candidates)}, and a person must say which`;
    if ((names.get(matcher.label) ?? candidate) !== candidate) return `${matcher.label} would be two labels at once`;
    names.set(matcher.label, candidate);
    const { from } = matcher.span;
    if (rule.expr.value.slice(from, from + matcher.label.length) !== matcher.label) return 'the label is quoted';
    if (!rangeInFile(rule, { start: from, end: from + matcher.label.length }))
      return 'the expression does not stand in the file as it is read';
  }
  let used: string | undefined;
  walk(query, (expr) => {
    const labels = [
      ...(expr.kind === 'aggregation' ? (expr.grouping?.labels ?? []) : []),
      ...(expr.kind === 'binary' ? [...expr.matching.labels, ...expr.matching.include] : []),
      ...(expr.kind === 'call'
        ? expr.args.flatMap((argument) => (argument.kind === 'string' ? [argument.value] : []))
        : []),
    ];
    used ??= labels.find((label) => names.has(label));
  });
  return used === undefined ? undefined : `the query also groups or matches by ${used}, which changes what it means`;
}

/** Where labels and annotations show a label of the series. */
function shownIn({ rule }: QueriedAlert, label: string, text: string): SourceRange[] {
  const pattern = new RegExp(`((?:\\$labels|\\.Labels)\\.)${label}(?![A-Za-z0-9_])`, 'g');
  return [...Object.values(rule.annotations), ...Object.values(rule.labels)].flatMap(({ range }) =>
    [...text.slice(range.start, range.end).matchAll(pattern)].map((match) => {
      const start = range.start + match.index + (match[1] as string).length;
      return { start, end: start + label.length };
    }),
  );
}

/** MON-015; basis: Prometheus, "Querying basics" (a matcher for a value refuses series without the label). */
export const alertOnRenamedLabel: Rule = {
  id: 'MON-015',
  name: 'alert-on-renamed-label',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'high',
  confidence: 'likely',
  summary: 'An alert that selects an exported metric by a label that it does not carry.',
  reads: 'Prometheus rules; Python code that defines metrics; configuration that may add labels',
  blocks: 'alerting',
  page: 'monitoring/alert-on-renamed-label.md',
  answers: ['alert-never-fires'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the alert is no longer there' };
    const { alert, unknown, finding } = site;
    if (finding.unfixableBecause !== undefined) return { unfixable: finding.unfixableBecause };
    const splices = new Map<number, Splice>();
    for (const { matcher, candidates } of unknown) {
      const { from } = matcher.span;
      const [to] = candidates;
      const range = rangeInFile(alert.rule, { start: from, end: from + matcher.label.length });
      for (const place of [...(range ? [range] : []), ...shownIn(alert, matcher.label, text)])
        splices.set(place.start, { ...place, text: to as string });
    }
    const edited = applySplices(text, [...splices.values()]);
    const differences = yamlDifferences(text, edited);
    const elsewhere = differences?.some(
      ({ path }) => !path.some((key) => ['expr', 'annotations', 'labels'].includes(String(key))),
    );
    if (differences === undefined || differences.length === 0 || elsewhere)
      return { unfixable: 'the expression is used in more than one place' };
    const renames = [...new Set(unknown.map(({ matcher, candidates }) => `${matcher.label} is ${candidates[0]}`))];
    return {
      edits: [editOf(risk.path, edited)],
      reason: `In the code ${listed(renames)}; no other label of the metric is called alike.`,
      tradeOff: 'The alert can fire from now on; its threshold was never tried against real values.',
    };
  },
};
