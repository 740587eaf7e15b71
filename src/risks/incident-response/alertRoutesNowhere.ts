import { alertLabels } from '../../lifecycle/alertLabels.js';
import type {
  AlertmanagerConfig,
  AlertmanagerReceiver,
  AlertmanagerRoute,
  AlertRule,
  Scalar,
} from '../../lifecycle/facts.js';
import { applySplices, scalarLike, yamlDifferences } from '../../planning/yamlSplice.js';
import { alternatives } from '../alternatives.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { editOf } from '../textEdit.js';
import { possibleRoutes, type RouteEnd } from './possibleRoutes.js';

const PLACEHOLDER = alternatives(
  '',
  String.raw`
    (^|[@./])example\.(com|org|net)\b dev-?null \bYOUR[-_] \bTODO\b \bCHANGE[-_]?ME\b \bPLACEHOLDER\b
    <[A-Za-z_\s-]+> ^https?:\/\/(localhost|127\.0\.0\.1)\b
  `,
  '',
  'i',
);

/** A key that is only its own name in capitals: `PD_ROUTING_KEY`. */
const OWN_NAME = /^[A-Z]+(_[A-Z]+)+$/;

const NULL_RECEIVER =
  /^(null|none|noop|devnull|dev-null|blackhole|black-hole|void|discard|drop|silence|watchdog|deadmanssnitch)$/i;

type Reach = 'people' | 'webhook' | 'placeholder' | 'nobody';

/** The part of an address that is a placeholder; a channel's name is only a part of one. */
function placeholderIn({ destinations }: AlertmanagerReceiver['integrations'][number]): Scalar | undefined {
  return destinations
    .filter(({ key, value }) => key !== 'channel' && !/\$\{?\w|\{\{/.test(value.value))
    .find(({ value }) => PLACEHOLDER.test(value.value) || OWN_NAME.test(value.value))?.value;
}

function reachOf(receiver: AlertmanagerReceiver): Reach {
  if (receiver.integrations.length === 0) return 'nobody';
  const real = receiver.integrations.filter((integration) => placeholderIn(integration) === undefined);
  if (real.length === 0) return 'placeholder';
  return real.every(({ kind }) => kind === 'webhook') ? 'webhook' : 'people';
}

/** Alerts whose silence is wanted. */
function mayBeSilent(rule: AlertRule, receiver: string): boolean {
  const severity = rule.labels.severity?.value ?? '';
  return (
    NULL_RECEIVER.test(receiver) && (/^(none|info)$/i.test(severity) || /^(Watchdog|InfoInhibitor)$/.test(rule.name))
  );
}

interface Site {
  config: AlertmanagerConfig;
  receiver: AlertmanagerReceiver;
  reach: 'nobody' | 'placeholder';
  /** Nodes on which the receiver is written for the alerts that reach it. */
  routes: AlertmanagerRoute[];
  replacement: AlertmanagerReceiver | undefined;
  finding: Finding;
}

/** Ends of an alert that leave people without a word in every outcome, by the receiver that fails. */
function silentEnds(outcomes: readonly RouteEnd[][], reach: ReadonlyMap<string, Reach>): RouteEnd[] {
  const silent = outcomes.map((ends) => {
    const reaches = ends.map(({ receiver }) => reach.get(receiver));
    if (reaches.some((each) => each === 'people' || each === undefined)) return [];
    return ends.filter(({ receiver }) => ['nobody', 'placeholder'].includes(reach.get(receiver) ?? ''));
  });
  return silent.length > 0 && silent.every((ends) => ends.length > 0) ? silent.flat() : [];
}

/**
 * The receiver that should stand in place of an empty one: the only one that notifies whose name
 * is the empty one's with more behind a separator (`ml-oncall` and `ml-oncall-pager`); else the only
 * one of the configuration that notifies people.
 */
function replacementFor(
  config: AlertmanagerConfig,
  receiver: AlertmanagerReceiver,
  reached: ReadonlySet<string>,
): AlertmanagerReceiver | undefined {
  const notifying = config.receivers.filter(
    (each) => each !== receiver && !reached.has(each.name) && ['people', 'webhook'].includes(reachOf(each)),
  );
  const extending = notifying.filter(({ name }) => new RegExp(`^${escaped(receiver.name)}[-_./ ]`).test(name));
  if (extending.length > 0) return extending.length === 1 ? extending[0] : undefined;
  const people = notifying.filter((each) => reachOf(each) === 'people');
  return people.length === 1 ? people[0] : undefined;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function sitesIn(context: RuleContext): Site[] {
  const alerts = context.facts.ruleFiles
    .filter(({ path }) => isScanned(path))
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.kind === 'alert');
  if (alerts.length === 0) return [];
  const numbering = new SubjectNumbering();
  return context.facts.alertmanagerConfigs
    .filter(({ path }) => isScanned(path))
    .flatMap((config) => {
      const root = config.route;
      if (!root) return [];
      const reach = new Map(config.receivers.map((receiver) => [receiver.name, reachOf(receiver)]));
      const byReceiver = new Map<
        string,
        { alerts: AlertRule[]; routes: Set<AlertmanagerRoute>; reached: Set<string> }
      >();
      for (const rule of alerts) {
        const outcomes = possibleRoutes(root, alertLabels(rule));
        if (!outcomes) continue;
        for (const { receiver, writtenOn } of silentEnds(outcomes, reach)) {
          if (mayBeSilent(rule, receiver)) continue;
          const entry = byReceiver.get(receiver) ?? { alerts: [], routes: new Set(), reached: new Set() };
          if (!entry.alerts.includes(rule)) entry.alerts.push(rule);
          entry.routes.add(writtenOn);
          for (const end of outcomes.flat()) entry.reached.add(end.receiver);
          byReceiver.set(receiver, entry);
        }
      }
      return config.receivers.flatMap((receiver) => {
        const entry = byReceiver.get(receiver.name);
        const reached = reach.get(receiver.name);
        if (!entry || (reached !== 'nobody' && reached !== 'placeholder')) return [];
        return [siteOf(context, config, receiver, reached, entry, numbering)];
      });
    });
}

function siteOf(
  { snapshot }: RuleContext,
  config: AlertmanagerConfig,
  receiver: AlertmanagerReceiver,
  reach: 'nobody' | 'placeholder',
  { alerts, routes, reached }: { alerts: AlertRule[]; routes: Set<AlertmanagerRoute>; reached: Set<string> },
  numbering: SubjectNumbering,
): Site {
  const replacement = reach === 'nobody' ? replacementFor(config, receiver, reached) : undefined;
  const names = [...new Set(alerts.map(({ name }) => name))];
  const subject = names.length === 1 ? `Alert ${names[0]} is` : `Alerts ${listed(names)} are`;
  const routed = `${subject} routed to receiver "${receiver.name}"`;
  const page = alerts.some(({ labels }) => /^(critical|page)$/i.test(labels.severity?.value ?? ''));
  const [destination] = receiver.integrations.flatMap((integration) => placeholderIn(integration) ?? []);
  // The replacement's name must be written where the route's receiver is; without a verbatim place it can't.
  const placed = [...routes].every(
    ({ receiver: scalar }) => scalar !== undefined && scalar.range.end > scalar.range.start,
  );
  const line = receiver.nameScalar.line;
  const first = alerts[0];
  return {
    config,
    receiver,
    reach,
    routes: [...routes],
    replacement: placed ? replacement : undefined,
    finding: {
      path: config.path,
      line,
      subject: numbering.next(config.path, receiver.name),
      message:
        reach === 'nobody'
          ? `${routed}, which notifies nobody.`
          : `${routed}, whose destination ${destination?.value ?? ''} is a placeholder.`,
      consequence: page
        ? 'An alert that should wake somebody fires and nobody hears of it.'
        : 'The alert fires and nobody hears of it.',
      evidence: evidenceOf(
        quoteLine(snapshot, config.path, destination?.line ?? line),
        ...[...routes].flatMap(({ receiver: scalar }) =>
          scalar ? [quoteLine(snapshot, config.path, scalar.line)] : [],
        ),
        ...(first ? [quoteLine(snapshot, first.path, first.line)] : []),
      ),
      severity: page ? 'critical' : 'high',
      ...(reach === 'placeholder'
        ? { unfixableBecause: 'whom to notify is for a person to say' }
        : replacement === undefined || !placed
          ? { unfixableBecause: 'no single receiver is the obvious replacement' }
          : {}),
    },
  };
}

/** INC-001; basis: Alertmanager's documentation of routes and receivers (a receiver without integration is valid). */
export const alertRoutesNowhere: Rule = {
  id: 'INC-001',
  name: 'alert-routes-nowhere',
  area: 'incident-response',
  stage: 'monitoring',
  severity: 'critical',
  confidence: 'certain',
  summary: 'An alert whose labels route to a receiver that notifies nobody.',
  reads: 'Alertmanager configurations and Prometheus rules, as files and in ConfigMaps',
  blocks: 'alerting',
  page: 'incident-response/alert-routes-nowhere.md',
  answers: ['alert-without-receiver', 'other:alert-severity-unrouted'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined) return { unfixable: 'the receiver is no longer there' };
    const { replacement } = site;
    if (!replacement)
      return { unfixable: site.finding.unfixableBecause ?? 'no single receiver is the obvious replacement' };
    const kinds = listed([...new Set(replacement.integrations.map(({ kind }) => kind))]);
    const splices = site.routes.flatMap(({ receiver }) =>
      receiver
        ? [
            {
              ...receiver.range,
              text: scalarLike(text.slice(receiver.range.start, receiver.range.end), replacement.name),
            },
          ]
        : [],
    );
    const edited = applySplices(text, splices);
    const expected = site.config.embedding ? 1 : splices.length;
    if (yamlDifferences(text, edited)?.length !== expected)
      return { unfixable: 'the route cannot be changed without touching more' };
    return {
      edits: [editOf(risk.path, edited)],
      reason: `Receiver "${replacement.name}" notifies by ${kinds}; "${site.receiver.name}" has no integration.`,
      tradeOff: `Whoever "${replacement.name}" reaches gets these alerts too, at any hour that it is set to.`,
    };
  },
};
