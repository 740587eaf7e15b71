import { gunzipSync } from 'node:zlib';
import { MlopsError } from '../../../contract/errors.js';
import { type OuterText, readYaml, YAML_LIMITS, type YamlNode } from '../../../lifecycle/yamlDocument.js';
import { parseDuration } from '../../../promql/duration.js';
import { type AmtoolTexts, textsForAmtool } from './amtoolTexts.js';
import { type InlineSecret, inlineSecretsOf } from './inlineSecrets.js';
import { isPatternError, type LabelMatcher, labelMatcher, MatcherError, parseMatchers } from './matchers.js';
import { readTimeInterval, type TimeInterval, TimeIntervalError } from './timeIntervals.js';

/** A node of the routing tree, with what it inherits filled in. Durations are seconds. */
export interface Route {
  line: number;
  receiver: string;
  /** All must match; sorted as written, `match` before `match_re` before `matchers`. */
  matchers: readonly LabelMatcher[];
  continue: boolean;
  /** Labels by which notifications are grouped; `all` for `...`. */
  groupBy: readonly string[] | 'all';
  groupWait: number;
  groupInterval: number;
  repeatInterval: number;
  /** Names; not inherited. */
  muteTimeIntervals: readonly string[];
  activeTimeIntervals: readonly string[];
  routes: readonly Route[];
}

export interface Integration {
  /** `slack`, `pagerduty`, …: the key without `_configs`. */
  kind: string;
  line: number;
  /** Whether it tells that an alert is over; by default as the integration has it. */
  sendResolved: boolean;
}

export interface Receiver {
  name: string;
  line: number;
  /** Empty for a receiver that notifies nobody. */
  integrations: readonly Integration[];
}

export interface InhibitRule {
  line: number;
  source: readonly LabelMatcher[];
  target: readonly LabelMatcher[];
  equal: readonly string[];
}

/** An Alertmanager configuration as far as it decides who is told. */
export interface AlertmanagerConfig {
  path: string;
  route: Route;
  receivers: ReadonlyMap<string, Receiver>;
  timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  inhibitRules: readonly InhibitRule[];
  inlineSecrets: readonly InlineSecret[];
  /** What only Alertmanager 0.27 and later can read: label names or matchers in UTF-8, with their lines. */
  utf8: readonly { line: number; text: string }[];
  amtool: AmtoolTexts;
}

const MEND = 'Correct the file; `amtool check-config FILE` shows the place.';
const DEFAULTS = { groupWait: 30, groupInterval: 300, repeatInterval: 14_400 };
const MAX_ROUTES = 10_000;
/** Instructions of all regular expressions together. */
const MAX_PATTERNS = 1_000_000;
const CLASSIC_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Integrations that don't tell of an end unless `send_resolved` says so. */
const SILENT_WHEN_RESOLVED = new Set(['email', 'slack', 'wechat', 'rocketchat']);

/**
 * Reads an Alertmanager configuration: a file of its own, or the one that a Kubernetes Secret or
 * ConfigMap holds, compressed or not, also within a list. Lines are those of the file given.
 *
 * @param path names the file in errors
 * @throws MlopsError MLOPS-INPUT-001 for what Alertmanager would refuse as well, with the line.
 */
export function readAlertmanager(text: string, path: string): AlertmanagerConfig {
  if (text.length > YAML_LIMITS.size) throw invalid(path, undefined, 'it is larger than 1 MiB');
  const { node, inner } = findConfig(text, path);
  try {
    return new Reader(path).read(node, inner);
  } catch (error) {
    if (error instanceof TimeIntervalError) throw invalid(path, error.line, error.message);
    throw error;
  }
}

function findConfig(text: string, path: string): { node: YamlNode; inner: string } {
  const documents = documentsOf(text, path);
  // Alertmanager reads the first document and no other.
  const [own] = documents;
  if (own?.get('route') !== undefined || own?.get('receivers') !== undefined) return { node: own, inner: text };
  const objects = documents.flatMap((document) => [document, ...(document.get('items')?.items() ?? [])]);
  for (const object of objects) {
    const kind = object.get('kind')?.text;
    if (kind !== 'Secret' && kind !== 'ConfigMap') continue;
    for (const block of ['stringData', 'data']) {
      for (const { value } of object.get(block)?.pairs() ?? []) {
        const encoded = kind === 'Secret' && block === 'data';
        const embedded = value === undefined ? undefined : encoded ? fromBase64(value, path) : value.embedded();
        if (embedded === undefined || !/^\s*["']?route["']?\s*:/m.test(embedded.text)) continue;
        const node = documentsOf(embedded.text, path, embedded.outer).find((item) => item.get('route') !== undefined);
        if (node !== undefined) return { node, inner: embedded.text };
      }
    }
  }
  throw withoutRoute(objects, path);
}

/** Kinds of the Prometheus Operator that an Alertmanager configuration is made of. */
const OPERATOR_KINDS = new Set(['AlertmanagerConfig', 'Alertmanager']);

/** Names what the file is instead, where that can be told. */
function withoutRoute(objects: readonly YamlNode[], path: string): MlopsError {
  const operator = objects.find((object) => OPERATOR_KINDS.has(object.get('kind')?.text ?? ''));
  if (operator !== undefined) {
    const kind = operator.get('kind')?.text;
    const why = `it is an ${kind}, from which the Prometheus Operator makes a configuration together with others`;
    return invalid(
      path,
      operator.line,
      why,
      'Give what the operator makes of it: the Secret alertmanager-NAME-generated, as `kubectl get secret -o yaml` prints it.',
    );
  }
  const [first] = objects;
  const values = first?.pairs().find(({ value }) => value?.get('config', 'route') !== undefined)?.value;
  const below = values ?? first?.pairs().find(({ value }) => value?.get('alertmanager', 'config', 'route'))?.value;
  if (below !== undefined) {
    const mend = 'Give what stands there under `config`, or the Secret that `helm template` makes of it.';
    return invalid(path, below.line, 'it has no `route` at its top, and seems to be values of a Helm chart', mend);
  }
  return invalid(path, undefined, 'it has no `route`');
}

function documentsOf(text: string, path: string, outer?: OuterText): YamlNode[] {
  const reading = readYaml(text, outer);
  if ('reason' in reading) throw invalid(path, undefined, reading.reason);
  const [duplicate] = reading.duplicateKeys;
  if (duplicate !== undefined) throw invalid(path, duplicate.line, `the key \`${duplicate.key}\` occurs twice`);
  return reading.documents;
}

/** The Prometheus Operator compresses the configuration that it makes. */
const GZIP = Buffer.from([0x1f, 0x8b]);

function fromBase64(node: YamlNode, path: string): { text: string; outer: OuterText } {
  const bytes = Buffer.from(node.text ?? '', 'base64');
  const outer = { pieces: [], lineOffset: node.line - 1, fixedLine: node.line };
  if (!bytes.subarray(0, GZIP.length).equals(GZIP)) return { text: bytes.toString('utf8'), outer };
  try {
    return { text: gunzipSync(bytes, { maxOutputLength: YAML_LIMITS.size }).toString('utf8'), outer };
  } catch {
    throw invalid(path, node.line, 'what is compressed there is broken, or larger than 1 MiB');
  }
}

class Reader {
  private readonly utf8: { line: number; text: string }[] = [];
  private routesLeft = MAX_ROUTES;
  private patternsLeft = MAX_PATTERNS;

  constructor(private readonly path: string) {}

  read(config: YamlNode, text: string): AlertmanagerConfig {
    const receivers = this.receivers(config);
    const timeIntervals = this.timeIntervals(config);
    const root = config.get('route');
    if (!root?.isMap) throw this.invalid(config.line, 'it has no `route`');
    this.checkRoot(root);
    const route = this.route(root, undefined);
    this.checkNames(route, receivers, timeIntervals);
    return {
      path: this.path,
      route,
      receivers,
      timeIntervals,
      inhibitRules: this.list(config, 'inhibit_rules').map((rule) => ({
        line: rule.line,
        source: this.matchers(rule, 'source_'),
        target: this.matchers(rule, 'target_'),
        equal: this.labels(rule, 'equal'),
      })),
      inlineSecrets: inlineSecretsOf(config),
      utf8: this.utf8,
      amtool: textsForAmtool(text),
    };
  }

  private checkRoot(root: YamlNode): void {
    if ((root.get('receiver')?.text ?? '') === '') throw this.invalid(root.line, 'the root route has no receiver');
    for (const key of ['match', 'match_re', 'matchers', 'mute_time_intervals', 'active_time_intervals']) {
      const value = root.get(key);
      if (value !== undefined && value.pairs().length + value.items().length > 0) {
        throw this.invalid(value.line, `the root route must not have \`${key}\``);
      }
    }
    if (this.truth(root, 'continue')) throw this.invalid(root.line, 'the root route must not have `continue`');
  }

  private route(node: YamlNode, parent: Route | undefined): Route {
    this.routesLeft -= 1;
    if (this.routesLeft < 0) throw this.invalid(node.line, `it has more than ${MAX_ROUTES} routes`);
    if (!node.isMap) throw this.invalid(node.line, 'a route must be a mapping');
    const own: Omit<Route, 'routes'> = {
      line: node.line,
      receiver: node.get('receiver')?.text || (parent?.receiver ?? ''),
      matchers: this.matchers(node, ''),
      continue: this.truth(node, 'continue'),
      groupBy: this.groupBy(node) ?? parent?.groupBy ?? [],
      groupWait: this.duration(node, 'group_wait') ?? parent?.groupWait ?? DEFAULTS.groupWait,
      groupInterval: this.duration(node, 'group_interval') ?? parent?.groupInterval ?? DEFAULTS.groupInterval,
      repeatInterval: this.duration(node, 'repeat_interval') ?? parent?.repeatInterval ?? DEFAULTS.repeatInterval,
      muteTimeIntervals: this.texts(node, 'mute_time_intervals'),
      activeTimeIntervals: this.texts(node, 'active_time_intervals'),
    };
    const inherited = { ...own, routes: [] };
    return { ...own, routes: this.list(node, 'routes').map((child) => this.route(child, inherited)) };
  }

  /** Undefined where the parent's counts, which is also so for an empty list. */
  private groupBy(node: YamlNode): readonly string[] | 'all' | undefined {
    const labels = this.texts(node, 'group_by');
    if (labels.length === 0) return undefined;
    const line = node.get('group_by')?.line ?? node.line;
    if (new Set(labels).size < labels.length && !labels.includes('...')) {
      throw this.invalid(line, 'a label occurs twice in `group_by`');
    }
    if (labels.every((label) => label === '...')) return 'all';
    if (labels.includes('...')) throw this.invalid(line, '`group_by` has `...` and other labels');
    for (const label of labels) this.checkLabel(label, line);
    return labels;
  }

  private duration(node: YamlNode, key: string): number | undefined {
    const value = node.get(key);
    if (value === undefined) return undefined;
    const seconds = parseDuration(value.text ?? '');
    if (seconds === undefined) throw this.invalid(value.line, `\`${key}\` is no duration`);
    if (seconds === 0 && key !== 'group_wait') throw this.invalid(value.line, `\`${key}\` must not be zero`);
    return seconds;
  }

  /** `match`, `match_re` and `matchers`, or those of one side of an inhibition rule. */
  private matchers(node: YamlNode, side: '' | 'source_' | 'target_'): LabelMatcher[] {
    const found: LabelMatcher[] = [];
    for (const [key, operator] of [
      [`${side}match`, '='],
      [`${side}match_re`, '=~'],
    ] as const) {
      const value = node.get(key);
      if (value !== undefined && !value.isMap) throw this.invalid(value.line, `\`${key}\` must be a mapping`);
      for (const pair of value?.pairs() ?? []) {
        const { line } = pair.keyPlace;
        if (!CLASSIC_LABEL.test(pair.key)) throw this.invalid(line, `invalid label name ${pair.key}`);
        const text = pair.value === undefined || pair.value.isNull ? undefined : pair.value.text;
        if (text === undefined && operator === '=~') throw this.invalid(line, `no regular expression for ${pair.key}`);
        found.push(this.attempt(line, () => labelMatcher(pair.key, operator, text ?? '')));
      }
    }
    for (const item of this.list(node, `${side}matchers`)) {
      const text = item.text ?? '';
      const parsed = this.attempt(item.line, () => parseMatchers(text));
      if (parsed.utf8) this.utf8.push({ line: item.line, text });
      found.push(...parsed.matchers);
    }
    for (const { pattern } of found) this.patternsLeft -= pattern?.size ?? 0;
    if (this.patternsLeft < 0) throw this.invalid(node.line, 'its regular expressions are too large');
    return found;
  }

  private attempt<T>(line: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof MatcherError || isPatternError(error)) throw this.invalid(line, error.message);
      throw error;
    }
  }

  private receivers(config: YamlNode): Map<string, Receiver> {
    const receivers = new Map<string, Receiver>();
    for (const node of this.list(config, 'receivers')) {
      const name = node.get('name')?.text ?? '';
      if (name === '') throw this.invalid(node.line, 'a receiver has no name');
      if (receivers.has(name)) throw this.invalid(node.line, `the receiver ${name} occurs twice`);
      const integrations = node.pairs().flatMap(({ key, value }) => {
        if (!key.endsWith('_configs')) return [];
        const kind = key.slice(0, -'_configs'.length);
        const items = value?.items().filter((item) => !item.isNull) ?? [];
        return items.map((item) => ({
          kind,
          line: item.line,
          sendResolved:
            item.get('send_resolved') === undefined
              ? !SILENT_WHEN_RESOLVED.has(kind)
              : this.truth(item, 'send_resolved'),
        }));
      });
      receivers.set(name, { name, line: node.line, integrations });
    }
    return receivers;
  }

  private timeIntervals(config: YamlNode): Map<string, TimeInterval[]> {
    const intervals = new Map<string, TimeInterval[]>();
    for (const key of ['mute_time_intervals', 'time_intervals']) {
      for (const node of this.list(config, key)) {
        const name = node.get('name')?.text ?? '';
        if (name === '') throw this.invalid(node.line, 'a time interval has no name');
        if (intervals.has(name)) throw this.invalid(node.line, `the time interval ${name} occurs twice`);
        intervals.set(name, this.list(node, 'time_intervals').map(readTimeInterval));
      }
    }
    return intervals;
  }

  private checkNames(
    route: Route,
    receivers: ReadonlyMap<string, Receiver>,
    intervals: ReadonlyMap<string, readonly TimeInterval[]>,
  ): void {
    if (!receivers.has(route.receiver)) throw this.invalid(route.line, `there is no receiver ${route.receiver}`);
    for (const name of [...route.muteTimeIntervals, ...route.activeTimeIntervals]) {
      if (!intervals.has(name)) throw this.invalid(route.line, `there is no time interval ${name}`);
    }
    for (const child of route.routes) this.checkNames(child, receivers, intervals);
  }

  private checkLabel(label: string, line: number): void {
    if (label === '') throw this.invalid(line, 'a label name is empty');
    if (!CLASSIC_LABEL.test(label)) this.utf8.push({ line, text: label });
  }

  private labels(node: YamlNode, key: string): string[] {
    const labels = this.texts(node, key);
    for (const label of labels) this.checkLabel(label, node.get(key)?.line ?? node.line);
    return labels;
  }

  private texts(node: YamlNode, key: string): string[] {
    return this.list(node, key).map((item) => {
      if (item.text === undefined && !item.isNull) throw this.invalid(item.line, `\`${key}\` must hold texts`);
      return item.text ?? '';
    });
  }

  private list(node: YamlNode, key: string): YamlNode[] {
    const value = node.get(key);
    if (value === undefined) return [];
    if (!value.isSequence) throw this.invalid(value.line, `\`${key}\` must be a list`);
    return value.items();
  }

  /** By YAML 1.1, which Alertmanager's reader follows for truth values. */
  private truth(node: YamlNode, key: string): boolean {
    const value = node.get(key);
    if (value === undefined) return false;
    if (/^(?:true|yes|on|y)$/i.test(value.text ?? '')) return true;
    if (/^(?:false|no|off|n)$/i.test(value.text ?? '')) return false;
    throw this.invalid(value.line, `\`${key}\` is neither true nor false`);
  }

  private invalid(line: number, why: string): MlopsError {
    return invalid(this.path, line, why);
  }
}

function invalid(path: string, line: number | undefined, why: string, mend = MEND): MlopsError {
  return new MlopsError('MLOPS-INPUT-001', `the Alertmanager configuration is not valid: ${why}`, {
    where: line === undefined ? path : `${path}:${line}`,
    mend,
  });
}
