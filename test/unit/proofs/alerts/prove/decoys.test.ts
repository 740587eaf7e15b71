import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { withDecoys } from '../../../../../src/proofs/alerts/prove/decoys.js';
import { RuleStore } from '../../../../../src/proofs/alerts/prove/ruleStore.js';
import { timelineOf } from '../../../../../src/proofs/alerts/prove/timeline.js';
import type { Form } from '../../../../../src/proofs/alerts/scenario.js';
import { solveAlert } from '../../../../../src/proofs/alerts/solve/solveAlert.js';
import type { AlertProblem, World, WorldSeries } from '../../../../../src/proofs/alerts/world.js';
import { problemOf, worldIn } from '../solve/problem.js';

const SCRAPE = 30;

function worldsOf(expr: string, annotations: Record<string, string> = {}): World[] {
  const problem: AlertProblem = problemOf(expr);
  const shown = { ...problem, rule: { ...problem.rule, annotations } };
  const world = worldIn(solveAlert(shown));
  const timeline = timelineOf(world, { for: 0, keepFiringFor: 0, scrape: SCRAPE, evaluation: 60 });
  return withDecoys(world, shown, timeline);
}

const decorated = (expr: string, annotations?: Record<string, string>) => worldsOf(expr, annotations)[0] as World;

/** The query's values at the moment for which the test names the alert. */
function shownValues(expr: string, world: World): number[] {
  const timeline = timelineOf(world, { for: 0, keepFiringFor: 0, scrape: SCRAPE, evaluation: 60 });
  const { onset, turn } = timeline;
  const phases = ({ role, healthy, firing }: WorldSeries) => [
    { from: 0, form: healthy },
    ...(role === 'carrier' ? [{ from: onset, form: firing }] : []),
  ];
  const store = new RuleStore(world, timeline, [], phases, turn);
  return store.evaluate(parseQuery(expr), turn).map(({ value }) => value);
}

/** The series in their order, turned round, and begun at each of them. */
function ordersOf(series: readonly WorldSeries[]): WorldSeries[][] {
  const rotated = series.map((_, at) => [...series.slice(at), ...series.slice(0, at)]);
  return rotated.flatMap((order) => [order, [...order].reverse()]);
}

/** By how much a counter grows from one scrape to the next. */
function perScrape(form: Form): number {
  return form.kind === 'slope' ? Math.round(form.perSecond * SCRAPE * 1e6) / 1e6 : Number.NaN;
}

describe('a world with decoys shares out what is aggregated', () => {
  it('growth that is added up, in whole numbers that come to the same', () => {
    // 0.11 per second are 3.3 per scrape: 3 stay below, 4 lie above.
    const { series } = decorated('sum by (job) (rate(errors_total[5m])) > 0.11');
    const own = series.filter(({ labels }) => labels.job === 'example');
    expect(own.map(({ healthy }) => perScrape(healthy)).sort()).toEqual([1, 2]);
    expect(own.map(({ firing }) => perScrape(firing)).sort()).toEqual([1, 3]);
  });

  it('growth of which the greatest counts, beside a lesser one', () => {
    const { series } = decorated('max by (job) (rate(errors_total[5m])) > 0.11');
    const own = series.filter(({ labels }) => labels.job === 'example');
    expect(own.map(({ firing }) => perScrape(firing))).toEqual(expect.arrayContaining([2, 4]));
    expect(Math.max(...own.map(({ firing }) => perScrape(firing)))).toBe(4);
  });

  it('by a label that the query aggregates away', () => {
    const { series } = decorated('sum without (disk) (used_bytes) > 100');
    const disks = new Set(series.map(({ labels }) => labels.disk));
    expect(disks.size).toBeGreaterThanOrEqual(2);
    expect(
      series.filter(({ role }) => role === 'carrier').every(({ firing }) => (firing as { value: number }).value < 100),
    ).toBe(true);
  });

  it('but not so that the order of adding up shows in an annotation with the value', () => {
    const differing = (annotations: Record<string, string>) =>
      [0.35, 0.7, 0.9, 1.3, 2.7].filter((threshold) => {
        const part = 'sum by (job) (rate(requests_total{code=~"5.."}[5m]))';
        const expr = `100 * ${part} / sum by (job) (rate(requests_total[5m])) > ${threshold}`;
        const world = decorated(expr, annotations);
        const values = ordersOf(world.series).flatMap((series) => shownValues(expr, { ...world, series }));
        return new Set(values).size > 1;
      });
    expect(differing({ summary: '{{ $value }} errors' })).toEqual([]);
    // Where it isn't shown it may differ, so there is something to watch.
    expect(differing({}).length).toBeGreaterThan(0);
  });

  it('and gives worlds with less of it for when promtool minds, the given one last', () => {
    const worlds = worldsOf('sum by (job) (rate(errors_total[5m])) > 0.1');
    const last = worlds.at(-1) as World;
    expect(last.series).toHaveLength(1);
    expect(worlds.map(({ series }) => series.length)).toEqual(
      [...worlds.map(({ series }) => series.length)].sort((a, b) => b - a),
    );
  });
});

describe('a world with decoys has bad series that one matcher keeps out', () => {
  it('one for each alternative that is refused', () => {
    const { series } = decorated('service_state{state!~"starting|stopping|ok"} > 0');
    expect(series.map(({ labels }) => labels.state)).toEqual(expect.arrayContaining(['starting', 'stopping', 'ok']));
  });

  it('in another group, where beside the own series they change nothing', () => {
    // In the own cluster a further node changes the count only; in another one it would be a new alert.
    const { series } = decorated(
      'count by (cluster) (node_info{job="state"}) unless on (cluster) count by (cluster) (up{job="kubelet"} == 1)',
    );
    const own = series.find(({ labels }) => labels.__name__ === 'node_info' && labels.job === 'state')?.labels.cluster;
    const elsewhere = series.filter(
      ({ labels }) => labels.__name__ === 'node_info' && labels.job !== 'state' && labels.cluster !== own,
    );
    expect(elsewhere.length).toBeGreaterThan(0);
  });
});
