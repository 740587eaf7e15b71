import { MlopsError } from '../../contract/errors.js';
import type { ProbeResult } from '../../contract/probe.js';
import { testRoutes } from '../../monitoring/amtool.js';
import { alertProbe, textEvidence, yamlEvidence } from './alertProbe.js';
import { type AlertmanagerConfig, readAlertmanager, receiversIn } from './receivers.js';

export interface RouteInput {
  alert: string;
  subject: string;
  /** The firing alert's labels; undefined when they aren't known. */
  labels: Readonly<Record<string, string>> | undefined;
  alertmanager: { text: string; path: string; before?: string | undefined };
  amtool: string | undefined;
  signal?: AbortSignal | undefined;
}

interface Route {
  receivers: string[];
  config: AlertmanagerConfig;
  output: string;
}

/**
 * Shows by amtool that an alert reaches receivers which all have an integration, and, when the
 * routing was changed, that the unfixed one leads to a receiver that notifies nobody.
 */
export async function proveRoute(input: RouteInput): Promise<ProbeResult[]> {
  const { alert, subject, alertmanager } = input;
  const positive = {
    statement: `${alert} is routed to receivers that notify somebody.`,
    expected: `By ${alertmanager.path}, amtool routes it to at least one receiver, and each one has an integration.`,
  };
  const negative = {
    statement: `By the routing as it was before the change, ${alert} reaches a receiver that notifies nobody.`,
    expected: 'amtool routes it to a receiver without any integration.',
  };
  const changed = alertmanager.before !== undefined && alertmanager.before !== alertmanager.text;
  const notRun = (reason: string): ProbeResult[] => {
    const observed = { observed: `not run: ${reason}`, verdict: 'not-run' as const };
    return [
      alertProbe('positive', 'routes-to-a-receiver-that-notifies', subject, { ...positive, ...observed }),
      ...(changed
        ? [alertProbe('negative', 'unfixed-routing-notifies-nobody', subject, { ...negative, ...observed })]
        : []),
    ];
  };
  if (input.amtool === undefined) return notRun('amtool not found');
  if (input.labels === undefined) return notRun('the labels of the firing alert are not known');

  const probes: ProbeResult[] = [];
  const now = await routeBy(input, input.amtool, input.labels, alertmanager.text);
  const mute = typeof now === 'string' ? [] : now.receivers.filter((receiver) => now.config.timed.has(receiver));
  const silent = typeof now === 'string' ? [] : withoutIntegration(now);
  const verdict =
    typeof now === 'string' || now.receivers.length === 0 || silent.length > 0
      ? 'failed'
      : mute.length > 0
        ? 'not-run'
        : 'passed';
  probes.push(
    alertProbe(
      'positive',
      'routes-to-a-receiver-that-notifies',
      subject,
      {
        ...positive,
        observed:
          verdict === 'not-run'
            ? `not provable: a route to ${listed(mute)} is muted at times`
            : typeof now === 'string'
              ? now
              : described(now),
        verdict,
      },
      evidenceOf(now, input.labels),
    ),
  );
  if (changed) {
    const before = await routeBy(input, input.amtool, input.labels, alertmanager.before as string);
    const refused = typeof before !== 'string' && withoutIntegration(before).length > 0;
    probes.push(
      alertProbe(
        'negative',
        'unfixed-routing-notifies-nobody',
        subject,
        {
          ...negative,
          observed: typeof before === 'string' ? before : described(before),
          verdict: refused ? 'passed' : 'failed',
        },
        evidenceOf(before, input.labels),
      ),
    );
  }
  return probes;
}

/** Where amtool routes the labels, or a sentence that says why it can't be told. */
async function routeBy(
  input: RouteInput,
  tool: string,
  labels: Readonly<Record<string, string>>,
  text: string,
): Promise<Route | string> {
  let config: AlertmanagerConfig;
  try {
    config = readAlertmanager(text, input.alertmanager.path);
  } catch (error) {
    if (error instanceof MlopsError && error.code === 'MLOPS-INPUT-001') return error.message;
    throw error;
  }
  const run = await testRoutes({ tool, config: config.routingOnly, labels, signal: input.signal });
  if (run.exitCode !== 0) return `amtool refuses the routing: ${run.stderr.trim().split('\n').at(-1) ?? ''}`;
  const output = run.stdout.replace(/\n$/, '');
  const receivers = receiversIn(output, [...config.receivers.keys()]);
  return receivers === undefined
    ? `amtool answers "${output}", which names no receivers`
    : { receivers, config, output };
}

function withoutIntegration({ receivers, config }: Route): string[] {
  return receivers.filter((receiver) => (config.receivers.get(receiver) ?? []).length === 0);
}

function described({ receivers, config }: Route): string {
  const words = receivers.map((receiver) => {
    const kinds = config.receivers.get(receiver) ?? [];
    return `${receiver} (${kinds.length === 0 ? 'no integration' : kinds.join(', ')})`;
  });
  return `routed to ${words.length === 0 ? 'no receiver' : words.join(' and ')}`;
}

function listed(names: readonly string[]): string {
  return names.join(' and ');
}

function evidenceOf(route: Route | string, labels: Readonly<Record<string, string>>) {
  const written = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join('\n');
  const evidence = [textEvidence('labels', written)];
  if (typeof route === 'string') return [...evidence, textEvidence('amtool output', route)];
  return [...evidence, yamlEvidence('routing', route.config.routingOnly), textEvidence('amtool output', route.output)];
}
