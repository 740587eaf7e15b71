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
    [
      'a share in per cent above 500',
      'sum(rate(a_total{x="1"}[5m])) * 100 / sum(rate(a_total[5m])) > 500',
      /between 0/,
    ],
    ['more of some than there are', 'count(a > 5) / count(a) > 1', /between 0 and 1/],
    ['more than all that can be 1', 'sum(up == bool 0) / count(up) > 1', /between 0 and 1/],
    ['a weekday that no week has', 'day_of_week() == 7', /between 0 and 6/],
    ['a count matched with scraped series', 'count(a) > 5 and b > 3', /b has it, as every scraped series has/],
    ['an absence matched with scraped series', 'absent(a{x="1"}) and b', /on the other side it is absent/],
    ['a target that was aggregated away', 'sum by (job) (a) > on (instance) b', /label instance.*aggregation sum/],
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
    ['values of the rest of a sum may be below 0', 'sum(temp{zone="a"} > 0) / sum(temp) > 1'],
    ['a filter leaves values below 0 out of a sum', 'sum(temp > 5) / sum(temp) > 1'],
    ['the part is not among what is added up', 'sum(rate(a_total{x="1"}[5m])) / sum(rate(a_total{x="2"}[5m])) > 1'],
    ['the part has a longer range', 'sum(rate(a_total{x="1"}[5m])) / sum(rate(a_total[1h])) > 1'],
    ['the whole is grouped otherwise', 'sum by (x) (rate(a_total[5m])) / on (x) avg by (x) (rate(a_total[5m])) > 1'],
    ['label_replace may leave an element as it is', 'label_replace(x{a="b"}, "c", "$1", "a", "z(.*)") > 5'],
    ['label_replace of no label need not match', 'label_replace(x, "f", "bar", "", "abc") > 5 and y{f="z"} > 3'],
    ['a moment may lie before 1970', 'year(x_seconds - 100) < 1970'],
    ['elements differ', 'max(x) > 5 and min(x) < 3'],
    ['times differ', 'x > 5 and x offset 5m < 3'],
    ['extremes of a window differ', 'max_over_time(x[10m]) > 5 and min_over_time(x[10m]) < 3'],
    ['counts are of different elements', 'count(x > 5) > 0 and count(x < 3) > 0'],
    ['0 stands in for nothing', '(count(x > 5) or vector(0)) == 0'],
    ['no number differs from itself', 'x != x'],
    ['a quantile beyond 1 is infinite', 'quantile(2, x) > 5'],
    ['limits the wrong way round leave nothing to bound', 'clamp(a, 0, 10) > 5'],
    ['a bound is reached', 'clamp_max(a, 5) >= 5'],
    ['an unless takes a part away', 'a_total unless a_total < 5'],
    ['a rate may be 0', 'rate(x_total[5m]) <= 0'],
    ['another metric lacks what is added up', 'a - b < 0'],
    ['ignoring leaves the differing label out', 'a{x="1"} and ignoring (x) a{x="2"}'],
    ['nothing is matched on', 'count(a) > 5 and on () b > 3'],
    ['alerts have no target', 'sum by (alertname) (ALERTS{alertstate="firing"}) > 0 and on (alertname) ALERTS'],
    ['a selector asks for series without target', 'count(a) > 5 and b{job="", instance=""} > 3'],
    ['a label that needn’t exist is matched on', 'sum by (cluster) (a) > on (cluster, node) sum by (cluster) (b)'],
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

  it.each([
    ['it asks whether some series exist', 'count(ALERTS{alertstate="firing",severity="critical"}) > 0'],
    ['it asks how many there are of a kind', 'count by (node) (taint{effect="NoSchedule"}) >= 1'],
    ['the sides are of different series', 'up{a=~"b.*"} + up{a=~"c.*"} >= 0'],
    ['the sides are grouped by different labels', 'sum by (x) (up) + sum by (y) (up) >= 0'],
    ['nothing is divided by nothing', 'x / x == 1'],
    ['an unless may take all away', 'count(x) > 0 unless y'],
    ['only some are counted', 'count(x > 0) > 0'],
    ['the absence of one is awaited', 'absent(x) or y > 5'],
    ['values decide', 'x >= 0'],
    ['a description may be 0', 'x_info == 1'],
    ['a judgement may be 0', '(a > bool 5) >= 1'],
    ['nothing is divided by nothing while two targets are up', 'avg without (x) (a_total) >= 0 and b > 5'],
  ])('and none where %s', (_, expr) => {
    expect(solve(expr).kind).not.toBe('always_fires');
  });

  it.each([
    ['a scalar, which is there whatever its value', 'scalar(a) > bool 5'],
    ['a judgement that is compared with its least', '(a > bool 5) >= 0'],
    ['an hour that every day has', 'hour() >= 0'],
    ['both of two values, one in each branch', 'up == 1 or up == 0'],
    ['what one branch lets through or else the other', 'x > 5 or x <= 5'],
    ['a number that is compared with itself', 'x == x'],
    ['how often it changed, at least', 'changes(x[10m]) >= 0'],
    ['a deviation', 'stddev(x) >= 0'],
    ['a clamped number', 'clamp_min(x, 5) >= 5'],
    ['a moment', 'timestamp(x) > 0'],
  ])('for %s', (_, expr) => {
    expect(solve(expr).kind).toBe('always_fires');
  });

  it('and says so where only what is no number is silent', () => {
    const reason = 'its comparisons hold for all plausible values';
    expect(solve('abs(x) >= 0')).toMatchObject({ reason: `${reason} that are numbers` });
    expect(solve('up >= 0')).toMatchObject({ reason });
  });

  it.each([
    ['a gap between the branches', 'x > 5 or x < 5'],
    ['whole numbers between the branches', 'ceil(x) > 6 or ceil(x) < 5'],
    ['branches of different expressions', 'x > 5 or y <= 5'],
    ['a branch of its own labels', 'x{a="b"} > 5 or x <= 5'],
  ])('but not with %s', (_, expr) => {
    expect(solve(expr).kind).not.toBe('always_fires');
  });

  it('but not where only nothing divided by nothing is silent', () => {
    const solution = solve('sum(rate(a_total{code="500"}[5m])) / sum(rate(a_total[5m])) <= 1');
    expect(solution.kind).toBe('not_provable');
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

  it.each([
    ['the difference to an hour ago', 'queue - queue offset 1h > 100', 0],
    ['twice as much as yesterday', 'rate(a_total[5m]) > 2 * rate(a_total[5m] offset 1d)', 0],
    ['half of yesterday, for a while', 'sum(rate(a_total[5m])) < 0.5 * sum(rate(a_total[5m] offset 1d))', 600],
    ['a short window against a long one', 'rate(a_total[5m]) / rate(a_total[1h]) > 3', 0],
    [
      'a guarded ratio to the past',
      '100 * rate(a_total[10m]) / clamp_min(rate(a_total[50m] offset 10m), 1) > 150',
      600,
    ],
    ['a series that is new', 'x_info unless x_info offset 1h', 0],
    ['a level and a forecast', 'x < 20 and predict_linear(x[6h], 4 * 3600) < 0', 3600],
    ['a clock and its own past', 'time() - boot_seconds < 600 and time() - boot_seconds offset 10m > 600', 0],
    ['rare resets', 'resets(c_total[1h]) > 2', 0],
    ['a share of what restarts', 'count by (job) (changes(s[10m]) > 4) / count by (job) (up) >= 0.5', 300],
  ])('finds series that turn %s', (_, expr, wait) => {
    expect(solve(expr, { for: wait }).kind).toBe('solved');
  });

  it('lays out no series twice where absences of one metric are asked for', () => {
    const { series } = world('absent(d{p="a"}) or absent(d{p="b"})');
    const texts = series.map(({ labels }) => JSON.stringify(labels));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('names the values of the element that decides', () => {
    const found = world('max by (job) (a) > on (job) group_right () b');
    const { threshold } = found;
    expect(threshold === undefined || threshold.firing > threshold.value).toBe(true);
  });

  it.each([
    ['hour() > 20', /reads no series, only the time/],
    ['x offset -5m > 5', /negative offset reads the future/],
  ])('says why %s can’t be turned', (expr, reason) => {
    const solution = solve(expr);
    expect(solution.kind).toBe('not_provable');
    expect(solution.kind === 'not_provable' && solution.reason).toMatch(reason);
  });

  it('names what it does not know', () => {
    expect(solve('limitk(1, a) > 0').kind).toBe('not_provable');
  });
});
