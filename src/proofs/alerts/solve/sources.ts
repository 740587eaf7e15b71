import type { Form } from '../scenario.js';
import type { AlertProblem, Assumption, MetricKind } from '../world.js';
import { constantOf } from './constantOf.js';
import type { LabelClasses } from './labelClasses.js';
import { kindOf } from './metricKinds.js';
import type { QueryShape, Template } from './queryShape.js';

/** What can be turned on a series, or on the series of one histogram. */
export interface Setting {
  /** 1 while it is scraped, else 0. */
  present: number;
  /** Value of a gauge; of a counter where it begins. */
  level: number;
  /** By which it grows in a scrape interval. */
  growth: number;
  /** Scrapes between two steps of the value; 0: it doesn't step. */
  beat: number;
  /** Height of such a step. */
  swing: number;
  /** Seconds by which a timestamp is behind the clock. */
  age: number;
  /** Observations of a histogram in a scrape interval. */
  volume: number;
  /** Where the observations of a histogram lie. */
  location: number;
  /** How many observations in a scrape interval lie beyond the bounds that the query names. */
  beyond: number;
  /** In how many scrapes of its window a flag is down. */
  lapse: number;
}

export type Dimension = keyof Setting;

/** A series, or the series of one histogram, that a query reads. */
export interface Source {
  /** With `__name__`; of a histogram without `le` and the suffix. */
  labels: Readonly<Record<string, string>>;
  metric: string;
  kind: MetricKind;
  /** Suffixes of a histogram's series that the query reads. */
  parts: readonly string[];
  /** Bounds that the query names. */
  bounds: readonly string[];
  templates: readonly Template[];
  base: Setting;
  /** What may be turned, the likeliest first. */
  dimensions: readonly Dimension[];
  /** Whether it steps upwards only. */
  climbs: boolean;
  /** Units of its timestamps in a second. */
  unit: number;
  /** Whether the query itself asks for values below 0. */
  mayBeNegative: boolean;
}

/** Growth of an ordinary counter in a scrape interval; of one that others are compared with. */
const GROWTH = { ordinary: 60, whole: 10_000 } as const;
const LEVEL = { ordinary: 100, whole: 1000, flag: 1, trend: 1_000_000 } as const;
/** Functions that tell where a gauge is heading. */
export const TRENDS: ReadonlySet<string> = new Set([
  'deriv',
  'delta',
  'idelta',
  'predict_linear',
  'holt_winters',
  'double_exponential_smoothing',
]);
const SPREADS: ReadonlySet<string> = new Set(['stddev_over_time', 'stdvar_over_time', 'mad_over_time']);
const GROWTHS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase']);
/** Names of metrics whose value is 1 and whose labels tell something. */
const DESCRIPTIVE = /_(info|metadata|labels|owner)$/;
const CLIMBING = /(_time|_time_seconds|_timestamp|_timestamp_seconds|_total|_count)$/;
const CONTINUOUS = /_seconds(_total|_sum)?$|_sum$|_ratio$|_percent(age)?$|_celsius$/;

/** Whether values between two whole numbers are ordinary for a metric, by the unit in its name. */
export function isContinuous(metric: string): boolean {
  return CONTINUOUS.test(metric);
}

/**
 * The series of a shape, after its labels have been assigned. Templates with equal labels are one series.
 *
 * @param variants labels that the series have side by side, for the shape's labels alone unless given
 */
export function sourcesOf(
  shape: QueryShape,
  problem: Pick<AlertProblem, 'metrics' | 'scrapeInterval'>,
  variants: readonly LabelClasses[] = [shape.classes],
): { sources: Source[]; assumptions: Assumption[] } {
  const byMetric = grouped(shape.templates, ({ metric }) => metric);
  const assumptions: Assumption[] = [];
  const kinds = new Map<string, MetricKind>();
  for (const [metric, templates] of byMetric) {
    const { kind, assumption } = kindOf(metric, templates, problem.metrics);
    kinds.set(metric, kind);
    if (assumption !== undefined) assumptions.push(assumption);
  }
  const histograms = new Set(
    [...kinds].filter(([, kind]) => kind === 'histogram').map(([metric]) => metric.replace(/_bucket$/, '')),
  );
  const groups = new Map<string, Template[]>();
  for (const classes of variants) {
    for (const template of shape.templates) {
      const base = template.metric.replace(/_(bucket|count|sum)$/, '');
      const isHistogram = histograms.has(base);
      const labels = labelsOf(classes, template, isHistogram);
      const key = JSON.stringify([isHistogram ? base : template.metric, isHistogram, labels]);
      const known = groups.get(key) ?? [];
      if (!known.includes(template)) known.push(template);
      groups.set(key, known);
    }
  }
  const sources = [...groups].map(([key, templates]): Source => {
    const [metric, isHistogram, labels] = JSON.parse(key) as [string, boolean, Record<string, string>];
    const kind = isHistogram ? 'histogram' : (kinds.get(metric) as MetricKind);
    const bounds = templates.flatMap(({ labels: own }) => {
      const le = own.get('le');
      const fixed = le === undefined ? [] : shape.classes.demands(le).filter(({ matcher }) => matcher.operator === '=');
      return isHistogram ? fixed.map(({ matcher }) => matcher.value) : [];
    });
    const clock = templates.find(({ reading }) => reading.clock !== undefined)?.reading.clock;
    const isClock = clock !== undefined && kind !== 'histogram' && !grows(templates);
    return {
      labels: isHistogram ? labels : { __name__: metric, ...labels },
      metric,
      kind,
      parts: isHistogram ? [...new Set(templates.map((one) => one.metric.slice(metric.length)))] : [],
      bounds: [...new Set(bounds)].filter((bound) => bound !== '+Inf'),
      templates,
      base: baseOf(metric, kind, templates, isClock, problem.scrapeInterval),
      dimensions: dimensionsOf(kind, templates, isClock),
      climbs: kind === 'counter' ? !templates.some(({ reading }) => reading.via === 'resets') : CLIMBING.test(metric),
      unit: clock ?? 1,
      mayBeNegative: asksForNegative(shape, templates),
    };
  });
  return { sources, assumptions };
}

/** Whether a comparison of the source has a side that is constant and not above 0, for values below it. */
function asksForNegative({ conditions }: QueryShape, templates: readonly Template[]): boolean {
  return conditions.some(({ comparison, templates: below }) => {
    const read = templates.filter((template) => below.includes(template));
    if (read.every(({ reading }) => TRENDS.has(reading.via) || GROWTHS.has(reading.via))) return false;
    const { left, right, operator } = comparison;
    const isOnRight = constantOf(right) !== undefined;
    const limit = (isOnRight ? constantOf(right) : constantOf(left)) ?? 1;
    const asksForLess = operator.startsWith(isOnRight ? '<' : '>');
    const compared = isOnRight ? left : right;
    const isTurned = compared.kind === 'unary';
    const value = isTurned ? -limit : limit;
    return value < 0 || (limit === 0 && asksForLess !== isTurned);
  });
}

function grouped(templates: readonly Template[], keyOf: (template: Template) => string): Map<string, Template[]> {
  const groups = new Map<string, Template[]>();
  for (const template of templates) {
    const key = keyOf(template);
    groups.set(key, [...(groups.get(key) ?? []), template]);
  }
  return groups;
}

function labelsOf(classes: LabelClasses, template: Template, isHistogram: boolean): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [label, variable] of [...template.labels].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const value = classes.valueOf(variable);
    if (value !== '' && !(isHistogram && label === 'le')) labels[label] = value;
  }
  return labels;
}

function baseOf(
  metric: string,
  kind: MetricKind,
  templates: readonly Template[],
  isClock: boolean,
  scrapeInterval: number,
): Setting {
  const isWhole = templates.some(({ reading }) => reading.divisor);
  const isFlag = kind === 'info' || DESCRIPTIVE.test(metric) || templates.some(({ reading }) => reading.lender);
  const isCounter = kind === 'counter';
  const startsAtZero = isCounter && (grows(templates) || !isWhole);
  const isTrend = templates.every(({ reading }) => TRENDS.has(reading.via));
  // A counter of seconds that something takes up grows by no more than a second in a second.
  const ordinary = /_seconds_total$/.test(metric) ? scrapeInterval / 2 : GROWTH.ordinary;
  return {
    present: 1,
    // Counters that begin at 0 look alike to the extrapolation of windows that aren't full yet.
    level: startsAtZero ? 0 : isFlag ? LEVEL.flag : isWhole ? LEVEL.whole : isTrend ? LEVEL.trend : LEVEL.ordinary,
    growth: isCounter && grows(templates) ? (isWhole ? GROWTH.whole : ordinary) : 0,
    beat: 0,
    swing: 1,
    age: isClock ? 0 : Number.NaN,
    volume: GROWTH.whole,
    location: 1,
    beyond: 0,
    lapse: 0,
  };
}

function grows(templates: readonly Template[]): boolean {
  return templates.some(({ reading }) => GROWTHS.has(reading.via) || TRENDS.has(reading.via));
}

/**
 * What may be turned on a source for the sake of some of its readings, the likeliest first.
 *
 * @param isClock whether its value is compared with `time()`
 */
export function dimensionsOf(kind: MetricKind, templates: readonly Template[], isClock: boolean): Dimension[] {
  const vias = templates.map(({ reading }) => reading.via);
  const found: Dimension[] = [];
  if (kind === 'histogram') return ['location', 'beyond', 'volume'];
  if (isClock) found.push('age');
  if (vias.some((via) => via === 'changes' || via === 'resets')) found.push('beat');
  if (vias.some((via) => SPREADS.has(via))) found.push('swing');
  if (kind === 'info' && vias.some((via) => SHARES.has(via))) found.push('lapse');
  const offsets = new Set(templates.map(({ reading }) => reading.offset));
  if (grows(templates) || (kind === 'counter' && offsets.size > 1)) found.push('growth');
  if (
    vias.some((via) => !GROWTHS.has(via) && via !== 'changes' && via !== 'resets' && !ABSENCES.has(via)) &&
    !isClock
  ) {
    found.push('level');
  }
  // What rises steadily is always as much above its own past.
  if (kind !== 'counter' && offsets.size > 1 && !isClock && !found.includes('growth')) found.push('growth');
  return found;
}

/** Functions that tell how much of the time a flag was up. */
const SHARES: ReadonlySet<string> = new Set(['avg_over_time', 'sum_over_time', 'quantile_over_time']);
/** Scrapes after which the lapses of a flag come again, at most: a prime, so that no coarser step misses them. */
const LONGEST_ROUND = 97;

/** Scrapes after which the lapses of a flag come again: its window, where that is short enough. */
export function lapseRound({ templates }: Pick<Source, 'templates'>, scrapeInterval: number): number {
  const ranges = templates.flatMap(({ reading }) => (SHARES.has(reading.via) ? [reading.range] : []));
  const window = Math.round(Math.min(...ranges) / scrapeInterval);
  return Math.max(2, Math.min(LONGEST_ROUND, Number.isFinite(window) ? window : LONGEST_ROUND));
}

/** Values of a flag in one round, its lapses spread evenly. */
function lapses(source: Source, { lapse, level }: Setting, scrapeInterval: number): number[] {
  const round = lapseRound(source, scrapeInterval);
  const before = (scrape: number) => Math.floor((scrape * lapse) / round);
  return Array.from({ length: round }, (_, scrape) => (before(scrape + 1) > before(scrape) ? 0 : level));
}

const ABSENCES: ReadonlySet<string> = new Set(['absent', 'absent_over_time', 'present_over_time', 'count_over_time']);
/** Steps of a value that may only rise, before it begins again. */
const CLIMB = 240;

/** The form that a setting gives a source that is one series. */
export function formOf(source: Source, setting: Setting, scrapeInterval: number): Form {
  if (setting.present === 0) return { kind: 'absent' };
  if (!Number.isNaN(setting.age)) return { kind: 'clock', age: setting.age, unit: source.unit };
  if (setting.lapse > 0) {
    return { kind: 'cycle', values: lapses(source, setting, scrapeInterval), every: scrapeInterval };
  }
  if (setting.beat > 0 && source.kind === 'info') {
    return { kind: 'cycle', values: [setting.level, 1 - setting.level], every: setting.beat * scrapeInterval };
  }
  if (setting.beat > 0) {
    const steps = source.climbs ? CLIMB : 2;
    const values = Array.from({ length: steps }, (_, step) => tidy(setting.level + step * setting.swing));
    return { kind: 'cycle', values, every: setting.beat * scrapeInterval };
  }
  if (setting.growth === 0) return { kind: 'level', value: setting.level };
  if (source.kind === 'counter' && setting.growth < 1 && !isContinuous(source.metric)) {
    return { kind: 'steps', by: 1, every: Math.round(1 / setting.growth) * scrapeInterval, start: setting.level };
  }
  return { kind: 'slope', perSecond: setting.growth / scrapeInterval, start: setting.level };
}

/** The series of a source in a state, with their forms. */
export function seriesOf(
  source: Source,
  setting: Setting,
  scrapeInterval: number,
  bounds: readonly number[],
): { labels: Readonly<Record<string, string>>; form: Form }[] {
  if (source.kind !== 'histogram') {
    return [{ labels: source.labels, form: formOf(source, setting, scrapeInterval) }];
  }
  const { volume, location } = setting;
  const slope = (growth: number): Form =>
    setting.present === 0
      ? { kind: 'absent' }
      : growth === 0
        ? { kind: 'level', value: 0 }
        : { kind: 'slope', perSecond: growth / scrapeInterval, start: 0 };
  const series: { labels: Readonly<Record<string, string>>; form: Form }[] = [];
  for (const part of source.parts) {
    const name = { __name__: `${source.metric}${part}` };
    if (part === '_count') series.push({ labels: { ...name, ...source.labels }, form: slope(volume) });
    else if (part === '_sum') series.push({ labels: { ...name, ...source.labels }, form: slope(volume * location) });
    else {
      for (const bound of [...bounds, Number.POSITIVE_INFINITY]) {
        const within = isWithin(source, setting, bound);
        series.push({ labels: { ...name, ...source.labels, le: boundText(source, bound) }, form: slope(within) });
      }
    }
  }
  return series;
}

function isWithin({ bounds }: Source, { volume, location, beyond }: Setting, bound: number): number {
  if (bound === Number.POSITIVE_INFINITY) return volume;
  // With bounds that the query names, the observations lie at them, but for those beyond.
  if (bounds.length > 0) return bounds.some((named) => bound >= Number(named)) ? volume - beyond : 0;
  return bound >= location ? volume : 0;
}

function boundText(source: Source, bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return source.bounds.find((text) => Number(text) === bound) ?? String(bound);
}

/** Bounds of a histogram's buckets, so close to the location that a quantile is within half a percent of it. */
export function boundsAround(location: number): number[] {
  return location === 0 ? [0] : [tidy(location * 0.995), tidy(location * 1.005)].sort((a, b) => a - b);
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
