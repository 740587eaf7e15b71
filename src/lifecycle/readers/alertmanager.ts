import type { EncodedPath } from '../../contract/encodedPath.js';
import type { AlertmanagerConfig, AlertmanagerReceiver, AlertmanagerRoute, Embedding, LabelMatcher } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';

/** Routes of one tree that are read. */
const MAX_ROUTES = 1000;

/** Settings of an integration that say where a notification goes. */
const DESTINATIONS =
  /^(url|url_file|api_url|webhook_url|webhook_url_file|to|channel|service_key|service_key_file|routing_key|routing_key_file|api_key|api_key_file|user_key|user_key_file|chat_id|topic_arn|target|bot_token_file|smarthost|room_id|priority)$/;

/** Whether a mapping is an Alertmanager configuration. */
export function isAlertmanagerConfig(node: YamlNode): boolean {
  return node.get('route')?.isMap === true && node.get('receivers')?.isSequence === true;
}

/** Reads an Alertmanager configuration's routing tree and receivers. `text` is what amtool would be given. */
export function readAlertmanagerConfig(
  path: EncodedPath,
  node: YamlNode,
  text: string,
  embedding?: Embedding,
): AlertmanagerConfig {
  const route = node.get('route');
  return {
    path,
    ...(embedding ? { embedding } : {}),
    ...(route ? { route: readRoute(route, { left: MAX_ROUTES }) } : {}),
    receivers: (node.get('receivers')?.items() ?? []).flatMap((item) => readReceiver(item) ?? []),
    inhibitRules: (node.get('inhibit_rules')?.items() ?? []).map((item) => ({
      line: item.line,
      equal: item.get('equal')?.texts() ?? [],
    })),
    text,
  };
}

function readRoute(node: YamlNode, budget: { left: number }): AlertmanagerRoute {
  const matchers: LabelMatcher[] = [];
  const badMatchers: string[] = [];
  for (const [key, operator] of [
    ['match', '='],
    ['match_re', '=~'],
  ] as const) {
    for (const [label, value] of Object.entries(node.get(key)?.textMap() ?? {}))
      matchers.push({ label, operator, value });
  }
  for (const source of node.get('matchers')?.texts() ?? []) {
    const parsed = parseMatchers(source);
    if (parsed) matchers.push(...parsed);
    else badMatchers.push(source);
  }
  const routes: AlertmanagerRoute[] = [];
  for (const child of node.get('routes')?.items() ?? []) {
    budget.left -= 1;
    if (budget.left < 0) break;
    routes.push(readRoute(child, budget));
  }
  const receiver = node.get('receiver')?.scalar;
  const text = (key: string): string | undefined => node.get(key)?.text;
  return {
    ...(receiver ? { receiver } : {}),
    matchers,
    badMatchers,
    continue: node.get('continue')?.boolean ?? false,
    groupBy: node.get('group_by')?.texts() ?? [],
    ...optional('groupWait', text('group_wait')),
    ...optional('groupInterval', text('group_interval')),
    ...optional('repeatInterval', text('repeat_interval')),
    muteTimeIntervals: node.get('mute_time_intervals')?.texts() ?? [],
    routes,
    ...node.place,
  };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}

/** `severity="critical"`, or several of them between braces; `undefined` when it isn't a matcher. */
function parseMatchers(source: string): LabelMatcher[] | undefined {
  const body = source.trim().replace(/^\{([\s\S]*)\}$/, '$1');
  const pattern =
    /\s*("(?:[^"\\]|\\.)*"|[a-zA-Z_][\w:]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^",\s{}][^,{}]*|)\s*(,|$)/y;
  const matchers: LabelMatcher[] = [];
  while (pattern.lastIndex < body.length) {
    const match = pattern.exec(body);
    if (!match) return undefined;
    matchers.push({
      label: unquote(match[1] as string),
      operator: match[2] as LabelMatcher['operator'],
      value: unquote((match[3] as string).trim()),
    });
  }
  return matchers.length > 0 ? matchers : undefined;
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)) : text;
}

function readReceiver(node: YamlNode): AlertmanagerReceiver | undefined {
  const name = node.get('name')?.scalar;
  if (!name) return undefined;
  const integrations: AlertmanagerReceiver['integrations'] = [];
  for (const { key, value } of node.pairs()) {
    if (!key.endsWith('_configs')) continue;
    for (const entry of value?.items() ?? []) {
      integrations.push({
        kind: key.slice(0, -'_configs'.length),
        line: entry.line,
        destinations: entry.pairs().flatMap(({ key: setting, value: setTo }) => {
          const scalar = DESTINATIONS.test(setting) ? setTo?.scalar : undefined;
          return scalar ? [{ key: setting, value: scalar }] : [];
        }),
      });
    }
  }
  return {
    name: name.value,
    nameScalar: { line: name.line, endLine: name.endLine, range: name.range },
    integrations,
    ...node.place,
  };
}
