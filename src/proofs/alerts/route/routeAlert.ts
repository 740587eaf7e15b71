import { type Labels, labelOf, matchAll, matches, printMatcher } from './matchers.js';
import type { AlertmanagerConfig, InhibitRule, Integration, Route } from './readAlertmanager.js';
import type { Stated } from './statedLabels.js';
import { type Muting, mutingOf } from './timeIntervals.js';

/** A node of the routing tree that an alert passes, from the root down. */
export interface RouteStep {
  line: number;
  /** What it demands, as text; empty for the root. */
  matchers: readonly string[];
}

/** One place at which an alert ends in the routing tree. Durations are seconds. */
export interface ReachedRoute {
  receiver: string;
  integrations: readonly Integration[];
  path: readonly RouteStep[];
  /** The alert's labels by which it is grouped, with their values. */
  group: Labels;
  groupWait: number;
  groupInterval: number;
  repeatInterval: number;
  muted: Muting;
  /** Names of the intervals by which it may be muted. */
  intervals: readonly string[];
  /** Whether it ended here because no route below matched, though there are some. */
  fellThrough: boolean;
  /** The node itself. */
  route: Route;
  /** Whether it ends here whatever values the labels have that the rule doesn't state. */
  sure: boolean;
}

/** Where an alert may end with other values of labels that its rule doesn't state. */
export interface PossibleRoute {
  receiver: string;
  integrations: readonly Integration[];
  muted: Muting;
  /** The labels that decide it. */
  decidedBy: readonly string[];
}

/** Another alert that may fire with the one in question; labels as Alertmanager receives them. */
export interface OtherAlert {
  labels: Labels;
  /** Whether it fires whenever the one in question does, rather than perhaps. */
  always: boolean;
}

export interface Inhibition {
  /** Of the rule. */
  line: number;
  by: OtherAlert;
}

/** What Alertmanager does with a firing alert. */
export interface RouteResult {
  /** In the order in which the tree names them. */
  reached: readonly ReachedRoute[];
  inhibited: readonly Inhibition[];
  /** Further ends, and the labels by which they are reached; empty when every label is stated. */
  possible: readonly PossibleRoute[];
  /** Whether somebody is told at some time although the others fire that always do. */
  notifies: boolean;
}

/**
 * Where an alert ends in the routing tree, as Alertmanager's dispatcher walks it: depth first, the
 * first child that matches takes the alert unless it says `continue`, and a node without a matching
 * child keeps it (<https://prometheus.io/docs/alerting/latest/configuration/#route>).
 *
 * @param labels as Alertmanager receives them, with `alertname`; empty values count as absent
 * @param options.now seconds since 1970, from when on mute and active time intervals are looked at
 * @param options.stated labels whose values follow from the rule; unset: all
 */
export function routeAlert(
  config: AlertmanagerConfig,
  labels: Labels,
  options: { now: number; others?: readonly OtherAlert[]; stated?: Stated },
): RouteResult {
  const { now, stated = () => true } = options;
  const endings = walk(config.route, labels, []);
  const possible = walkPossibly(config.route, labels, stated, { sure: true, decidedBy: [] });
  const sure = new Set(possible.filter((ending) => ending.sure).map(({ route }) => route));
  const reached = endings.map((ending) => describe(config, ending, labels, now, sure.has(ending.route)));
  const tried = new Set(endings.map(({ route }) => route));
  const inhibited = inhibitionsOf(config.inhibitRules, labels, options.others ?? [], stated);
  const told = reached.some(({ integrations, muted }) => integrations.length > 0 && muted !== 'always');
  return {
    reached,
    inhibited,
    possible: possible
      .filter(({ route }) => !tried.has(route))
      .map(({ route, decidedBy }) => ({
        receiver: route.receiver,
        integrations: integrationsOf(config, route),
        muted: mutingOfRoute(config, route, now),
        decidedBy: [...decidedBy].sort(),
      })),
    notifies: told && !inhibited.some(({ by }) => by.always),
  };
}

function integrationsOf(config: AlertmanagerConfig, { receiver }: Route): readonly Integration[] {
  return config.receivers.get(receiver)?.integrations ?? [];
}

/**
 * The rules by which an alert is inhibited. One that matches both sides of a rule is only inhibited
 * by alerts that don't, so that none inhibits itself. Alerts that are inhibited or muted themselves
 * inhibit as well; a label that both lack counts as equal
 * (<https://prometheus.io/docs/alerting/latest/configuration/#inhibition-related-settings>).
 * A rule that asks for a label which isn't stated never inhibits for sure.
 */
export function inhibitionsOf(
  rules: readonly InhibitRule[],
  labels: Labels,
  others: readonly OtherAlert[],
  stated: Stated = () => true,
): Inhibition[] {
  return rules.flatMap((rule) => {
    if (!matchAll(rule.target, labels)) return [];
    const isSure = [...rule.source, ...rule.target].every(({ label }) => stated(label));
    const twoSided = matchAll(rule.source, labels);
    return others
      .filter(
        (other) =>
          matchAll(rule.source, other.labels) &&
          rule.equal.every((name) => labelOf(other.labels, name) === labelOf(labels, name)) &&
          !(twoSided && matchAll(rule.target, other.labels)),
      )
      .map((by) => ({ line: rule.line, by: isSure ? by : { ...by, always: false } }));
  });
}

/**
 * The other values of a label that routes decide by at the places where the alert fell through, when
 * none of them, and no inhibition rule, knows the alert's own value; undefined otherwise.
 */
export function unknownValue(
  config: AlertmanagerConfig,
  labels: Labels,
  label: string,
  reached: readonly ReachedRoute[],
): string[] | undefined {
  const value = labelOf(labels, label);
  if (value === '') return undefined;
  const own = { [label]: value };
  const decidedBy = reached
    .filter(({ fellThrough }) => fellThrough)
    .flatMap(({ route }) => route.routes)
    .map(({ matchers }) => matchers)
    .filter((matchers) =>
      matchAll(
        matchers.filter((matcher) => matcher.label !== label),
        labels,
      ),
    )
    .flatMap((matchers) => matchers.filter((matcher) => matcher.label === label))
    .filter(({ operator }) => operator === '=' || operator === '=~');
  if (decidedBy.length === 0) return undefined;
  const everywhere = [
    ...routesOf(config.route).flatMap(({ matchers }) => matchers),
    ...config.inhibitRules.flatMap(({ source, target }) => [...source, ...target]),
  ].filter((matcher) => matcher.label === label);
  const known = everywhere.some(
    (matcher) => matches(matcher, own) === (matcher.operator === '=' || matcher.operator === '=~'),
  );
  return known ? undefined : [...new Set(decidedBy.map((matcher) => matcher.value))];
}

function routesOf(route: Route): Route[] {
  return [route, ...route.routes.flatMap(routesOf)];
}

interface Ending {
  route: Route;
  path: readonly RouteStep[];
  fellThrough: boolean;
}

function walk(route: Route, labels: Labels, above: readonly RouteStep[]): Ending[] {
  if (!matchAll(route.matchers, labels)) return [];
  const path = [...above, { line: route.line, matchers: route.matchers.map(printMatcher) }];
  const endings: Ending[] = [];
  for (const child of route.routes) {
    const below = walk(child, labels, path);
    endings.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return endings.length > 0 ? endings : [{ route, path, fellThrough: route.routes.length > 0 }];
}

interface PossibleEnding {
  route: Route;
  sure: boolean;
  decidedBy: readonly string[];
}

/**
 * Every node at which an alert may end when the labels that aren't stated have any value: a matcher
 * on such a label may hold or not, each by itself, so that some of these ends may be impossible.
 */
function walkPossibly(
  route: Route,
  labels: Labels,
  stated: Stated,
  above: Omit<PossibleEnding, 'route'>,
): PossibleEnding[] {
  const open = route.matchers.filter(({ label }) => !stated(label));
  if (!route.matchers.every((matcher) => open.includes(matcher) || matches(matcher, labels))) return [];
  // What decides whether an alert that has come here goes on to the next child, or stays.
  const byOpen = (decidedBy: readonly string[], more: readonly string[]) => [...new Set([...decidedBy, ...more])];
  let here = { sure: above.sure && open.length === 0, decidedBy: byOpen(above.decidedBy, open.map(labelName)) };
  let keeps = here;
  let leaves = false;
  const endings: PossibleEnding[] = [];
  for (const child of route.routes) {
    const below = walkPossibly(child, labels, stated, here);
    if (below.length === 0) continue;
    endings.push(...below);
    const deciding = child.matchers.map(labelName).filter((label) => !stated(label));
    if (deciding.length === 0) {
      leaves = true;
      if (!child.continue) break;
      continue;
    }
    const unsure = ({ decidedBy }: typeof here) => ({ sure: false, decidedBy: byOpen(decidedBy, deciding) });
    keeps = unsure(keeps);
    if (!child.continue) here = unsure(here);
  }
  return leaves ? endings : [...endings, { route, ...keeps }];
}

function labelName({ label }: { label: string }): string {
  return label;
}

function describe(
  config: AlertmanagerConfig,
  { route, path, fellThrough }: Ending,
  labels: Labels,
  now: number,
  sure: boolean,
): ReachedRoute {
  const names = route.groupBy === 'all' ? Object.keys(labels) : route.groupBy;
  return {
    receiver: route.receiver,
    integrations: integrationsOf(config, route),
    path,
    group: Object.fromEntries(
      [...names]
        .sort()
        .map((name) => [name, labelOf(labels, name)])
        .filter(([, value]) => value !== ''),
    ),
    groupWait: route.groupWait,
    groupInterval: route.groupInterval,
    repeatInterval: route.repeatInterval,
    muted: mutingOfRoute(config, route, now),
    intervals: [...route.muteTimeIntervals, ...route.activeTimeIntervals],
    fellThrough,
    route,
    sure,
  };
}

/** Many alerts end at one node, and the answer takes a walk over four years. */
const known = new WeakMap<Route, { now: number; muting: Muting }>();

function mutingOfRoute(config: AlertmanagerConfig, route: Route, now: number): Muting {
  const before = known.get(route);
  if (before?.now === now) return before.muting;
  const named = (names: readonly string[]) => names.flatMap((name) => config.timeIntervals.get(name) ?? []);
  const active = route.activeTimeIntervals.length === 0 ? undefined : named(route.activeTimeIntervals);
  const mute = named(route.muteTimeIntervals);
  const muting = mute.length === 0 && active === undefined ? 'never' : mutingOf(mute, active, now);
  known.set(route, { now, muting });
  return muting;
}
