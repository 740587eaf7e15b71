import type { MetricFacts } from '../world.js';
import { type Matcher, matches } from './labelValue.js';
import { isTargetLabel } from './targetLabels.js';

/** What the known series of a metric say about one label. */
export interface KnownLabel {
  /** Number of the metric's series, at least 1. */
  series: number;
  /** That the label has; none: no series carries it. */
  values: readonly string[];
  /** Whether every series carries it. */
  always: boolean;
  /** Whether it tells something that a series doesn't carry it. */
  decisive: boolean;
}

/** Series that Prometheus makes of alerts: each has the labels of its own alert. */
const OF_ALERTS: ReadonlySet<string> = new Set(['ALERTS', 'ALERTS_FOR_STATE']);
const MOST_SHOWN = 3;
const LONGEST_SHOWN = 40;

const known = new WeakMap<MetricFacts, Map<string, KnownLabel | undefined>>();

/** Undefined: the metric isn't known. */
export function knownLabel(facts: MetricFacts | undefined, metric: string, label: string): KnownLabel | undefined {
  if (facts === undefined) return undefined;
  const answers = known.get(facts) ?? new Map<string, KnownLabel | undefined>();
  known.set(facts, answers);
  const key = JSON.stringify([metric, label]);
  if (!answers.has(key)) answers.set(key, counted(facts, metric, label));
  return answers.get(key);
}

function counted(facts: MetricFacts, metric: string, label: string): KnownLabel | undefined {
  const series = facts.seriesOf(metric);
  if (series === undefined || series.length === 0) return undefined;
  const carrying = series.flatMap((labels) => {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
    return value === undefined || value === '' ? [] : [value];
  });
  return {
    series: series.length,
    values: [...new Set(carrying)],
    always: carrying.length === series.length,
    decisive: !OF_ALERTS.has(metric) && (facts.complete === true || !isTargetLabel(label)),
  };
}

/** Whether some series carries a value that satisfies all matchers; undefined where that can't be told. */
export function carries({ values }: KnownLabel, matchers: readonly Matcher[]): boolean | undefined {
  let isUncertain = false;
  for (const value of values) {
    const answers = matchers.map((matcher) => matches(matcher, value));
    if (answers.every((answer) => answer === true)) return true;
    isUncertain ||= !answers.includes(false);
  }
  return isUncertain ? undefined : false;
}

/** Why a needed label isn't carried, for people. */
export function lack(label: string, { series, values }: KnownLabel): string {
  if (values.length > 0) return `seen is only ${label}=${shown(values)}`;
  return series === 1 ? 'its one series lacks the label' : `all its ${series} series lack the label`;
}

function shown(values: readonly string[]): string {
  const texts = values
    .slice(0, MOST_SHOWN)
    .map((value) => JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value));
  const rest = values.length - texts.length;
  return rest > 0 ? `${texts.join(', ')} and ${rest} more` : texts.join(', ');
}

/** A label's name as it stands in a query, or quoted where it can't. */
export function nameOf(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : JSON.stringify(label);
}
