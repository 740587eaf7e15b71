import { describe, expect, it } from 'vitest';
import { solveAlert } from '../../../../../src/proofs/alerts/solve/solveAlert.js';
import { problemOf, recordingOf, worldIn } from './problem.js';

const solve = (expr: string) => solveAlert(problemOf(expr));

describe('solveAlert says that a rule never fires', () => {
  it.each([
    ['what is left over is less than the divisor', 'x % 10 >= 10'],
    ['a whole number is none between two', 'up == 0.5'],
    ['rounded up it is whole', 'ceil(x) == 1.5'],
    ['nothing compares with what is no number', 'x > NaN'],
    ['nothing is above itself', 'x > x'],
    ['a square is never below 0', 'x * x < 0'],
    ['an even power neither', 'x ^ 2 < 0'],
    ['all that the left side gives the right side gives too', 'x unless x'],
    ['the right side lets more through', 'x > 5 unless x > 3'],
    ['no series is taken', 'topk(0, x) > 5'],
    ['a bucket holds no more than all', 'sum(rate(a_bucket{le="1"}[5m])) / sum(rate(a_count[5m])) > 1'],
    ['the label is aggregated away', 'sum by (job) (x) and on (instance) y'],
  ])('because %s', (_, expr) => {
    expect(solve(expr)).toMatchObject({ kind: 'never_fires' });
  });

  // Each differs from one above by what makes it possible.
  it.each([
    'x % 10 >= 9',
    'up == 0',
    'ceil(x) == 2',
    'x * y < 0',
    'x ^ 3 < 0',
    'x > 3 unless x > 5',
    'x unless x > 5',
    'topk(1, x) > 5',
    'sum(rate(a_bucket{le="1"}[5m])) / sum(rate(a_count[5m])) > 0.99',
    'sum by (instance) (x) > 3 and on (instance) y',
    'x != x',
  ])('but not of %s', (expr) => {
    expect(solve(expr).kind).not.toBe('never_fires');
  });

  it('naming what its word on counters rests on', () => {
    expect(solve('delta(a_total[10m]) < 0')).toMatchObject({
      kind: 'never_fires',
      reason: expect.stringContaining('a_total is a counter by its name'),
      assumptions: [expect.objectContaining({ status: 'assumed', about: 'kind', metric: 'a_total' })],
    });
    const metrics = { complete: false, kindOf: () => 'gauge' as const, seriesOf: () => undefined };
    expect(solveAlert(problemOf('delta(a_total[10m]) < 0', { metrics })).kind).toBe('solved');
    const counters = { ...metrics, kindOf: () => 'counter' as const };
    expect(solveAlert(problemOf('delta(a_total[10m]) < 0', { metrics: counters }))).toMatchObject({
      kind: 'never_fires',
      reason: expect.stringContaining('a_total is a counter by its metadata'),
    });
  });

  // The same query once recordings are inlined, but for what is asked of them.
  it.each(['job:x:sum{a="b"} > on (job) job:x:sum{a="c"}', 'job:x:sum unless job:x:sum{a="b"}'])(
    'never of recordings that are told apart by their labels: %s',
    (expr) => {
      const recordings = [recordingOf('job:x:sum', 'topk by (job, a) (1, x)')];
      expect(solveAlert(problemOf(expr, { recordings })).kind).not.toBe('never_fires');
    },
  );
});

describe('solveAlert turns the comparison itself', () => {
  it.each([
    // Of 21 samples in a window 18 are up, or 20.
    ['avg_over_time(up[10m]) < 0.9', 18 / 21, 20 / 21],
    ['count(x) < 3 unless on () y', 2, 3],
    ['changes(x[1h]) > 3', 4, 3],
    ['-x > 5', 6, 5],
  ])('of %s', (expr, firing, healthy) => {
    const { threshold } = worldIn(solve(expr));
    expect(threshold?.firing).toBeCloseTo(firing, 9);
    expect(threshold?.healthy).toBeCloseTo(healthy, 9);
  });

  it('and never makes a flag anything but 0 or 1', () => {
    const forms = worldIn(solve('changes(up[1h]) > 4')).series.flatMap(({ healthy, firing }) => [healthy, firing]);
    const values = forms.flatMap((form) => (form.kind === 'cycle' ? form.values : []));
    expect([...new Set(values)].sort()).toEqual([0, 1]);
  });

  it('of a share of what is recorded, by a label that only the alert asks for', () => {
    const recordings = [recordingOf('code:a:rate5m', 'sum by (code) (rate(a_total[5m]))')];
    const expr = 'sum(code:a:rate5m{code=~"5.."}) / sum(code:a:rate5m) > 0.5';
    const { threshold } = worldIn(solveAlert(problemOf(expr, { recordings })));
    expect(threshold?.firing).toBeGreaterThan(0.5);
    expect(threshold?.firing).toBeLessThan(0.505);
    expect(threshold?.healthy).toBeLessThanOrEqual(0.5);
    expect(threshold?.healthy).toBeGreaterThan(0.495);
  });

  it('and waits for the window of an absence', () => {
    expect(worldIn(solve('absent_over_time(x[10m])'))).toMatchObject({ settle: 600, recover: 0 });
  });
});

describe('solveAlert says what is in the way', () => {
  it.each([
    ['histogram_quantile(0.9, sum by (job) (rate(latency[5m]))) > 1', 'reads latency, by its use a native histogram'],
    ['histogram_count(rate(latency[5m])) > 1', 'needs promtool ≥ 2.48'],
    ['x != x', 'nothing was found for which x != x holds'],
    ['count(x) < 5000 unless on () y', 'only that other series come or go makes a difference'],
  ])('of %s', (expr, text) => {
    const solution = solve(expr);
    expect(solution.kind).toBe('not_provable');
    expect(solution).toMatchObject({ reason: expect.stringContaining(text) });
  });
});
