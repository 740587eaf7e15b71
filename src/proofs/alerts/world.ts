import type { Expr } from '../../promql/ast.js';
import type { Form } from './scenario.js';

/** An alerting rule as it stands in a file. Durations are seconds. */
export interface AlertRule {
  /** As given by the user. */
  file: string;
  /** Of `alert:`, counted from 1. */
  line: number;
  group: string;
  /** The group's `interval`, else the global one. */
  interval: number;
  alert: string;
  expr: string;
  query: Expr;
  for: number;
  keepFiringFor: number;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  file: string;
  line: number;
  group: string;
  interval: number;
  record: string;
  expr: string;
  query: Expr;
  labels: Readonly<Record<string, string>>;
}

/** One alert with the recording rules that its query depends on, dependencies first. */
export interface AlertProblem {
  rule: AlertRule;
  recordings: readonly RecordingRule[];
  /** Seconds between two scrapes. */
  scrapeInterval: number;
  /** Whether it was given or found, rather than assumed. */
  scrapeIntervalKnown: boolean;
  /** What is known of metrics from an exposition or a Prometheus; unset: nothing. */
  metrics?: MetricFacts;
}

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'unknown';

export interface MetricFacts {
  /**
   * Whether the series are as Prometheus stores them. Otherwise they are as a target exposes them: `job`,
   * `instance` and other labels of the target may be missing. Default false.
   */
  complete?: boolean;
  /** Undefined: the metric isn't known. */
  kindOf(metric: string): MetricKind | undefined;
  /** Label sets of the metric's series, without `__name__`; undefined: the metric isn't known. */
  seriesOf(metric: string): readonly Readonly<Record<string, string>>[] | undefined;
}

/** Something that a proof takes for granted because nothing given says it. */
export interface Assumption {
  /** `kind`: which kind of metric; `label`: a label that a series must carry though no selector says so; `bound`: part of a whole; `interval`. */
  about: 'kind' | 'label' | 'bound' | 'interval' | 'order';
  metric?: string;
  text: string;
  /** `unlikely` ones are pointed out. Set to the last three where metrics are given. */
  status: 'assumed' | 'unlikely' | 'fact' | 'contradicted' | 'unseen';
}

/** A series of the world in which the rule is tried. Context series have the same form in both states. */
export interface WorldSeries {
  /** With `__name__`. */
  labels: Readonly<Record<string, string>>;
  kind: MetricKind;
  /** `carrier`: its values (or presence) are all that differ between firing and healthy. */
  role: 'carrier' | 'context';
  healthy: Form;
  firing: Form;
}

/**
 * Series under which the rule fires or stays silent, as the carriers take their `firing` or
 * `healthy` form. Seconds throughout.
 */
export interface World {
  series: readonly WorldSeries[];
  /** Healthy time needed before the onset, so that every window is full; also enough for the silent test to mean something. */
  warmUp: number;
  /** After the onset the query is non-empty at the latest after so long, and stays so while the carriers keep their firing form. */
  settle: number;
  /** After the carriers are healthy again the query is empty at the latest after so long; undefined: it never is (a raw counter). */
  recover: number | undefined;
  /** Latest moment until which the firing form can hold the query non-empty; undefined: without limit. */
  holds: number | undefined;
  /** What decides, for people: `rate(errors_total[5m]) / … > 0.05`, with the values on both sides of the threshold. */
  threshold?: { expression: string; operator: string; value: number; firing: number; healthy: number };
  /** The query reads `time()` or the calendar: seconds since 1970 at which the scenario must begin. */
  startsAt: number;
  assumptions: readonly Assumption[];
}

export type Solution =
  /**
   * `others`: worlds that turn on other comparisons of the query, or other branches of an \`or\`, each
   * firing and silent by itself; without them a change of such a comparison goes unnoticed.
   */
  | { kind: 'solved'; world: World; others: readonly World[] }
  /** Only where the reasoning is sound. */
  | { kind: 'never_fires'; reason: string; assumptions: readonly Assumption[] }
  | { kind: 'always_fires'; reason: string; deadMansSwitch: boolean; assumptions: readonly Assumption[] }
  /** `construct`: the piece of the query that could not be handled. */
  | { kind: 'not_provable'; reason: string; construct?: string };
