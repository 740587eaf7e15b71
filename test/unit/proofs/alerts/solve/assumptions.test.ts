import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../../../../src/monitoring/exposition.js';
import { metricFacts } from '../../../../../src/proofs/alerts/metricFacts.js';
import { solveAlert } from '../../../../../src/proofs/alerts/solve/solveAlert.js';
import type { Assumption } from '../../../../../src/proofs/alerts/world.js';
import { problemOf, recordingOf, worldIn } from './problem.js';

type More = Parameters<typeof problemOf>[1];

const exposed = (lines: string[]) => metricFacts(parseExposition(`${lines.join('\n')}\n`, 'metrics.txt'), 'exposition');
const stored = (lines: string[]) => metricFacts(parseExposition(`${lines.join('\n')}\n`, 'metrics.txt'), 'prometheus');
const about = (kind: Assumption['about'], expr: string, more: More = {}) =>
  worldIn(solveAlert(problemOf(expr, more)))
    .assumptions.filter((one) => one.about === kind)
    .map(({ status, text }) => `${status}: ${text}`);
const labels = (expr: string, more: More = {}) => about('label', expr, more);
const kinds = (expr: string, more: More = {}) => about('kind', expr, more);

describe('a kind of metric', () => {
  it('is a fact where the metadata says it', () => {
    const metrics = exposed(['# TYPE errors_total counter', 'errors_total 1']);
    expect(kinds('rate(errors_total[5m]) > 1', { metrics })).toEqual(['fact: errors_total is a counter']);
  });

  it('is contradicted where rate() reads what the metadata calls a gauge, and solved as a gauge', () => {
    const metrics = exposed(['# TYPE queue_depth gauge', 'queue_depth 1']);
    const expr = 'rate(queue_depth[5m]) > 1';
    expect(kinds(expr, { metrics })).toEqual([
      'contradicted: queue_depth is a counter, as rate() needs: its metadata says gauge',
    ]);
    const { series } = worldIn(solveAlert(problemOf(expr, { metrics })));
    expect(series.map(({ kind }) => kind)).toEqual(['gauge']);
  });

  it('is a fact where only the name speaks for another one', () => {
    const metrics = exposed(['# TYPE memory_total gauge', 'memory_total 1']);
    expect(kinds('memory_total > 5', { metrics })).toEqual(['fact: memory_total is a gauge']);
  });

  it('is that of a histogram’s parts', () => {
    const metrics = exposed(['# TYPE latency_seconds histogram', 'latency_seconds_count 1', 'latency_seconds_sum 2']);
    const expr = 'rate(latency_seconds_sum[5m]) / rate(latency_seconds_count[5m]) > 1';
    expect(kinds(expr, { metrics })).toEqual([
      'fact: latency_seconds_sum is a counter',
      'fact: latency_seconds_count is a counter',
    ]);
  });

  it('is not taken from a gauge whose name is the same but for an ending', () => {
    const metrics = exposed(['# TYPE jobs gauge', 'jobs 1', 'jobs_count 3']);
    expect(kinds('jobs_count > 5', { metrics })).toEqual([
      'assumed: jobs_count is a gauge: nothing says that it is a counter',
    ]);
  });

  it('is unseen where the metric is not known, assumed where it has no metadata or nothing is given', () => {
    const metrics = exposed(['errors_total 1']);
    expect(kinds('rate(other_total[5m]) > 1', { metrics })).toEqual([
      'unseen: other_total is a counter: rate() reads it',
    ]);
    const assumed = ['assumed: errors_total is a counter: rate() reads it'];
    expect(kinds('rate(errors_total[5m]) > 1', { metrics })).toEqual(assumed);
    expect(kinds('rate(errors_total[5m]) > 1')).toEqual(assumed);
  });

  it('of an info metric is no question where it is exposed as a gauge', () => {
    const metrics = exposed(['# TYPE build_info gauge', 'build_info{version="1"} 1']);
    expect(kinds('absent(build_info)', { metrics })).toEqual([]);
  });
});

describe('a label that a set operation needs, with a value that another selector names', () => {
  const expr = 'signups{event="signup"} > 0 and failures == 0';
  const needed = 'failures carries the label event="signup", as the series that it is matched with';

  it('is a fact where some series carries it', () => {
    const metrics = exposed(['signups{event="signup"} 1', 'failures{event="login"} 1', 'failures{event="signup"} 1']);
    expect(labels(expr, { metrics })).toEqual([`fact: ${needed}`]);
  });

  it('is contradicted where every series lacks the label', () => {
    const metrics = exposed(['signups{event="signup"} 1', 'failures{code="1"} 1', 'failures{code="2"} 1']);
    expect(labels(expr, { metrics })).toContain(`contradicted: ${needed}: all its 2 series lack the label`);
  });

  it('is contradicted where every series has another value', () => {
    const metrics = exposed(['signups{event="signup"} 1', 'failures{event="login"} 1']);
    expect(labels(expr, { metrics })).toEqual([`contradicted: ${needed}: seen is only event="login"`]);
  });

  it('is unseen where the metric is not known', () => {
    const metrics = exposed(['signups{event="signup"} 1']);
    expect(labels(expr, { metrics })).toEqual([`unseen: ${needed}`]);
  });

  it('may have any value that fits the pattern', () => {
    const metrics = exposed(['a{code="500"} 1', 'b{code="503"} 1']);
    const text = 'b carries the label code=~"5..", as the series that it is matched with';
    expect(labels('a{code=~"5.."} > 0 and b == 0', { metrics })).toEqual([`fact: ${text}`]);
  });

  it('is not needed where the other selector only excludes a value', () => {
    expect(labels('a{code!="500"} > 0 and on (code) b == 0')).toEqual([]);
  });

  it('is needed of the raw series where the query asks it of what is recorded from them', () => {
    const recordings = [recordingOf('event:failures:sum', 'sum by (event) (failures)')];
    const metrics = exposed(['failures 1']);
    expect(labels('event:failures:sum{event="signup"} > 3', { recordings, metrics })).toEqual([
      'contradicted: failures carries the label event="signup", as what is recorded from it must: ' +
        'its one series lacks the label',
    ]);
  });
});

describe('a label of the target', () => {
  const expr = 'a{namespace="shop"} > 0 and b{pod="web"} == 0';
  const lines = ['a{x="1"} 1', 'b{x="1"} 1'];

  it('is never contradicted by an exposition', () => {
    expect(labels(expr, { metrics: exposed(lines) })).toEqual([
      'assumed: a carries the label pod="web", as the series that it is matched with',
      'assumed: b carries the label namespace="shop", as the series that it is matched with',
    ]);
    expect(labels('a{job="shop", exported_job="till", cluster="north"} > 0', { metrics: exposed(lines) })).toEqual([]);
  });

  it('is contradicted by a Prometheus whose series lack it', () => {
    expect(labels(expr, { metrics: stored(lines) })).toEqual([
      'contradicted: a carries the label pod="web", as the series that it is matched with: ' +
        'its one series lacks the label',
      'contradicted: b carries the label namespace="shop", as the series that it is matched with: ' +
        'its one series lacks the label',
      'contradicted: a has series with {namespace="shop"}: its one series lacks the label',
      'contradicted: b has series with {pod="web"}: its one series lacks the label',
    ]);
  });

  it('is no fact where the scrape overwrites what is exposed', () => {
    const text = 'b carries the label job="shop", as the series that it is matched with';
    const seen = ['a{job="shop"} 1', 'b{job="shop"} 1'];
    expect(labels('a{job="shop"} > 0 and b == 0', { metrics: exposed(seen) })).toEqual([`assumed: ${text}`]);
    expect(labels('a{job="shop"} > 0 and b == 0', { metrics: stored(seen) })).toEqual([`fact: ${text}`]);
  });
});

describe('labels that two sides of a match share', () => {
  it('are contradicted where all series of one side carry one and none of the other side', () => {
    const metrics = exposed(['a{volume="x"} 1', 'a{volume="y"} 1', 'b{disk="x"} 1']);
    expect(labels('a > 0 and on (volume) b == 0', { metrics })).toEqual([
      'contradicted: b carries the label volume, as a, which it is matched with: its one series lacks the label',
    ]);
  });

  it('are so too where the query does not name them', () => {
    const metrics = exposed(['a{volume="x"} 1', 'b 1']);
    expect(labels('a > 0 and b == 0', { metrics })).toEqual([
      'contradicted: b carries the label volume, as a, which it is matched with: its one series lacks the label',
    ]);
    expect(labels('a > 0 and ignoring (volume) b == 0', { metrics })).toEqual([]);
  });

  it('are contradicted where one side has aggregated away what all series of the other carry', () => {
    const metrics = exposed(['a_total{code="500"} 1', 'b{code="500",method="get"} 1']);
    expect(labels('sum by (job, instance) (rate(a_total[5m])) > 0 and b > 0', { metrics })).toEqual([
      'contradicted: b lacks the labels code, method, as what it is matched with: all its series carry them',
    ]);
    expect(labels('sum(rate(a_total[5m])) > 0 and on () b > 0', { metrics })).toEqual([]);
  });

  it('are no question where some series of either side may match', () => {
    const metrics = exposed(['a{volume="x"} 1', 'a 1', 'b 1']);
    expect(labels('a > 0 and b == 0', { metrics })).toEqual([]);
    expect(labels('a > 0 or b == 0', { metrics: exposed(['a{volume="x"} 1', 'b 1']) })).toEqual([]);
  });
});

describe('a selector’s own matcher', () => {
  const metrics = exposed(['requests_total{code="200"} 1', 'requests_total{code="404"} 1', 'constructor 1']);

  it('is contradicted where no series has the label', () => {
    expect(labels('rate(requests_total{status=~"5.."}[5m]) > 1', { metrics })).toEqual([
      'contradicted: requests_total has series with {status=~"5.."}: all its 2 series lack the label',
    ]);
  });

  it('is unseen where the label only has other values yet', () => {
    expect(labels('rate(requests_total{code="500"}[5m]) > 1', { metrics })).toEqual([
      'unseen: requests_total has series with {code="500"}: seen is only code="200", "404"',
    ]);
  });

  it.each([
    ['that some series satisfies', 'requests_total{code=~"4.."} > 1'],
    ['that a series without the label satisfies', 'requests_total{status=~"|a"} > 1'],
    ['that excludes', 'requests_total{status!="x", status!~"y.+"} > 1'],
    ['of a metric that is not known', 'other{status="x"} > 1'],
    ['of the alerts’ own series', 'ALERTS{team="x"} == 1'],
  ])('is no assumption %s', (_, expr) => {
    expect(labels(expr, { metrics })).toEqual([]);
  });

  it('is stated of rules that never fire as well', () => {
    const solution = solveAlert(problemOf('rate(requests_total{status="500"}[5m]) < 0', { metrics }));
    expect(solution).toMatchObject({
      kind: 'never_fires',
      assumptions: expect.arrayContaining([expect.objectContaining({ about: 'label', status: 'contradicted' })]),
    });
  });

  it('shows few and short values of many', () => {
    const lines = ['z'.repeat(100), 'b', 'c', 'd', 'e'].map((value) => `m{x="${value}"} 1`);
    expect(labels('m{x="none"} > 1', { metrics: exposed(lines) })).toEqual([
      `unseen: m has series with {x="none"}: seen is only x="${'z'.repeat(40)}…", "b", "c" and 2 more`,
    ]);
  });
});

describe('a scrape interval that is not known', () => {
  const more = { scrapeIntervalKnown: false };

  it('is assumed where the query reads ranges, of recorded series too', () => {
    const assumed = ['assumed: scraped every 30s'];
    expect(about('interval', 'rate(a_total[5m]) > 1', more)).toEqual(assumed);
    expect(about('interval', 'max_over_time((a > bool 1)[10m:1m]) > 0', more)).toEqual(assumed);
    const recordings = [recordingOf('job:a:rate5m', 'sum by (job) (rate(a_total[5m]))')];
    expect(about('interval', 'job:a:rate5m > 1', { ...more, recordings })).toEqual(assumed);
  });

  it('is not spoken of where the query reads none, or it is known', () => {
    expect(about('interval', 'a > 1', more)).toEqual([]);
    expect(about('interval', 'rate(a_total[5m]) > 1')).toEqual([]);
  });
});
