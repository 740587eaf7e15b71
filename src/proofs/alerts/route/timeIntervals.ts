import type { YamlNode } from '../../../lifecycle/yamlDocument.js';

/** Both ends belong to it. */
export interface WholeRange {
  from: number;
  to: number;
}

/** One time interval of a configuration; a part that isn't set holds at any time. */
export interface TimeInterval {
  /** Minutes of the day, the end excluded. */
  times?: readonly WholeRange[];
  /** 0 is Sunday. */
  weekdays?: readonly WholeRange[];
  /** Negative ones count from the month's end. */
  daysOfMonth?: readonly WholeRange[];
  months?: readonly WholeRange[];
  years?: readonly WholeRange[];
  /** Name of a time zone; `Local`: that of the machine on which Alertmanager runs. */
  location: string;
}

/** Whether the route that these intervals belong to is silent because of them. */
export type Muting = 'never' | 'at-times' | 'always';

/** Minutes since 1970, the end excluded. */
interface Span {
  from: number;
  to: number;
}

const DAY = 1440;
/** Years over which {@link mutingOf} looks: long enough for every kind of month and day to occur. */
export const MUTING_YEARS = 4;
const DAYS_AHEAD = 365.25 * MUTING_YEARS;
const MAX_RANGES = 100;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** Something in a time interval that Alertmanager refuses. */
export class TimeIntervalError extends Error {
  override readonly name = 'TimeIntervalError';

  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/**
 * Reads one entry of `time_intervals` within a named interval
 * (<https://prometheus.io/docs/alerting/latest/configuration/#time_interval-0>).
 *
 * @throws TimeIntervalError for what Alertmanager refuses.
 */
export function readTimeInterval(node: YamlNode): TimeInterval {
  const interval: TimeInterval = { location: node.get('location')?.text ?? 'UTC' };
  if (interval.location === '') interval.location = 'UTC';
  if (interval.location !== 'Local' && offsetReader(interval.location) === undefined) {
    throw new TimeIntervalError(`unknown time zone ${interval.location}`, node.line);
  }
  const ranges = (key: string, member: (text: string) => number | undefined) => rangesOf(node, key, member);
  const times = timesOf(node);
  const weekdays = ranges('weekdays', (text) => indexIn(WEEKDAYS, text));
  const months = ranges('months', (text) => {
    const index = indexIn(MONTHS, text);
    return index === undefined ? wholeNumber(text) : index + 1;
  });
  const days = ranges('days_of_month', wholeNumber);
  const years = ranges('years', wholeNumber);
  for (const { from, to, line } of [...(weekdays ?? []), ...(months ?? []), ...(years ?? [])]) {
    if (from > to) throw new TimeIntervalError('a range ends before it starts', line);
  }
  for (const { from, to, line } of days ?? []) {
    const outside = (day: number) => day === 0 || day < -31 || day > 31;
    const shortest = (day: number) => (day < 0 ? 28 + day : day);
    if (outside(from) || outside(to)) throw new TimeIntervalError('no such day of the month', line);
    if ((from < 0 && to > 0) || shortest(from) > shortest(to)) {
      throw new TimeIntervalError('a range of days ends before it starts', line);
    }
  }
  return {
    ...interval,
    ...(times && { times }),
    ...(weekdays && { weekdays }),
    ...(days && { daysOfMonth: days }),
    ...(months && { months }),
    ...(years && { years }),
  };
}

/**
 * Whether a route with these intervals is muted in the four years from a moment on: decided for
 * every minute of every day, by the days' calendar and the zones' offsets, not by trying moments.
 *
 * @param mute the intervals that its `mute_time_intervals` name, empty without
 * @param active the intervals that its `active_time_intervals` name; undefined when it names none
 * @param now seconds since 1970
 */
export function mutingOf(
  mute: readonly TimeInterval[],
  active: readonly TimeInterval[] | undefined,
  now: number,
): Muting {
  const from = Math.floor(now / 60);
  const window = { from, to: from + DAYS_AHEAD * DAY };
  // Alertmanager takes a month with an hour less, in which summer time begins, for a day shorter. Only
  // what holds by this count and by the calendar, which a later version may follow, is claimed.
  const found = [true, false].map((byHours) => mutingBy(mute, active, window, byHours));
  return found[0] === found[1] ? (found[0] as Muting) : 'at-times';
}

function mutingBy(
  mute: readonly TimeInterval[],
  active: readonly TimeInterval[] | undefined,
  window: Span,
  byHours: boolean,
): Muting {
  // Where the machine's own time zone decides, both the least and the most that may be covered count.
  const muted = (of: 'least' | 'most', ofActive: 'least' | 'most') =>
    union([
      ...coverage(mute, window, of, byHours),
      ...(active === undefined ? [] : complement(union(coverage(active, window, ofActive, byHours)), window)),
    ]);
  if (muted('most', 'least').length === 0) return 'never';
  return isWhole(muted('least', 'most'), window) ? 'always' : 'at-times';
}

function isWhole(spans: readonly Span[], window: Span): boolean {
  return spans.length === 1 && spans[0]?.from === window.from && spans[0].to === window.to;
}

function coverage(intervals: readonly TimeInterval[], window: Span, bound: 'least' | 'most', byHours: boolean): Span[] {
  return intervals.flatMap((interval) => {
    if (interval.location !== 'Local') return spansOf(interval, window, byHours);
    const wide = { from: window.from - DAY, to: window.to + DAY };
    const spans = union(spansOf({ ...interval, location: 'UTC' }, wide, byHours));
    if (spans.length === 0) return [];
    return isWhole(spans, wide) || bound === 'most' ? [window] : [];
  });
}

function spansOf(interval: TimeInterval, window: Span, byHours: boolean): Span[] {
  const spans: Span[] = [];
  const times = interval.times ?? [{ from: 0, to: DAY }];
  // With the whole of the first and the last month, for their lengths.
  const offsets = offsetsOf(interval.location, { from: window.from - 32 * DAY, to: window.to + 32 * DAY });
  const lengthOf = monthLengths(offsets, byHours);
  for (const { from, to, offset } of offsets) {
    const local = { from: Math.max(from, window.from) + offset, to: Math.min(to, window.to) + offset };
    for (let start = Math.floor(local.from / DAY) * DAY; start < local.to; start += DAY) {
      if (!holdsOnDay(interval, new Date(start * 60_000), lengthOf)) continue;
      for (const time of times) {
        const begin = Math.max(start + time.from, local.from);
        const end = Math.min(start + time.to, local.to);
        if (begin < end) spans.push({ from: begin - offset, to: end - offset });
      }
    }
  }
  return spans;
}

/** Days of a month, by its hours as they pass in a zone or by the calendar; the first month is 1. */
type MonthLength = (year: number, month: number) => number;

function monthLengths(offsets: readonly OffsetSpan[], byHours: boolean): MonthLength {
  const known = new Map<number, number>();
  const startOf = (year: number, month: number) => {
    const local = Date.UTC(year, month - 1, 1) / 60_000;
    const piece = offsets.find(({ to, offset }) => local < to + offset) ?? offsets.at(-1);
    return local - (piece?.offset ?? 0);
  };
  return (year, month) => {
    const key = year * 12 + month;
    let length = known.get(key);
    if (length === undefined) {
      length = byHours
        ? Math.floor((startOf(year, month + 1) - startOf(year, month)) / DAY)
        : new Date(Date.UTC(year, month, 0)).getUTCDate();
      known.set(key, length);
    }
    return length;
  };
}

function holdsOnDay(interval: TimeInterval, date: Date, lengthOf: MonthLength): boolean {
  const within = (ranges: readonly WholeRange[] | undefined, value: number) =>
    ranges === undefined || ranges.some(({ from, to }) => value >= from && value <= to);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  return (
    within(interval.years, year) &&
    within(interval.months, month) &&
    within(interval.weekdays, date.getUTCDay()) &&
    (interval.daysOfMonth === undefined || within(inMonth(interval.daysOfMonth, lengthOf(year, month)), day))
  );
}

/** Days counted from a month's start; what begins behind its end is left out. */
function inMonth(ranges: readonly WholeRange[], length: number): WholeRange[] {
  return ranges.flatMap(({ from, to }) => {
    const begin = from < 0 ? length + from + 1 : from;
    return begin > length ? [] : [{ from: begin, to: to < 0 ? length + to + 1 : Math.min(to, length) }];
  });
}

function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}

/** What disjoint, ascending spans leave of a window. */
function complement(spans: readonly Span[], window: Span): Span[] {
  const rest: Span[] = [];
  let from = window.from;
  for (const span of spans) {
    if (span.from > from) rest.push({ from, to: span.from });
    from = span.to;
  }
  if (from < window.to) rest.push({ from, to: window.to });
  return rest;
}

interface OffsetSpan extends Span {
  /** Minutes east of UTC. */
  offset: number;
}

/** Offsets are asked for day by day, which is slow, and often for one zone and time. */
const knownOffsets = new Map<string, OffsetSpan[]>();
const MAX_KNOWN_OFFSETS = 100;

/** A window cut where the zone's offset changes. */
function offsetsOf(location: string, window: Span): OffsetSpan[] {
  if (location === 'UTC') return [{ ...window, offset: 0 }];
  const key = `${location} ${window.from} ${window.to}`;
  const known = knownOffsets.get(key);
  if (known !== undefined) return known;
  const offsetAt = offsetReader(location) as (minute: number) => number;
  const pieces: OffsetSpan[] = [];
  let from = window.from;
  let offset = offsetAt(from);
  for (let at = window.from; at < window.to; at += DAY) {
    const end = Math.min(at + DAY, window.to);
    if (offsetAt(end) === offset) continue;
    let [before, after] = [at, end];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    pieces.push({ from, to: after, offset });
    from = after;
    offset = offsetAt(end);
  }
  pieces.push({ from, to: window.to, offset });
  if (knownOffsets.size >= MAX_KNOWN_OFFSETS) knownOffsets.clear();
  knownOffsets.set(key, pieces);
  return pieces;
}

/** Undefined for a name that is no time zone. */
function offsetReader(location: string): ((minute: number) => number) | undefined {
  // Names only: JavaScript also takes `+02:00`, which Alertmanager doesn't know.
  if (!/^[A-Za-z][\w+/-]*$/.test(location)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: location,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    return (minute) => {
      const parts = new Map(format.formatToParts(minute * 60_000).map(({ type, value }) => [type, Number(value)]));
      const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) as number;
      const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
      return local / 60_000 - minute;
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function timesOf(node: YamlNode): WholeRange[] | undefined {
  return listOf(node, 'times')?.map((item) => {
    const [from, to] = [minuteOf(item, 'start_time'), minuteOf(item, 'end_time')];
    if (from >= to) throw new TimeIntervalError('a time range must start before it ends', item.line);
    return { from, to };
  });
}

function minuteOf(node: YamlNode, key: string): number {
  const text = node.get(key)?.text ?? '';
  if (!/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text)) {
    throw new TimeIntervalError(`${key} is no time of the form 09:30`, node.get(key)?.line ?? node.line);
  }
  const [hours, minutes] = text.split(':').map(Number) as [number, number];
  return hours * 60 + minutes;
}

function rangesOf(
  node: YamlNode,
  key: string,
  member: (text: string) => number | undefined,
): (WholeRange & { line: number })[] | undefined {
  return listOf(node, key)?.map((item) => {
    const parts = (item.text ?? '').toLowerCase().split(':');
    const [from, to] = [member(parts[0] as string), member(parts.at(-1) as string)];
    if (parts.length > 2 || from === undefined || to === undefined) {
      throw new TimeIntervalError(`${key} has something that is no range`, item.line);
    }
    return { from, to, line: item.line };
  });
}

/** An empty list holds at no time, an absent one always. */
function listOf(node: YamlNode, key: string): YamlNode[] | undefined {
  const list = node.get(key);
  if (list === undefined) return undefined;
  if (!list.isSequence) throw new TimeIntervalError(`${key} must be a list`, list.line);
  const items = list.items();
  if (items.length > MAX_RANGES) throw new TimeIntervalError(`${key} has more than ${MAX_RANGES} entries`, list.line);
  return items;
}

function indexIn(names: readonly string[], text: string): number | undefined {
  const index = names.indexOf(text);
  return index < 0 ? undefined : index;
}

function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
