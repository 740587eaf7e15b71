import type { AlertRule, ExportedMetric } from '../../lifecycle/facts.js';
import { listed } from '../evidence.js';
import { nameWords } from './nameWords.js';
import { featureDrift } from './patterns/featureDrift.js';
import { featureFreshness } from './patterns/featureFreshness.js';
import { modelQuality } from './patterns/modelQuality.js';
import type { PatternAlert } from './patterns/monitoringPattern.js';
import { predictionVolume } from './patterns/predictionVolume.js';
import { servingErrors } from './patterns/servingErrors.js';
import { servingLatency } from './patterns/servingLatency.js';
import { trainingStaleness } from './patterns/trainingStaleness.js';
import type { StatedBound } from './statedBounds.js';
import { type WatchedMetric, wholeOf } from './watchedKinds.js';

/** A rule made from what the repository states, or what is missing for one. */
export type Proposal =
  | { alert: PatternAlert; stated: StatedBound[] }
  | {
      /** The pattern as text, `BOUND` where the number would stand. */
      pattern: string;
      /** Why there is no rule, in words. */
      needed: string;
    };

/** Severity of a rule whose bound was never tried: it wakes nobody. */
const SEVERITY = 'warning';

/**
 * The rule for a metric that nothing watches. Its bound is one that the repository states under the
 * measure's own name, and the only one; nothing is assumed where it states none, or several.
 *
 * @param alerts the repository's, whose severities say which ones routes know
 */
export function proposalFor(
  watched: WatchedMetric,
  bounds: readonly StatedBound[],
  metrics: readonly ExportedMetric[],
  alerts: readonly AlertRule[],
): Proposal {
  const whole = watched.kind === 'serving errors' ? wholeOf(watched.metric, metrics) : undefined;
  const pattern = patternText(watched, whole);
  const none = (needed: string): Proposal => ({ pattern, needed: `${needed}; the pattern is \`${pattern}\`` });
  if (watched.kind === 'serving errors' && whole === undefined)
    return none(`which counter ${watched.metric.name} is a part of can't be told`);
  const fitting = bounds.flatMap((bound) => {
    const value = valueFor(watched, bound);
    return value === undefined ? [] : [{ bound, ...value }];
  });
  const [first] = fitting;
  if (first === undefined) return none(`the repository states no bound for ${watched.metric.name}`);
  const others = fitting.filter(({ value, quantile }) => value !== first.value || quantile !== first.quantile);
  if (others.length > 0) {
    const stated = [first, ...others].map(({ bound }) => `${bound.value} (${bound.path}:${bound.line})`);
    return none(`the repository states ${listed(stated)}, and a person must say which counts`);
  }
  const severity = severityFor(alerts);
  if (severity === undefined) return none('which of the severities in use it should have is for a person to say');
  const stated = fitting.map(({ bound }) => bound);
  const common = {
    alert: nameFor(watched, alerts),
    basis: listed(stated.map(({ path, line }) => `${path}:${line}`)).slice(0, 300),
    ...(severity === '' ? {} : { severity }),
  };
  try {
    return { alert: instantiated(watched, whole, first, common), stated };
  } catch {
    // The pattern's own bounds: an accuracy bound of 0.85 is one, an age of minus one day is none.
    return none(`${first.value}, stated in ${common.basis}, is no bound for it`);
  }
}

interface Value {
  /** In the unit of the metric. */
  value: number;
  quantile?: number;
}

function instantiated(
  { kind, metric, badWhen }: WatchedMetric,
  whole: ExportedMetric | undefined,
  { value, quantile }: Value,
  common: { alert: string; basis: string; severity?: string },
): PatternAlert {
  const { name } = metric;
  const waits = (pattern: { defaultFor: number }) => ({ ...common, for: pattern.defaultFor });
  switch (kind) {
    case 'model quality':
      return modelQuality.rule({ ...waits(modelQuality), metric: name, badWhen, bound: value });
    case 'drift':
      return featureDrift.rule({ ...waits(featureDrift), metric: name, badWhen, bound: value });
    case 'prediction volume':
      return predictionVolume.rule({ ...waits(predictionVolume), metric: counted(metric), ratio: value });
    case 'feature freshness': {
      const form = nameWords(name).includes('timestamp') ? 'timestamp' : 'age';
      return featureFreshness.rule({ ...waits(featureFreshness), metric: name, form, maxAge: value });
    }
    case 'serving errors':
      return servingErrors.rule({
        ...waits(servingErrors),
        failed: counted(metric),
        all: counted(whole as ExportedMetric),
        ratio: value,
      });
    case 'serving latency':
      return servingLatency.rule({
        ...waits(servingLatency),
        metric: name,
        quantile: quantile as number,
        bound: value,
      });
    default:
      return trainingStaleness.rule({ ...waits(trainingStaleness), metric: name, maxAge: value });
  }
}

function patternText({ kind, metric, badWhen }: WatchedMetric, whole: ExportedMetric | undefined): string {
  const { name } = metric;
  switch (kind) {
    case 'prediction volume':
      return `sum(rate(${counted(metric)}[1d])) < RATIO * sum(rate(${counted(metric)}[1d] offset 1w))`;
    case 'serving errors':
      return `sum(rate(${counted(metric)}[5m])) / sum(rate(${whole === undefined ? 'ALL' : counted(whole)}[5m])) > RATIO`;
    case 'serving latency':
      return `histogram_quantile(QUANTILE, sum by (le) (rate(${name}_bucket[5m]))) > SECONDS`;
    case 'feature freshness':
    case 'training staleness':
      return nameWords(name).includes('timestamp') ? `time() - max(${name}) > SECONDS` : `${name} > SECONDS`;
    default:
      return `${name} ${badWhen === 'below' ? '<' : '>'} BOUND`;
  }
}

/** The series of a counter, `_total` included. */
function counted({ series, name }: ExportedMetric): string {
  return series[0] ?? name;
}

/** Seconds of a unit's name. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  millis: 0.001,
  milliseconds: 0.001,
  s: 1,
  sec: 1,
  secs: 1,
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};

/** What a stated bound says of a metric, in the metric's unit; `undefined` when it is about something else. */
function valueFor(watched: WatchedMetric, bound: StatedBound): Value | undefined {
  const { words, value, side } = bound;
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
  if (side !== undefined && side !== (watched.badWhen === 'below' ? 'min' : 'max')) return undefined;
  switch (watched.kind) {
    case 'model quality':
    case 'drift':
      return watched.measures.some((measure) => words.includes(measure)) ? { value } : undefined;
    case 'prediction volume':
      return side === 'min' && has(/^(volume|traffic|predictions?)$/) && has(/^ratio$/) ? { value } : undefined;
    case 'serving errors':
      return has(/^errors?$|^failures?$/) && has(/^(rate|ratio)$/) ? { value } : undefined;
    case 'serving latency': {
      const seconds = secondsIn(words, value);
      const quantile = words.flatMap((word) => /^p(\d{2,4})$/.exec(word)?.[1] ?? [])[0];
      if (seconds === undefined || quantile === undefined || !has(/^(latency|duration)$/)) return undefined;
      return nameWords(watched.metric.name).includes('seconds')
        ? { value: seconds, quantile: Number(`0.${quantile}`) }
        : undefined;
    }
    default: {
      const seconds = secondsIn(words, value);
      const about =
        watched.kind === 'feature freshness' ? /^features?$/ : /^(model|training|train|retrain|retraining|batch)$/;
      const inSeconds = nameWords(watched.metric.name).includes('seconds');
      return seconds !== undefined && inSeconds && has(about) && has(/^(age|staleness|freshness|lag)$/)
        ? { value: seconds }
        : undefined;
    }
  }
}

function secondsIn(words: readonly string[], value: number): number | undefined {
  const units = words.flatMap((word) => (Object.hasOwn(UNITS, word) ? [UNITS[word] as number] : []));
  const [unit] = units;
  return unit === undefined || units.length > 1 ? undefined : Number((value * unit).toPrecision(12));
}

/** `warning` where the repository's alerts use it, none where they have no severities; undefined where they use others. */
function severityFor(alerts: readonly AlertRule[]): string | undefined {
  const used = new Set(alerts.flatMap(({ labels }) => labels.severity?.value ?? []));
  return used.size === 0 ? '' : used.has(SEVERITY) ? SEVERITY : undefined;
}

/** The metric's name in the way of alerts, with what is wrong; another one where an alert is called so. */
function nameFor({ metric, kind, badWhen }: WatchedMetric, alerts: readonly AlertRule[]): string {
  const words = nameWords(metric.name).filter((word) => word !== 'seconds' && word !== 'timestamp');
  const camel = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  const state = STATES[kind] ?? (badWhen === 'below' ? 'Low' : 'High');
  const name = `${camel.replace(/^[^A-Z]+/, '').slice(0, 60)}${state}`;
  const taken = new Set(alerts.map((rule) => rule.name));
  return taken.has(name) ? `${name}Proposed` : name;
}

const STATES: Partial<Record<WatchedMetric['kind'], string>> = {
  'prediction volume': 'Dropped',
  'feature freshness': 'TooOld',
  'training staleness': 'TooLongAgo',
};
