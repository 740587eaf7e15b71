import { isMap, isSeq, parseDocument, stringify } from 'yaml';
import { MlopsError } from '../../contract/errors.js';

/** What the routing proof needs of an Alertmanager configuration. */
export interface AlertmanagerConfig {
  /** Each receiver's kinds of integration, `slack`, `pagerduty`, …; empty for one that notifies nobody. */
  receivers: ReadonlyMap<string, readonly string[]>;
  /** Receivers that some route with a mute or active time interval leads to. */
  timed: ReadonlySet<string>;
  /** Routing tree and names of receivers alone: no secret, path, template or URL is in it. */
  routingOnly: string;
}

const MAX_CONFIG = 1024 * 1024;
const INTERVALS = ['mute_time_intervals', 'active_time_intervals'] as const;

/**
 * Reads an Alertmanager configuration.
 *
 * @throws MlopsError MLOPS-INPUT-001 when it has no routing tree or no receivers.
 */
export function readAlertmanager(text: string, path: string): AlertmanagerConfig {
  if (text.length > MAX_CONFIG) throw invalid(path, 'it is larger than 1 MiB');
  // The failsafe schema keeps values as they are written, so that nothing changes on the way to amtool.
  const document = parseDocument(text, { schema: 'failsafe', merge: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw invalid(path, problem.message.split('\n')[0] ?? 'it is no YAML');
  if (!isMap(document.get('route')) || !isSeq(document.get('receivers'))) {
    throw invalid(path, 'it has no `route` or no `receivers`');
  }
  let plain: Record<string, unknown>;
  try {
    plain = document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>;
  } catch {
    throw invalid(path, 'it has too many aliases');
  }
  const receivers = new Map<string, string[]>();
  for (const receiver of plain.receivers as unknown[]) {
    if (typeof receiver !== 'object' || receiver === null) continue;
    const { name, ...rest } = receiver as Record<string, unknown>;
    if (typeof name !== 'string') continue;
    const kinds = Object.entries(rest)
      .filter(([key, value]) => key.endsWith('_configs') && Array.isArray(value) && value.length > 0)
      .map(([key]) => key.slice(0, -'_configs'.length));
    receivers.set(name, kinds);
  }
  const timed = new Set<string>();
  const root = plain.route as Record<string, unknown>;
  collectTimed(root, typeof root.receiver === 'string' ? root.receiver : '', false, timed, 0);
  const routing = {
    route: routingOf(root),
    receivers: [...receivers.keys()].map((name) => ({ name })),
  };
  return {
    receivers,
    timed,
    routingOnly: stringify(routing, { version: '1.1', lineWidth: 0 }),
  };
}

/**
 * The receivers in amtool's answer, which separates names by commas although a name may hold one.
 *
 * @returns undefined when the answer can't be made of the configuration's receivers.
 */
export function receiversIn(answer: string, names: readonly string[]): string[] | undefined {
  if (answer === '') return [];
  for (const name of [...names].sort((a, b) => b.length - a.length)) {
    if (answer === name) return [name];
    if (name !== '' && answer.startsWith(`${name},`)) {
      const rest = receiversIn(answer.slice(name.length + 1), names);
      if (rest !== undefined) return [name, ...rest];
    }
  }
  return undefined;
}

function collectTimed(
  route: Record<string, unknown>,
  inherited: string,
  within: boolean,
  timed: Set<string>,
  depth: number,
) {
  if (depth > 50) return;
  const receiver = typeof route.receiver === 'string' ? route.receiver : inherited;
  const isTimed = within || INTERVALS.some((key) => Array.isArray(route[key]) && route[key].length > 0);
  if (isTimed) timed.add(receiver);
  for (const child of Array.isArray(route.routes) ? route.routes : []) {
    if (typeof child === 'object' && child !== null) {
      collectTimed(child as Record<string, unknown>, receiver, false, timed, depth + 1);
    }
  }
}

function routingOf(route: Record<string, unknown>, depth = 0): Record<string, unknown> {
  if (depth > 50) return {};
  return Object.fromEntries(
    Object.entries(route)
      .filter(([key]) => !(INTERVALS as readonly string[]).includes(key))
      .map(([key, value]) => {
        // The only truth value of a route; in quotes amtool would refuse it.
        if (key === 'continue') return [key, /^(true|yes|on|y)$/i.test(String(value))];
        if (key !== 'routes' || !Array.isArray(value)) return [key, value];
        return [key, value.map((child) => routingOf(child as Record<string, unknown>, depth + 1))];
      }),
  );
}

function invalid(path: string, why: string): MlopsError {
  return new MlopsError('MLOPS-INPUT-001', `the Alertmanager configuration is not valid: ${why}`, {
    where: path,
    mend: 'Correct the file; `amtool check-config FILE` shows the place.',
  });
}
