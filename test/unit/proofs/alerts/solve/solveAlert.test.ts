import { describe, expect, it } from 'vitest';
import { solveAlert } from '../../../../../src/proofs/alerts/solve/solveAlert.js';
import { problemOf, recordingOf, worldIn } from './problem.js';

const solve = (expr: string, more: Parameters<typeof problemOf>[1] = {}) => solveAlert(problemOf(expr, more));
const world = (expr: string, more: Parameters<typeof problemOf>[1] = {}) => worldIn(solve(expr, more));
const carriers = (expr: string, more: Parameters<typeof problemOf>[1] = {}) =>
  world(expr, more).series.filter(({ role }) => role === 'carrier');

describe('solveAlert finds values on both sides of a threshold', () => {
  it('one unit apart for a gauge that is compared with a whole number', () => {
    expect(carriers('queue_depth > 100')).toEqual([
      {
        labels: { __name__: 'queue_depth', job: 'example', instance: 'host-1:8080' },
        kind: 'gauge',
        role: 'carrier',
        healthy: { kind: 'level', value: 100 },
        firing: { kind: 'level', value: 101 },
      },
    ]);
  });

  it('within one per cent for a fraction', () => {
    const [carrier] = carriers('load_ratio > 0.9');
    expect(carrier?.healthy).toEqual({ kind: 'level', value: 0.8955 });
    expect(carrier?.firing).toEqual({ kind: 'level', value: 0.9045 });
  });

  it('by the nearest whole increment of a counter, never falling', () => {
    // 0.05 per second are 1.5 per scrape of 30 s: 1 stays below, 2 lies above.
    const [carrier] = carriers('rate(errors_total[5m]) > 0.05');
    expect(carrier?.healthy).toEqual({ kind: 'slope', perSecond: 1 / 30, start: 0 });
    expect(carrier?.firing).toEqual({ kind: 'slope', perSecond: 2 / 30 });
    expect(carrier?.kind).toBe('counter');
  });

  it('by rare single events where a window sees few', () => {
    const { threshold } = world('increase(restarts_total[1h]) > 5');
    expect(threshold?.healthy).toBeLessThanOrEqual(5);
    expect(threshold?.firing).toBeGreaterThan(5);
    expect(threshold?.firing).toBeLessThan(9);
  });

  it('for a part of a whole, with a series of the rest beside it', () => {
    const found = world('sum(rate(requests_total{code=~"5.."}[5m])) / sum(rate(requests_total[5m])) > 0.05');
    const codes = found.series.map(({ labels }) => labels.code);
    expect(codes).toHaveLength(2);
    expect(codes.filter((code) => /^5..$/.test(code ?? ''))).toHaveLength(1);
    expect(found.threshold?.firing).toBeGreaterThan(0.05);
    expect(found.threshold?.firing).toBeLessThan(0.0505);
    expect(found.threshold?.healthy).toBeGreaterThan(0.0495);
  });

  it('for a quantile, with cumulative buckets and +Inf', () => {
    const found = world('histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[5m]))) > 2');
    expect(found.series.at(-1)?.labels.le).toBe('+Inf');
    const slopes = found.series.map(({ firing }) => (firing.kind === 'slope' ? firing.perSecond : 0));
    expect(slopes).toEqual([...slopes].sort((a, b) => a - b));
    expect(found.threshold?.firing).toBeGreaterThan(2);
    expect(found.threshold?.firing).toBeLessThan(2.03);
  });

  it('for the age of a timestamp, by how far it is behind the clock', () => {
    const [carrier] = carriers('time() - last_success_timestamp_seconds > 3600');
    expect(carrier?.healthy).toEqual({ kind: 'clock', age: 3582, unit: 1 });
    expect(carrier?.firing).toEqual({ kind: 'clock', age: 3618, unit: 1 });
  });

  it('late enough after 1970 where the timestamp must also be above 0', () => {
    expect(world('time() - run_timestamp_seconds > 86400 and run_timestamp_seconds > 0').startsAt).toBeGreaterThan(
      86400,
    );
  });

  it('for how many series there are', () => {
    const found = world('count by (cluster) (gateway_info) > 8');
    const present = (state: 'healthy' | 'firing') => found.series.filter((one) => one[state].kind !== 'absent').length;
    expect([present('healthy'), present('firing')]).toEqual([8, 9]);
  });

  it('for a share of the targets that are down', () => {
    const { threshold } = world('count(up == 0) / count(up) >= 0.5');
    expect([threshold?.healthy, threshold?.firing]).toEqual([0.45, 0.5]);
  });

  it('and makes a gauge that is foreseen to run out fall without falling below 0', () => {
    const found = world('predict_linear(free_bytes[6h], 86400) < 0', { for: 3600 });
    const [carrier] = found.series;
    if (carrier?.firing.kind !== 'slope' || carrier.healthy.kind !== 'level') throw new Error('unexpected forms');
    expect(carrier.healthy.value + carrier.firing.perSecond * (found.settle + 3600)).toBeGreaterThan(0);
  });
});

describe('solveAlert turns presence', () => {
  it('where the alert waits for series to be absent', () => {
    const [carrier] = carriers('absent(up{job="api"})');
    expect(carrier?.healthy).toEqual({ kind: 'level', value: 1 });
    expect(carrier?.firing).toEqual({ kind: 'absent' });
  });

  it('where a query only asks whether series with some label exist', () => {
    const found = world('listener_info{state="down"}');
    expect(found.series.map(({ labels, healthy, firing }) => [labels.state, healthy.kind, firing.kind])).toEqual([
      ['down', 'absent', 'level'],
      ['example', 'level', 'level'],
    ]);
  });

  it('after a time, where a series was there in the past and is gone', () => {
    const found = world('count by (instance) (build_info offset 2h) unless count by (instance) (build_info)');
    expect(found.series.map(({ firing }) => firing.kind)).toEqual(['absent']);
    expect(found.holds === undefined || found.holds <= 7200 + 300).toBe(true);
  });

  it('and keeps what an unless excludes at another entity', () => {
    const found = world('disk_free < 5 unless on (volume) volume_readonly == 1');
    expect(new Set(found.series.map(({ labels }) => labels.volume)).size).toBe(2);
  });
});

describe('solveAlert tells worlds for each comparison', () => {
  it('of an and', () => {
    const solution = solve('a_gauge > 5 and b_gauge > 30');
    if (solution.kind !== 'solved') throw new Error(solution.kind);
    const expressions = [solution.world, ...solution.others].map((one) => one.threshold?.expression);
    expect(expressions).toEqual(['a_gauge', 'b_gauge']);
  });

  it('of an or', () => {
    const solution = solve('a_gauge == 0 or b_gauge == 0');
    if (solution.kind !== 'solved') throw new Error(solution.kind);
    const moved = [solution.world, ...solution.others].map(({ series }) =>
      series.filter(({ role }) => role === 'carrier').map(({ labels }) => labels.__name__),
    );
    expect(moved).toEqual([['a_gauge'], ['b_gauge']]);
  });
});

describe('solveAlert states what it takes for granted', () => {
  it('a label that a set operation needs although no selector of the metric says so', () => {
    const { assumptions } = world('signups{event="signup"} > 0 and failures == 0');
    expect(assumptions.filter(({ about }) => about === 'label')).toEqual([
      {
        about: 'label',
        metric: 'failures',
        text: 'failures carries the label event="signup", as the series that it is matched with',
        status: 'unlikely',
      },
    ]);
  });

  it('that a raw counter does not fall by itself', () => {
    expect(world('incidents_total > 3').recover).toBeUndefined();
  });
});

describe('solveAlert gives a sound reason why a rule never fires', () => {
  it.each([
    ['a part of a whole above 5', 'sum(rate(r_total{code="500"}[5m])) / sum(rate(r_total[5m])) > 5', /between 0 and 1/],
    ['the count of nothing', 'count(up == 0) == 0', /at least 1/],
    ['buckets without le', 'histogram_quantile(0.9, sum by (job) (rate(l_bucket[5m]))) > 1', /label le/],
    ['a join that demands two values', 'a_total{x="1"} > 0 and on (x) b{x="2"} > 0', /one value|refuses/],
    ['a label that was aggregated away', 'sum by (job) (rate(a_total[5m])) > 0 and b{code="5"} > 0', /absent by/],
    ['a counter that falls', 'delta(a_total[5m]) < 0', /at least 0/],
    ['a rate below 0', 'rate(a_total[5m]) < 0', /at least 0/],
    ['an up above 1', 'up > 1', /between 0 and 1/],
    ['contradicting matchers', 'a{x="1", x="2"} > 0', /refuses/],
    ['a matcher that excludes everything', 'a{x!~".*"} > 0', /excludes every value/],
    ['a window as long as the scrape interval', 'rate(a_total[30s]) > 0', /two samples/],
    ['one value between opposed limits', 'a > 5 and a < 3', /can't be both/],
    ['a value divided by itself', '100 / a * a < 20', /always 100/],
    ['both branches of an or', 'up > 1 or count(a) == 0', /never/],
  ])('%s', (_, expr, reason) => {
    const solution = solve(expr);
    expect(solution.kind).toBe('never_fires');
    expect(solution.kind === 'never_fires' && solution.reason).toMatch(reason);
  });

  it.each([
    ['one branch of an or can fire', 'up > 1 or a > 3'],
    ['parts are of different metrics', 'sum(rate(a_total[5m])) / sum(rate(b_total[5m])) > 5'],
    ['a gauge may fall', 'delta(a[5m]) < 0'],
    ['different elements meet limits that one could not', 'a > 5 and on (job) a < 3'],
    ['a contradiction stands in the branch that is not needed', 'a > 3 or (b{x="1"} and on (x) c{x="2"})'],
  ])('and none where %s', (_, expr) => {
    expect(solve(expr).kind).not.toBe('never_fires');
  });

  it('and says that the scrape interval decides where it is not known', () => {
    const solution = solve('rate(a_total[30s]) > 0', { scrapeIntervalKnown: false });
    expect(solution).toMatchObject({ kind: 'not_provable', reason: expect.stringMatching(/^scrape interval unknown/) });
  });
});

describe('solveAlert gives a sound reason why a rule always fires', () => {
  it('for a dead man’s switch', () => {
    expect(solve('vector(1)')).toMatchObject({ kind: 'always_fires', deadMansSwitch: true });
  });

  it('for a sum that is compared with nothing', () => {
    expect(solve('sum by (pod) (endpoint_state{state="invalid"})')).toMatchObject({
      kind: 'always_fires',
      deadMansSwitch: false,
    });
  });

  it('for a comparison that holds for all plausible values', () => {
    expect(solve('sum(rate(a_total[5m])) >= 0').kind).toBe('always_fires');
  });

  it('but not where another branch gives values that are silent', () => {
    expect(solve('max(sum(up == bool 0) or count(a > 1)) > 0').kind).not.toBe('always_fires');
  });
});

describe('solveAlert', () => {
  it('solves a chain of recording rules for the raw series at its end', () => {
    const recordings = [
      recordingOf('job:errors:rate5m', 'sum by (job) (rate(errors_total[5m]))'),
      recordingOf('job:errors:doubled', '2 * job:errors:rate5m', { kind: 'doubled' }),
    ];
    const found = world('job:errors:doubled{kind="doubled"} > 10', { recordings });
    expect(found.series.map(({ labels }) => labels.__name__)).toEqual(['errors_total']);
    expect(found.threshold?.firing).toBeCloseTo(10, 0);
  });

  it('gives the same answer each time', () => {
    const expr = 'sum by (job) (rate(a_total{code=~"5.."}[5m])) / sum by (job) (rate(a_total[5m])) > 0.1 and up == 1';
    expect(solve(expr)).toEqual(solve(expr));
  });

  it('names what it does not know', () => {
    expect(solve('limitk(1, a) > 0').kind).toBe('not_provable');
  });
});
