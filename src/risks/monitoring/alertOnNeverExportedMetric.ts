import type { AlertRule, PromqlSelector } from '../../lifecycle/facts.js';
import { rangeInFile } from '../../lifecycle/rangeInFile.js';
import { applySplices, type Splice, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';
import { baseName, isGenericHttpMetric, isWellKnownMetric, nameTokens, nearMatches } from './metricName.js';

const ABOUT_A_MODEL =
  /model|drift|predict|accuracy|feature|train|infer|score|auc|psi|precision|recall|f1|rmse|confidence|calibrat|label/i;

/** First words that any service uses; sharing one says nothing about who exports a metric. */
const COMMON_WORDS =
  /^(http|https|api|app|request|requests|response|service|server|job|task|data|db|total|error|errors|system|custom)$/;

const NOT_SOURCE = /\.(md|rst|adoc|txt|ipynb|json|html?|svg|csv|lock|jsonnet|libsonnet)$/i;

/** A selector of an alert whose metric nothing exports, and what it is likely meant to be. */
interface Phantom {
  selector: PromqlSelector;
  metric: string;
  near: string[];
}

interface Site {
  rule: AlertRule;
  phantoms: Phantom[];
  finding: Finding;
}

/** Which of the names occur as whole words in source that isn't documentation, a dashboard or an alert rule. */
function mentioned(names: readonly string[], { snapshot, facts }: RuleContext): Set<string> {
  const ruleFiles = new Set(facts.ruleFiles.map(({ path }) => path));
  const found = new Set<string>();
  for (const { path } of snapshot.entries) {
    if (NOT_SOURCE.test(path) || ruleFiles.has(path) || !isScanned(path)) continue;
    const text = snapshot.text(path);
    if (text === undefined) continue;
    for (const name of names) {
      if (found.has(name) || !text.includes(name)) continue;
      if (new RegExp(`(^|[^\\w:])${name}(_(bucket|sum|count|total|created))?($|[^\\w:])`, 'm').test(text))
        found.add(name);
    }
  }
  return found;
}

/** Whether code defines metrics whose names can't be told, so that absence can't be concluded. */
function hasUntoldMetrics({ facts }: RuleContext): boolean {
  const told = new Set(facts.exportedMetrics.map(({ path, line }) => `${path}:${line}`));
  return facts.pythonModules.some(
    (module) =>
      isScanned(module.path) &&
      (module.truncated ||
        module.calls.some(
          ({ resolved, line }) =>
            /^(prometheus_client|opentelemetry\.metrics)\.(Counter|Gauge|Histogram|Summary|Enum|Info)$/.test(
              resolved,
            ) && !told.has(`${module.path}:${line}`),
        )),
  );
}

function hasHttpExporter({ facts }: RuleContext): boolean {
  const networking = new Set([
    'Ingress',
    'VirtualService',
    'DestinationRule',
    'PeerAuthentication',
    'HTTPRoute',
    'IngressRoute',
  ]);
  const library =
    /prometheus[-_](fastapi|flask|starlette)|instrumentator|starlette[-_](exporter|prometheus)|opentelemetry/i;
  return (
    facts.kubernetesObjects.some(({ kind }) => networking.has(kind)) ||
    facts.exportedMetrics.some(({ basis }) => basis === 'documented') ||
    facts.requirementsFiles.some((file) => file.requirements.some(({ name }) => library.test(name))) ||
    facts.pythonModules.some((module) => module.imports.some((each) => library.test(each.module)))
  );
}

function sitesIn(context: RuleContext): Site[] {
  const { facts, snapshot } = context;
  const parsed = facts.exportedMetrics.filter(({ basis, path }) => basis === 'parsed' && isScanned(path));
  // Without any exporting code here, the metrics may all come from another repository.
  if (parsed.length === 0) return [];
  const exported = new Set(facts.exportedMetrics.flatMap(({ series, name }) => [name, ...series]));
  const recorded = new Set(
    facts.ruleFiles.flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'recording').map(({ name }) => name)),
  );
  const alerts = facts.ruleFiles
    .filter(({ path }) => isScanned(path))
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.kind === 'alert' && !rule.templated && rule.promql.error === undefined)
    // `absent(x)` fires for ever on such a name rather than never.
    .filter((rule) => !rule.promql.functions.some((name) => name.startsWith('absent')));
  const unknown = alerts
    .flatMap(({ promql }) => promql.selectors.flatMap(({ metric }) => metric ?? []))
    .filter(
      (metric) => !exported.has(metric) && !recorded.has(metric) && !isWellKnownMetric(metric) && !metric.includes(':'),
    );
  const elsewhere = mentioned([...new Set(unknown.map(baseName))], context);
  const families = new Set(
    parsed.map(({ name }) => nameTokens(name)[0] ?? '').filter((token) => !COMMON_WORDS.test(token)),
  );
  const untold = hasUntoldMetrics(context);
  const httpExporter = hasHttpExporter(context);
  const phantomNames = new Set(unknown.filter((metric) => !elsewhere.has(baseName(metric))));

  const isOwn = (metric: string, near: readonly string[], alert: string): boolean => {
    if (isGenericHttpMetric(metric)) {
      const tail = nameTokens(metric).slice(1).join('_');
      return !httpExporter && parsed.some(({ name }) => baseName(name).endsWith(`_${tail}`));
    }
    if (near.length > 0) return true;
    if (untold) return false;
    return families.has(nameTokens(metric)[0] ?? '') || ABOUT_A_MODEL.test(metric) || ABOUT_A_MODEL.test(alert);
  };

  const numbering = new SubjectNumbering();
  return alerts.flatMap((rule) => {
    const phantoms: Phantom[] = rule.promql.selectors.flatMap((selector) => {
      const { metric } = selector;
      if (metric === undefined || !phantomNames.has(metric)) return [];
      const near = nearMatches(metric, selector.matchers, parsed);
      return isOwn(metric, near, rule.name) ? [{ selector, metric, near }] : [];
    });
    if (phantoms.length === 0) return [];
    const names = [...new Set(phantoms.map(({ metric }) => metric))];
    const near = [...new Set(phantoms.flatMap((phantom) => phantom.near))];
    const meant = near.length === 1 ? `; the code exports ${near[0]}` : '';
    const reason = fixImpossible(rule, phantoms);
    const definition = parsed.find(({ series }) => near.some((name) => series.includes(name)));
    // The other side of `or` and `unless` can still make it fire.
    const partly = /\b(or|unless)\b/.test(rule.expr.value);
    const finding: Finding = {
      path: rule.path,
      line: rule.line,
      subject: numbering.next(rule.path, rule.name),
      message: `Alert ${rule.name} reads ${listed(names)}, which nothing in this repository exports${meant}.`,
      consequence: partly
        ? 'That part of the expression is always empty, so the alert misses what it was written for.'
        : 'The expression is always empty, so the alert can never fire, and silence looks like health.',
      evidence: evidenceOf(
        quoteLine(snapshot, rule.path, lineOfMetric(rule, phantoms[0] as Phantom, snapshot.text(rule.path) ?? '')),
        ...(definition ? [quoteLine(snapshot, definition.path, definition.line)] : []),
        `exported: ${[...new Set(parsed.map(({ name }) => name))].sort().join(', ')}`,
      ),
      severity: ABOUT_A_MODEL.test(rule.name) || names.some((name) => ABOUT_A_MODEL.test(name)) ? 'critical' : 'medium',
      ...(reason === undefined ? {} : { unfixableBecause: reason }),
    };
    return [{ rule, phantoms, finding }];
  });
}

function lineOfMetric(rule: AlertRule, { selector }: Phantom, text: string): number {
  const range = selector.metricRange && rangeInFile(rule, selector.metricRange);
  return range ? text.slice(0, range.start).split('\n').length : rule.expr.line;
}

/** Why the names can't be replaced mechanically; `undefined` where they can. */
function fixImpossible(rule: AlertRule, phantoms: readonly Phantom[]): string | undefined {
  for (const { metric, near, selector } of phantoms) {
    if (near.length === 0)
      return `nothing exported is a near match for ${metric}; the code must export it, or the alert must be dropped`;
    if (near.length > 1) return `${metric} could be ${listed(near)}, and a person must say which`;
    if (!selector.metricRange || !rangeInFile(rule, selector.metricRange))
      return 'the expression does not stand in the file as it is read';
  }
  return undefined;
}

/** MON-001; basis: Google's Rules of ML 10 (silent failures); pint `promql/series` needs a live Prometheus. */
export const alertOnNeverExportedMetric: Rule = {
  id: 'MON-001',
  name: 'alert-on-never-exported-metric',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'critical',
  confidence: 'likely',
  summary: 'An alert on a metric that nothing exports, so that it can never fire.',
  reads: 'Prometheus rule files and custom resources; Python code that defines metrics; all other source for the name',
  blocks: 'alerting',
  page: 'monitoring/alert-on-never-exported-metric.md',
  answers: ['alert-never-fires'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the alert is no longer there' };
    const reason = fixImpossible(site.rule, site.phantoms);
    if (reason !== undefined) return { unfixable: reason };
    const splices = site.phantoms.flatMap(({ selector, near }): Splice[] => {
      const range = selector.metricRange && rangeInFile(site.rule, selector.metricRange);
      return range && near[0] !== undefined ? [{ ...range, text: near[0] }] : [];
    });
    const edited = applySplices(text, splices);
    if (yamlDifferences(text, edited)?.length !== 1)
      return { unfixable: 'the expression is used in more than one place' };
    const from = listed([...new Set(site.phantoms.map(({ metric }) => metric))]);
    const to = listed([...new Set(site.phantoms.flatMap(({ near }) => near))]);
    return {
      edits: [editOf(risk.path, edited)],
      reason: `${to} is the only exported series that ${from} can mean, and has the labels that the alert selects by.`,
      tradeOff: 'The alert can fire from now on; its threshold was never tried against real values.',
    };
  },
};
