import { evaluateVector } from '../../promql/evaluate.js';
import { parseQuery } from '../../promql/parse.js';
import { SeriesStore } from '../../promql/seriesStore.js';
import type { Chart, ChartLine } from './chart.js';
import { seriesName } from './prove/seriesNotation.js';
import type { InputSeries } from './scenario.js';
import { continued } from './solve/phases.js';
import { sampled } from './solve/timeline.js';
import type { RuleVerdict, TriedInputs } from './verdict.js';
import type { WorldSeries } from './world.js';

/** Series that are drawn at most. */
const MAX_LINES = 6;
/** Points of a line at most. */
const MAX_POINTS = 240;

/**
 * Charts of what a rule was tried on: the decisive part of its query against the threshold while the
 * values are bad for a time, the same on healthy values only, and the series that make the difference.
 * None for a rule that didn't fire.
 */
export function chartsOf({ alert, inputs }: RuleVerdict): Chart[] {
  if (inputs === undefined) return [];
  const { world, end, scrapeInterval } = inputs;
  const bad = seriesOf(inputs, 'bad');
  const healthy = seriesOf(inputs, 'healthy');
  const carriers = world.series.flatMap((series, index) => (series.role === 'carrier' ? [index] : []));
  const scrapes = steps(world.startsAt, end, scrapeInterval);
  const store = (series: readonly InputSeries[]) =>
    new SeriesStore(series.map((one) => sampled(one, scrapes, world.startsAt)));
  const shift = (time: number) => time - world.startsAt;
  const frame = { from: 0, to: shift(end) };
  const charts: Chart[] = [];
  const { threshold } = world;
  const spans = spansOf(inputs);
  if (threshold !== undefined) {
    const comparison = { threshold: threshold.value, ...frame };
    const firingLines = decisive(threshold.expression, store(bad), inputs);
    const healthyLines = decisive(threshold.expression, store(healthy), inputs);
    const title = `${alert} fires: ${threshold.expression} ${threshold.operator} ${threshold.value}`;
    if (firingLines.length > 0) charts.push({ title, lines: drawn(firingLines), spans, ...comparison });
    if (healthyLines.length > 0) {
      const silent = `${alert} stays silent: the same on healthy values`;
      charts.push({ title: silent, lines: drawn(healthyLines), spans: [], ...comparison });
    }
  }
  const lines = carriers.slice(0, MAX_LINES).map((index): ChartLine => {
    const { labels, times, values } = sampled(bad[index] as InputSeries, scrapes, world.startsAt);
    const points = times.map((time, at) => [shift(time), numberOf(values[at])] as const);
    return { name: seriesName(labels), points: thinned(points) };
  });
  if (lines.length > 0) charts.push({ title: 'The series that make the difference', lines, spans, ...frame });
  return charts;
}

function seriesOf({ world, onset, turn, scrapeInterval }: TriedInputs, how: 'bad' | 'healthy'): InputSeries[] {
  const from = (time: number) => time - world.startsAt;
  return world.series.map(({ labels, role, kind, healthy, firing }: WorldSeries) => ({
    labels,
    phases:
      role === 'carrier' && how === 'bad'
        ? [
            { from: 0, form: healthy },
            { from: from(onset), form: firing },
            // As in the tests: at the turn itself the series still is what it was, and a counter goes on.
            { from: from(turn) + scrapeInterval, form: continued(healthy, kind) },
          ]
        : [{ from: 0, form: healthy }],
  }));
}

function decisive(expression: string, store: SeriesStore, inputs: TriedInputs): ChartLine[] {
  const { world, evaluationInterval, end } = inputs;
  const lines = new Map<string, [number, number | null][]>();
  try {
    const query = parseQuery(expression);
    const times = steps(world.startsAt, end, evaluationInterval);
    for (const [at, time] of times.entries()) {
      for (const { labels, value } of evaluateVector(query, store, time, { interval: evaluationInterval })) {
        const name = Object.keys(labels).length === 0 ? 'the value (no labels)' : seriesName(labels);
        const points = lines.get(name) ?? times.map((each) => [each - world.startsAt, null]);
        points[at] = [time - world.startsAt, value];
        lines.set(name, points);
      }
    }
  } catch {
    // A chart explains; where the piece can't be evaluated by itself there is none.
    return [];
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

function drawn(lines: readonly ChartLine[]): ChartLine[] {
  return lines.slice(0, MAX_LINES).map(({ name, points }) => ({ name, points: thinned(points) }));
}

/** As promtool saw it: a state holds until the evaluation that ends it. */
function spansOf({ world, activeFrom, firesAt, firingTo, evaluationInterval, end }: TriedInputs): Chart['spans'] {
  const [pending, firing, over] = [activeFrom, firesAt, Math.min(end, firingTo + evaluationInterval)].map(
    (time) => time - world.startsAt,
  ) as [number, number, number];
  return [
    ...(firing > pending ? [{ from: pending, to: firing, state: 'pending' as const }] : []),
    { from: firing, to: over, state: 'firing' as const },
  ];
}

function steps(from: number, to: number, step: number): number[] {
  const count = Math.min(20_000, Math.floor((to - from) / step) + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) => from + index * step);
}

function thinned<T>(points: readonly T[]): T[] {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, index) => index % every === 0);
}

function numberOf(value: number | string | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
