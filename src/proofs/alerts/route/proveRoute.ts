import { toolVersion } from '../../../monitoring/toolVersion.js';
import { formatDuration } from '../../../promql/duration.js';
import type { Finding } from '../finding.js';
import { checkConfig, testRoutes } from './askAmtool.js';
import { type Labels, labelOf } from './matchers.js';
import { type PrometheusAlerting, type Sent, sentAs, statedWhenSent } from './prometheusAlerting.js';
import type { AlertmanagerConfig, Integration } from './readAlertmanager.js';
import {
  type OtherAlert,
  type PossibleRoute,
  type RouteResult,
  type RouteStep,
  routeAlert,
  unknownValue,
} from './routeAlert.js';
import type { Stated } from './statedLabels.js';
import { MUTING_YEARS, type Muting } from './timeIntervals.js';

export interface RouteProofInput {
  config: AlertmanagerConfig;
  /** Through which the alert goes to Alertmanager; unset: it arrives as it is. */
  prometheus?: PrometheusAlerting;
  /** Of the firing alert, with `alertname`, as promtool gives them. */
  labels: Labels;
  /** The labels whose values the rule states, rather than the series that were chosen for it; unset: all. */
  stated?: Stated;
  /** Other alerts of the same files that fire with it; labels as those of the alert, before external labels. */
  others?: readonly OtherAlert[];
  /** Path of amtool; unset: not found. */
  amtool?: string;
  /** Seconds since 1970, from when on time intervals are looked at. */
  now: number;
  signal?: AbortSignal;
}

/** What a person gets of an alert. Durations are seconds. */
export interface ReachedReceiver {
  receiver: string;
  integrations: readonly Integration[];
  group: Labels;
  groupWait: number;
  groupInterval: number;
  repeatInterval: number;
  path: readonly RouteStep[];
  muted: Muting;
}

export interface RouteVerdict {
  /** Labels with which the alert arrives; undefined when Prometheus doesn't send it. */
  labels?: Labels;
  reached: readonly ReachedReceiver[];
  /** Receivers beyond these that get it when labels which the rule doesn't state have other values; unset: none. */
  possible?: readonly PossibleRoute[];
  /** Whether somebody is told at some time, by a receiver that is reached or possible. */
  notifies: boolean;
  findings: readonly Finding[];
  /**
   * `agrees`: amtool names the same receivers, and would load the configuration as far as it knows
   * it; `not-asked`: the alert isn't sent at all.
   */
  checkedByAmtool: 'agrees' | 'disagrees' | 'too-old' | 'not-found' | 'not-asked';
  /** Who gets what, and what amtool says of it, in a sentence or two. */
  shown: string;
}

/**
 * Shows where a firing alert goes: by our own reading, which also knows intervals, inhibition and
 * integrations, and by the real amtool, which must name the same receivers.
 *
 * @throws MlopsError MLOPS-PRF-003 when amtool can't be run.
 */
export async function proveRoute(input: RouteProofInput): Promise<RouteVerdict> {
  const { config, prometheus } = input;
  const secrets = secretFindings(config);
  const before = input.stated ?? (() => true);
  const sent = prometheus === undefined ? { labels: input.labels } : sendThrough(prometheus, input.labels);
  if ('notSent' in sent) {
    const open = sent.decidedBy.filter((label) => !before(label));
    const findings: Finding[] = [{ code: 'no-route', message: `It never arrives: ${sent.notSent}.` }];
    const shown = `Not sent: ${sent.notSent}${open.length === 0 ? '' : `, unless ${chosen(open)} has another value`}.`;
    return {
      reached: [],
      notifies: open.length > 0,
      findings: [...(open.length === 0 ? findings : []), ...secrets],
      checkedByAmtool: 'not-asked',
      shown,
    };
  }
  const { labels } = sent;
  const others = (input.others ?? []).flatMap((other) => {
    const arrived = prometheus === undefined ? { labels: other.labels } : sendThrough(prometheus, other.labels);
    return 'labels' in arrived ? [{ ...other, labels: arrived.labels }] : [];
  });
  const stated = prometheus === undefined ? before : statedWhenSent(prometheus, before);
  const result = routeAlert(config, labels, { now: input.now, others, stated });
  const checked = await compare(input, labels, result);
  return {
    labels,
    reached: result.reached.map(({ fellThrough: _, route: __, intervals: ___, sure: ____, ...rest }) => rest),
    ...(result.possible.length === 0 ? {} : { possible: result.possible }),
    notifies: result.notifies || (!isInhibited(result) && result.possible.some(tells)),
    findings: [...routeFindings(config, labels, result, stated), ...secrets],
    checkedByAmtool: checked.verdict,
    shown: `${sentence(result)} ${checked.text}`,
  };
}

/** An alert arrives when at least one Alertmanager gets it; their own rules only matter when all drop it. */
function sendThrough(prometheus: PrometheusAlerting, labels: Labels): Sent {
  const entries = prometheus.alertmanagers.filter((entry) => entry.targets.length + entry.discovery.length > 0);
  if (entries.length === 0) {
    return { notSent: `${prometheus.path} names no Alertmanager under \`alerting\``, decidedBy: [] };
  }
  const ways = entries.map((entry) => sentAs(prometheus, labels, entry));
  return ways.find((way) => 'labels' in way) ?? (ways[0] as (typeof ways)[number]);
}

function tells({ integrations, muted }: Pick<PossibleRoute, 'integrations' | 'muted'>): boolean {
  return integrations.length > 0 && muted !== 'always';
}

function isInhibited({ inhibited }: RouteResult): boolean {
  return inhibited.some(({ by }) => by.always);
}

/**
 * What keeps somebody from being told. Where the alert carries a label whose value was only chosen, and
 * another value leads to somebody, that is nothing to be found: real alerts have the label's real values.
 */
function routeFindings(config: AlertmanagerConfig, labels: Labels, result: RouteResult, stated: Stated): Finding[] {
  const findings: Finding[] = [];
  const [only] = result.reached;
  const lost = result.reached.length === 1 && only?.path.length === 1 && only.integrations.length === 0;
  const ways = result.possible.filter(tells);
  const isChosen = (label: string) => labelOf(labels, label) !== '';
  const isOpen = ways.some(({ decidedBy }) => decidedBy.some(isChosen));
  const otherwise = ways.length === 0 ? '' : ` ${waysText(ways)}`;
  for (const { receiver, integrations, muted, intervals, path, sure } of result.reached) {
    if (!sure && isOpen) continue;
    const line = path.at(-1)?.line;
    const more = sure ? '' : otherwise;
    if (lost) {
      const message = `No route matches it, and the receiver by default, ${receiver}, has no integration.${more}`;
      findings.push({ code: 'no-route', message });
    }
    if (integrations.length === 0 && !lost) {
      const message = `The receiver ${receiver} (route at line ${line}) has no integration: it notifies nobody.${more}`;
      findings.push({ code: 'receiver-without-integration', message });
    }
    if (muted === 'always') {
      const message =
        `The route to ${receiver} at line ${line} is muted at every minute of the next ${MUTING_YEARS} years, ` +
        `by ${intervals.join(', ')}.${more}`;
      findings.push({ code: 'always-muted', message });
    }
  }
  const inhibition = result.inhibited.find(({ by }) => by.always);
  if (inhibition !== undefined) {
    const message =
      `It is always inhibited, by the rule at line ${inhibition.line}: ` +
      `${named(inhibition.by.labels)} fires whenever it does.`;
    findings.push({ code: 'always-inhibited', message });
  }
  const values = stated('severity') ? unknownValue(config, labels, 'severity', result.reached) : undefined;
  if (values !== undefined) {
    const message =
      `No route and no inhibition rule knows severity="${labels.severity}"; ` +
      `routes decide by ${values.join(', ')}.`;
    findings.push({ code: 'unknown-severity', message });
  }
  return findings;
}

const MAX_WAYS = 3;

/** Where else the alert may go, and by which labels. */
function waysText(ways: readonly PossibleRoute[]): string {
  const receivers = [...new Set(ways.map(({ receiver }) => receiver))];
  const more = receivers.length - MAX_WAYS;
  const named = receivers.slice(0, MAX_WAYS).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `By ${chosen(ways.flatMap(({ decidedBy }) => decidedBy))}, which the rule doesn't state, it may go to ${named}.`;
}

function chosen(labels: readonly string[]): string {
  const names = [...new Set(labels)].sort();
  return names.length === 1 ? `the label ${names[0]}` : `the labels ${names.join(', ')}`;
}

function named(labels: Labels): string {
  const severity = labels.severity === undefined ? '' : ` (severity ${labels.severity})`;
  return `${labels.alertname ?? 'another alert'}${severity}`;
}

function secretFindings(config: AlertmanagerConfig): Finding[] {
  return config.inlineSecrets.map(({ line, key, again }) => {
    const places = again.length === 0 ? '' : ` (again at ${again.length === 1 ? 'line' : 'lines'} ${again.join(', ')})`;
    return {
      code: 'inline-secret',
      message: `${config.path}:${line}: ${key} is a secret given inline${places}; keep it in a file of its own (\`…_file\`).`,
    };
  });
}

function sentence(result: RouteResult): string {
  const words = result.reached.map(({ receiver, integrations, group, groupWait, repeatInterval, muted }) => {
    const kinds = [...new Set(integrations.map(({ kind }) => kind))];
    const labels = Object.entries(group).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const when = { never: '', 'at-times': ', muted at times', always: ', always muted' }[muted];
    return (
      `${receiver} (${kinds.length === 0 ? 'no integration' : kinds.join(', ')}; ` +
      `${labels.length === 0 ? 'not grouped by label' : `group ${labels.join(', ')}`}; ` +
      `first after ${formatDuration(groupWait)}, again after ${formatDuration(repeatInterval)}${when})`
    );
  });
  const perhaps = result.inhibited.filter(({ by }) => !by.always);
  const inhibition =
    perhaps.length === 0
      ? ''
      : ` Inhibited while ${[...new Set(perhaps.map(({ by }) => named(by.labels)))].join(', ')} fires.`;
  const ways = result.possible.filter(tells);
  return `Goes to ${words.join(' and ')}.${ways.length === 0 ? '' : ` ${waysText(ways)}`}${inhibition}`;
}

interface Checked {
  verdict: RouteVerdict['checkedByAmtool'];
  text: string;
}

async function compare(input: RouteProofInput, labels: Labels, result: RouteResult): Promise<Checked> {
  const { amtool: tool, config } = input;
  if (tool === undefined) return { verdict: 'not-found', text: 'Not checked: amtool not found.' };
  const { version, loads } = await aboutConfig(tool, config, input.signal);
  const name = `amtool ${version}`;
  if (loads.kind === 'refused') {
    return { verdict: 'disagrees', text: `${name} refuses the configuration, which we read: ${loads.message}` };
  }
  const answer = await testRoutes(tool, config, labels, input.signal);
  if (answer.kind === 'too-old') {
    return { verdict: 'too-old', text: `Not checked: amtool too old (${name} doesn't know ${answer.what}).` };
  }
  const read = result.reached.map(({ receiver }) => receiver);
  const said = answer.kind === 'said' ? listed(answer.value) : answer.message;
  if (answer.kind !== 'said' || listed(answer.value) !== listed(read)) {
    return { verdict: 'disagrees', text: `${name} says ${said}, we read ${listed(read)}.` };
  }
  const rest =
    loads.kind === 'too-old' ? ` Not checked: amtool too old for the rest (it doesn't know ${loads.what}).` : '';
  return { verdict: 'agrees', text: `${name} says the same.${rest}` };
}

function listed(receivers: readonly string[]): string {
  return JSON.stringify(receivers);
}

type AboutConfig = { version: string; loads: Awaited<ReturnType<typeof checkConfig>> };

/** Answers that are the same for every alert. */
const known = new WeakMap<AlertmanagerConfig, Map<string, Promise<AboutConfig>>>();

function aboutConfig(tool: string, config: AlertmanagerConfig, signal?: AbortSignal): Promise<AboutConfig> {
  const byTool = known.get(config) ?? new Map<string, Promise<AboutConfig>>();
  known.set(config, byTool);
  let asked = byTool.get(tool);
  if (asked === undefined) {
    asked = Promise.all([toolVersion(tool, signal), checkConfig(tool, config, signal)]).then(([version, loads]) => ({
      version,
      loads,
    }));
    byTool.set(tool, asked);
    // A run that was stopped says nothing about the configuration.
    asked.catch(() => byTool.delete(tool));
  }
  return asked;
}
