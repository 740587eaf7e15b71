import type { EncodedPath } from '../../contract/encodedPath.js';
import type { AlertRule, ExportedMetric, RuleFile } from '../../lifecycle/facts.js';
import { evidenceOf, listed, quoteLine } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';
import { insertAlert } from './insertAlert.js';
import type { PatternAlert, WatchedKind } from './patterns/monitoringPattern.js';
import { type Proposal, proposalFor } from './proposedAlert.js';
import { statedBounds } from './statedBounds.js';
import { type WatchedMetric, watchedMetric, watches } from './watchedKinds.js';

interface Site {
  file: RuleFile;
  proposal: Proposal;
  finding: Finding;
}

/** Kinds whose silence lets a bad model go on unnoticed. */
const ABOUT_THE_MODEL: ReadonlySet<WatchedKind> = new Set(['model quality', 'drift']);

function sitesIn(context: RuleContext): Site[] {
  const { facts, map, snapshot } = context;
  if (map.components.length === 0) return [];
  const files = facts.ruleFiles.filter(({ path, rules }) => isScanned(path) && rules.some(isAlert));
  const alerts = files.flatMap(({ rules }) => rules).filter(isAlert);
  const file = homeOf(files, facts.exportedMetrics);
  if (file === undefined) return [];
  const byKind = new Map<WatchedKind, WatchedMetric[]>();
  for (const metric of facts.exportedMetrics) {
    if (metric.basis !== 'parsed' || !isScanned(metric.path)) continue;
    const watched = watchedMetric(metric);
    if (watched !== undefined) byKind.set(watched.kind, [...(byKind.get(watched.kind) ?? []), watched]);
  }
  const unwatched = [...byKind].filter(([kind]) => !alerts.some((rule) => watches(rule, kind)));
  if (unwatched.length === 0) return [];
  const bounds = statedBounds(context);
  return unwatched
    .map(([kind, metrics]): Site => {
      const proposals = metrics.map((watched) => proposalFor(watched, bounds, facts.exportedMetrics, alerts));
      const proposal = proposals.find((each) => 'alert' in each) ?? (proposals[0] as Proposal);
      const names = [...new Set(metrics.map(({ metric }) => metric.name))];
      return {
        file,
        proposal,
        finding: {
          path: file.path,
          line: file.groups[0]?.line ?? 1,
          subject: kind,
          message: `The code exports ${listed(names)}, and no alert here watches ${kind}${needed(proposal)}.`,
          consequence: ABOUT_THE_MODEL.has(kind)
            ? 'A model that has gone bad goes on deciding, and nobody is told.'
            : `Nobody is told when ${kind} is out of bounds.`,
          evidence: evidenceOf(
            ...metrics.slice(0, 2).map(({ metric }) => quoteLine(snapshot, metric.path, metric.line)),
            ...('alert' in proposal ? proposal.stated.map(({ path, line }) => quoteLine(snapshot, path, line)) : []),
            `alerts: ${listed([...new Set(alerts.map(({ name }) => name))])}`,
          ),
          severity: ABOUT_THE_MODEL.has(kind) ? 'medium' : 'low',
          ...('alert' in proposal ? {} : { unfixableBecause: proposal.needed }),
        },
      };
    })
    .sort((a, b) => (a.finding.subject < b.finding.subject ? -1 : 1));
}

function isAlert({ kind }: AlertRule): boolean {
  return kind === 'alert';
}

function needed(proposal: Proposal): string {
  return 'alert' in proposal ? '' : `; for \`${proposal.pattern}\` a bound must be stated`;
}

/** Where a rule on the code's metrics belongs: the file whose alerts read most of them, else the first with alerts. */
function homeOf(files: readonly RuleFile[], metrics: readonly ExportedMetric[]): RuleFile | undefined {
  const own = new Set(metrics.flatMap(({ series }) => series));
  const reading = ({ rules }: RuleFile) =>
    rules.filter(({ promql }) => promql.selectors.some(({ metric }) => metric !== undefined && own.has(metric))).length;
  return [...files].sort((a, b) => reading(b) - reading(a) || (a.path < b.path ? -1 : 1))[0];
}

/** MON-004; basis: Google's Rules of ML 8 and 10; ML Test Score, Monitor 1 to 7. */
export const unwatchedModelMetric: Rule = {
  id: 'MON-004',
  name: 'unwatched-model-metric',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'medium',
  confidence: 'likely',
  summary: 'A metric of the model that the code exports and no alert watches.',
  reads: 'Python code that defines metrics; Prometheus rules; bounds in YAML configuration and Python code',
  page: 'monitoring/unwatched-model-metric.md',
  answers: ['other:no-alert-rules'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'it is watched by now' };
    const { proposal, file } = site;
    if (!('alert' in proposal)) return { unfixable: proposal.needed };
    const edited = insertAlert(text, file, proposal.alert);
    if (edited === undefined) return { unfixable: 'the rule file is not in a form to which a rule can be added' };
    return {
      edits: [editOf(risk.path, edited)],
      reason: `${sources(proposal.stated)} ${proposal.stated.length === 1 ? 'states' : 'state'} the bound of ${proposal.alert.alert}.`,
      tradeOff: tradeOff(proposal.alert, context),
    };
  },
};

function sources(stated: readonly { path: EncodedPath; line: number }[]): string {
  return listed(stated.map(({ path, line }) => `${path}:${line}`));
}

function tradeOff({ alert, labels, annotations }: PatternAlert, { facts }: RuleContext): string {
  const runbooks = facts.ruleFiles.some(({ rules }) => rules.some((rule) => 'runbook_url' in rule.annotations));
  const without = runbooks && !('runbook_url' in annotations) ? ' It has no runbook yet.' : '';
  const severity = labels.severity === undefined ? '' : `, as ${labels.severity}`;
  return `${alert} can fire from now on${severity}; its bound was never tried against live values.${without}`;
}
