import type { Expr } from './ast.js';
import { EvaluationError } from './errors.js';
import { evaluateVector } from './evaluate.js';
import { type Labels, labelKey, labelText, METRIC_NAME, withLabel, withoutName } from './labels.js';
import { PerLabels } from './perLabels.js';
import { type SeriesStore, STALE, toMilliseconds } from './seriesStore.js';
import type { Sample } from './value.js';

/** A recording rule, as far as its evaluation needs it. */
export interface EvaluatedRecording {
  record: string;
  query: Expr;
  labels: Readonly<Record<string, string>>;
}

/** An alerting rule, as far as its evaluation needs it. Seconds. */
export interface EvaluatedAlert {
  alert: string;
  query: Expr;
  for: number;
  keepFiringFor: number;
  labels: Readonly<Record<string, string>>;
}

export interface RuleChain {
  /** In the order in which they are evaluated at each instant; the alert comes after them. */
  recordings: readonly EvaluatedRecording[];
  alert: EvaluatedAlert;
}

export interface RuleSchedule {
  /** Seconds between two evaluations. */
  interval: number;
  /** Seconds since 1970 of the first evaluation. */
  from: number;
  /** No evaluation is later. */
  to: number;
  /** Seconds that an instant selector looks back; 300 unless given. */
  lookback?: number;
}

/** What one evaluation of the alert gave. */
export interface RuleInstant {
  /** Seconds since 1970. */
  at: number;
  /** Result of the alert's query. */
  samples: readonly Sample[];
  /**
   * Labels of alerts, with `alertname` and the rule's own labels. Those whose value is a template are
   * left out, as templates aren't evaluated here.
   */
  pending: readonly Labels[];
  firing: readonly Labels[];
}

interface ActiveAlert {
  labels: Labels;
  /** Milliseconds. */
  since: number;
  firing: boolean;
  /** When its sample was first missing while it fired. */
  missingSince: number | undefined;
}

/**
 * Evaluates an alert with the recording rules that it depends on, at every instant of a schedule, as
 * `promtool test rules` does: `for` counts from the first evaluation at which the alert is active, and
 * a recorded series that vanishes gets a staleness marker. The store itself doesn't change.
 *
 * @throws EvaluationError when a rule can't be evaluated or gives one label set twice.
 * @throws UnsupportedQuery as {@link evaluateVector} does.
 */
export function evaluateRules(chain: RuleChain, input: SeriesStore, schedule: RuleSchedule): RuleInstant[] {
  const store = chain.recordings.length > 0 ? input.fork() : input;
  const options = {
    interval: schedule.interval,
    ...(schedule.lookback === undefined ? {} : { lookback: schedule.lookback }),
  };
  const recorded = chain.recordings.map(() => new Map<string, Labels>());
  const active = new Map<string, ActiveAlert>();
  const instants: RuleInstant[] = [];
  const first = toMilliseconds(schedule.from);
  const step = toMilliseconds(schedule.interval);
  if (!(step > 0)) throw new RangeError('the interval between evaluations must be positive');
  for (let now = first; now <= toMilliseconds(schedule.to); now += step) {
    const at = now / 1000;
    chain.recordings.forEach((rule, index) => {
      const before = recorded[index] ?? new Map<string, Labels>();
      recorded[index] = record(rule, before, store, at, evaluateVector(rule.query, store, at, options));
    });
    const samples = evaluateVector(chain.alert.query, store, at, options);
    updateAlerts(chain.alert, active, samples, now);
    const all = [...active.values()];
    instants.push({
      at,
      samples,
      pending: all.filter(({ firing }) => !firing).map(({ labels }) => labels),
      firing: all.filter(({ firing }) => firing).map(({ labels }) => labels),
    });
  }
  return instants;
}

const recordedLabels = new PerLabels<Labels>();
const alertLabels = new PerLabels<Labels>();

/** Adds what a recording rule gave to the store, and markers for what it no longer gives. */
function record(
  rule: EvaluatedRecording,
  before: ReadonlyMap<string, Labels>,
  store: SeriesStore,
  at: number,
  samples: readonly Sample[],
): Map<string, Labels> {
  const given = new Map<string, Labels>();
  for (const sample of samples) {
    const labels = recordedLabels.get(rule, sample.labels, () => {
      let made = withLabel(sample.labels, METRIC_NAME, rule.record);
      for (const [name, value] of Object.entries(rule.labels)) made = withLabel(made, name, value);
      return made;
    });
    const key = labelKey(labels);
    if (given.has(key)) {
      throw new EvaluationError(
        `vector contains metrics with the same labelset after applying rule labels: ${labelText(labels)}`,
      );
    }
    given.set(key, labels);
    store.append(labels, at, sample.value);
  }
  for (const [key, labels] of before) if (!given.has(key)) store.append(labels, at, STALE);
  return given;
}

/** Source: `AlertingRule.Eval` in `rules/alerting.go` of Prometheus 2.42. */
function updateAlerts(
  rule: EvaluatedAlert,
  active: Map<string, ActiveAlert>,
  samples: readonly Sample[],
  now: number,
): void {
  const present = new Set<string>();
  for (const sample of samples) {
    const labels = alertLabels.get(rule, sample.labels, () => labelsOf(rule, sample.labels));
    const key = labelKey(labels);
    if (present.has(key)) {
      throw new EvaluationError(
        `vector contains metrics with the same labelset after applying alert labels: ${labelText(labels)}`,
      );
    }
    present.add(key);
    if (!active.has(key)) active.set(key, { labels, since: now, firing: false, missingSince: undefined });
  }
  for (const [key, alert] of active) {
    if (present.has(key)) {
      alert.missingSince = undefined;
      if (now - alert.since >= toMilliseconds(rule.for)) alert.firing = true;
      continue;
    }
    alert.missingSince ??= now;
    const kept = alert.firing && now - alert.missingSince < toMilliseconds(rule.keepFiringFor);
    if (!kept) active.delete(key);
  }
}

function labelsOf(rule: EvaluatedAlert, sampleLabels: Labels): Labels {
  let labels = withoutName(sampleLabels);
  for (const [name, value] of Object.entries(rule.labels)) {
    if (!value.includes('{{')) labels = withLabel(labels, name, value);
  }
  return withLabel(labels, 'alertname', rule.alert);
}
