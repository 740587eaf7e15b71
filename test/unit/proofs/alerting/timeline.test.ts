import { describe, expect, it } from 'vitest';
import { parsePromql } from '../../../../src/proofs/alerting/promql.js';
import type { SteadySeries } from '../../../../src/proofs/alerting/steadyState.js';
import { promtoolValues, seriesName, timelineFor } from '../../../../src/proofs/alerting/timeline.js';

const timeline = (query: string, wait: number, evaluationInterval = 60) =>
  timelineFor({ expression: parsePromql(query), wait, series: 2, evaluationInterval, scrapeInterval: 30 });

describe('timelineFor', () => {
  it('fills the widest range before the turn and again after it', () => {
    // 5 m and two scrapes: 6 m; twice that, the wait, and three evaluations.
    expect(timeline('rate(x[5m]) > 1', 600)).toEqual({
      scrapeInterval: 30,
      evaluationInterval: 60,
      turnsBadAt: 360,
      wait: 600,
      end: 2 * 360 + 600 + 180,
    });
  });

  it('rounds the wait up to the next evaluation', () => {
    expect(timeline('x > 1', 90).wait).toBe(120);
    expect(timeline('x > 1', 30).wait).toBe(60);
    expect(timeline('x > 1', 0).wait).toBe(0);
  });

  it('takes samples further apart for very long ranges', () => {
    expect(timeline('increase(x[7d]) > 1', 0, 600).scrapeInterval).toBe(600);
  });

  it.each([
    ['rate(x[30s]) > 1', 0, 'fewer than two scrapes'],
    ['x > 1', 40 * 86_400, 'more samples than promtool takes'],
  ])('does not cover %s with a wait of %d s', (query, wait, reason) => {
    expect(() => timeline(query, wait)).toThrow(reason);
  });
});

describe('promtoolValues', () => {
  const one = (kind: SteadySeries['kind'], value: number): SteadySeries => ({ labels: {}, kind, value });
  const times = { scrapeInterval: 30, evaluationInterval: 60, turnsBadAt: 60, wait: 0, end: 120 };

  it('holds a level, then turns', () => {
    // Samples at 0, 30, …, 180: two before the turn, five after it.
    expect(promtoolValues(one('level', 1), one('level', 0), times)).toBe('1+0x1 0+0x4');
    expect(promtoolValues(one('level', 1), one('level', 1), times)).toBe('1+0x6');
  });

  it('lets a counter grow without ever falling', () => {
    expect(promtoolValues(one('slope', 14), one('slope', 16), times)).toBe('0+14x1 30+16x4');
  });

  it('starts a falling slope high enough to stay positive', () => {
    expect(promtoolValues(one('slope', 0), one('slope', -2), times)).toBe('14+0x1 12-2x4');
  });

  it('writes very large and very small numbers without an exponent', () => {
    expect(promtoolValues(one('level', 1e22), one('level', 1e22), times)).toBe('10000000000000000000000+0x6');
    expect(promtoolValues(one('level', 1e-7), one('level', 1e-7), times)).toBe('0.0000001+0x6');
  });
});

it('writes a series with its labels in order and its values escaped', () => {
  expect(seriesName({ b: 'x"\\', __name__: 'm', a: '1' })).toBe('m{a="1", b="x\\"\\\\"}');
});
