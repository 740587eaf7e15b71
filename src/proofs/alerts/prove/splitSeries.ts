import type { Aggregation, Expr, VectorSelector } from '../../../promql/ast.js';
import { matches } from '../../../promql/matchers.js';
import { printQuery } from '../../../promql/print.js';
import { selectorsOf, walk } from '../../../promql/walk.js';
import type { Form } from '../scenario.js';
import { labelValueFor } from '../solve/labelValue.js';
import type { World, WorldSeries } from '../world.js';

/** Labels that tell members of an aggregated group apart when its query names none, those of targets first. */
const MEMBER_LABELS = ['instance', 'pod', 'shard'] as const;
/** Members into which a series is split at most. */
const MOST_MEMBERS = 4;
/** Share of an average by which members lie away from it: further than what is bad and what is healthy do. */
const APART = 0.04;

export interface SplitWorld {
  world: World;
  /** The series that something was split into. */
  members: readonly WorldSeries[];
  /** Growth is shared out, not only values. */
  ofGrowth: boolean;
}

/**
 * Gives a world in which something is split, undefined where that isn't possible.
 *
 * @param isUnsplit whether a series isn't a member of something already
 */
export type Split = (world: World, isUnsplit: (series: WorldSeries) => boolean) => SplitWorld | undefined;

/**
 * Ways to let a series that an aggregation reads stand as several that come to the same, so that `sum`,
 * `avg`, `max` and `min` of them differ. Where a matcher names alternatives of a label that is aggregated
 * away each member has another of them, so that none can be left out.
 *
 * @param scrape seconds between two scrapes
 * @returns for each selector the ways to do it, of which one is enough
 */
export function splitsOf(queries: readonly Expr[], scrape: number): Split[][] {
  const splits: Split[][] = [];
  const known = new Set<string>();
  for (const query of queries) {
    walk(query, (expr, path) => {
      if (expr.kind !== 'vector') return;
      const aggregation = path.findLast((outer): outer is Aggregation => outer.kind === 'aggregation');
      const key = printQuery(expr);
      if (aggregation === undefined || known.has(key)) return;
      known.add(key);
      // What a member is compared with or divided by inside of the aggregation must be there for each of them.
      const beside = selectorsOf(aggregation.expr).filter((other) => printQuery(other) !== key);
      splits.push(
        memberLabels(expr, aggregation).map(
          (members) => (world, isUnsplit) =>
            splitWorld(world, expr, aggregation, members, { scrape, isUnsplit, beside }),
        ),
      );
    });
  }
  return splits;
}

interface Members {
  label: string;
  /** Of the other members; undefined: the first one's, counted on. */
  values: readonly string[] | undefined;
}

function memberLabels(selector: VectorSelector, { grouping }: Aggregation): Members[] {
  const isLost = (label: string) =>
    grouping === undefined || grouping.labels.includes(label) === (grouping.mode === 'without');
  const named = selector.matchers.flatMap(({ label, operator, value }): Members[] => {
    const values = operator === '=~' && isLost(label) ? alternativesOf(value) : [];
    return values.length > 1 ? [{ label, values }] : [];
  });
  const lost = grouping?.mode === 'without' ? grouping.labels : [];
  const free = [...lost, ...MEMBER_LABELS].filter(
    (label, index, all) =>
      all.indexOf(label) === index && isLost(label) && selector.matchers.every((matcher) => matcher.label !== label),
  );
  const [first] = named;
  if (first !== undefined) return [first];
  // The next one is for queries in which something else needs the first.
  return free.slice(0, 2).map((label) => ({ label, values: undefined }));
}

/** A value for each alternative of `a|b|c`; none for a pattern that names none. */
export function alternativesOf(pattern: string): string[] {
  const inner = /^\^?\((?:\?:)?([^()]*)\)\$?$/.exec(pattern)?.[1] ?? pattern;
  if (/[()[\]\\]/.test(inner)) return [];
  const values = inner.split('|').map((value) => labelValueFor([{ operator: '=~', value }]));
  return [...new Set(values)].filter((value) => value !== undefined && value !== '') as string[];
}

interface SplitOptions {
  scrape: number;
  isUnsplit(series: WorldSeries): boolean;
  /** Other selectors of the aggregated expression. */
  beside: readonly VectorSelector[];
}

function splitWorld(
  world: World,
  selector: VectorSelector,
  { operator }: Aggregation,
  { label, values }: Members,
  { scrape, isUnsplit, beside }: SplitOptions,
): SplitWorld | undefined {
  let changed = false;
  let ofGrowth = false;
  const members: WorldSeries[] = [];
  const othersThan = (own: string | undefined) =>
    (values ?? [another(own ?? 'a')]).filter((value) => value !== own).slice(0, MOST_MEMBERS - 1);
  const series = world.series.flatMap((one): WorldSeries[] => {
    const own = one.labels[label];
    if (!selects(selector, one) && beside.some((other) => selects(other, one))) {
      return own === undefined
        ? [one]
        : [own, ...othersThan(own)].map((name) => ({ ...one, labels: { ...one.labels, [label]: name } }));
    }
    if (!selects(selector, one) || !isUnsplit(one) || (values !== undefined && own === undefined)) return [one];
    const names = [own, ...othersThan(own)];
    if (one.kind === 'histogram' && operator !== 'sum') return [one];
    const healthy = membersOf(one.healthy, operator, names.length, scrape);
    const firing = membersOf(one.firing, operator, names.length, scrape);
    if (healthy === undefined || firing === undefined) return [one];
    changed = true;
    ofGrowth ||= one.firing.kind === 'slope';
    const made = names.map((name, index): WorldSeries => {
      const forms = { healthy: healthy[index] as Form, firing: firing[index] as Form };
      const isSame = JSON.stringify(forms.healthy) === JSON.stringify(forms.firing);
      return {
        ...one,
        labels: name === undefined ? one.labels : { ...one.labels, [label]: name },
        role: isSame ? 'context' : one.role,
        ...forms,
      };
    });
    members.push(...made);
    return made;
  });
  if (!changed) return undefined;
  const names = new Set(series.map(({ labels }) => JSON.stringify(Object.entries(labels).sort())));
  return names.size === series.length ? { world: { ...world, series }, members, ofGrowth } : undefined;
}

/** The forms of some members that come to the same as one series; undefined where there are none. */
function membersOf(form: Form, operator: Aggregation['operator'], count: number, scrape: number): Form[] | undefined {
  const portions = PORTIONS[operator];
  if (portions === undefined) return undefined;
  switch (form.kind) {
    case 'level':
      return portions(form.value, count).map((value) => ({ ...form, value }));
    case 'slope': {
      const perScrape = tidy(form.perSecond * scrape);
      const pair = SLOPES[operator];
      const shares = pair === undefined || count !== 2 ? portions(perScrape, count) : pair(perScrape);
      return shares.map((share) => ({ ...form, perSecond: tidy(share) / scrape }));
    }
    case 'absent':
      return Array.from({ length: count }, () => form);
    default:
      return undefined;
  }
}

/** Of growth in each scrape that of two members; what is counted grows by whole numbers. */
const SLOPES: Partial<Record<Aggregation['operator'], (perScrape: number) => [number, number]>> = {
  sum: (perScrape) => {
    const lesser = isWhole(perScrape) ? Math.floor(perScrape / (perScrape < 3 ? 2 : 3) + 1e-9) : perScrape / 3;
    return [tidy(perScrape - lesser), tidy(lesser)];
  },
  avg: (perScrape) => {
    const apart = isWhole(perScrape) ? Math.max(1, Math.ceil(perScrape * APART)) : perScrape * APART;
    return perScrape < apart ? [perScrape, perScrape] : [tidy(perScrape - apart), tidy(perScrape + apart)];
  },
};

type Portions = (whole: number, count: number) => number[];

const PORTIONS: Partial<Record<Aggregation['operator'], Portions>> = {
  sum: sumOf,
  avg: averageOf,
  max: (value, count) => [value, ...Array.from({ length: count - 1 }, () => lower(value))],
  min: (value, count) => [value, ...Array.from({ length: count - 1 }, () => higher(value))],
};

/** Shares in the ratio 1 : 2 : 3 …, the largest first; of a whole number whole ones. */
function sumOf(whole: number, count: number): number[] {
  const total = (count * (count + 1)) / 2;
  const others = Array.from({ length: count - 1 }, (_, index) => {
    const share = (whole * (index + 1)) / total;
    return isWhole(whole) ? Math.floor(share + 1e-9) : share;
  });
  return [others.reduce((rest, share) => rest - share, isWhole(whole) ? Math.round(whole) : whole), ...others];
}

/** Two values that lie further apart than what is bad and what is healthy do, and that a share of 1 allows. */
function averageOf(value: number, count: number): number[] {
  const room = value > 0 && value < 1 ? (1 - value) / value / 2 : 1;
  const apart = Math.min(APART, room) * value;
  return [value - apart, value + apart, ...Array.from({ length: count - 2 }, () => value)].slice(0, count);
}

function lower(value: number): number {
  if (value < 0) return 2 * value;
  return isWhole(value) ? Math.floor(value / 2) : value / 2;
}

function higher(value: number): number {
  if (value < 0) return value / 2;
  if (value > 0 && value < 1) return (1 + value) / 2;
  return value === 0 ? 1 : 2 * value;
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-9;
}

/** Whether a selector reads a series, or another one of the same histogram. */
function selects({ metric, matchers }: VectorSelector, { kind, labels }: WorldSeries): boolean {
  const isOne = kind === 'histogram';
  const base = (name = '') => (isOne ? name.replace(/_(?:bucket|count|sum)$/, '') : name);
  return (
    (metric === undefined || base(labels.__name__) === base(metric)) &&
    matchers.every((matcher) => (isOne && matcher.label === 'le') || matches(matcher, labels[matcher.label] ?? ''))
  );
}

/** A value as its neighbours would have it: `host-1:8080` → `host-2:8080`. */
export function another(value: string, order = 2): string {
  const numbered = value.replace(/-1(?=:|$)/, `-${order}`);
  return numbered === value ? `${value}-${order}` : numbered;
}
