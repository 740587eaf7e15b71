import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { trialIntervals } from '../../../../../src/proofs/alerts/prove/coarseIntervals.js';

function intervals(expr: string, waits: number[] = [], startsAt = 0) {
  return trialIntervals([parseQuery(expr)], { scrape: 30, evaluation: 60, waits, startsAt });
}

describe('trialIntervals', () => {
  it('keeps the real intervals for ordinary ranges', () => {
    expect(intervals('rate(x[1h]) > 1', [900])).toEqual({ scrape: 30, evaluation: 60, coarsened: false });
  });

  it('coarsens scrapes of a long range to a few hundred samples', () => {
    const { scrape, coarsened } = intervals('rate(x[3d]) > 1');
    expect((3 * 86_400) / scrape).toBeLessThanOrEqual(400);
    expect(scrape % 30).toBe(0);
    expect(coarsened).toBe(true);
  });

  it('keeps enough samples in the shortest range, and several in the look-back of an instant selector', () => {
    expect(intervals('rate(x[3d]) > rate(x[10m])').scrape).toBeLessThanOrEqual(75);
    expect(intervals('rate(x[3d]) > y').scrape).toBeLessThanOrEqual(120);
  });

  it('lets `for` be a whole number of evaluations, however far apart they are', () => {
    const { evaluation } = intervals('rate(x[3d]) > 1', [900]);
    expect(900 % evaluation).toBe(0);
    expect(evaluation).toBeGreaterThan(60);
  });

  it('evaluates more rarely for an offset or a late start, without scraping more rarely', () => {
    expect(intervals('x > x offset 1w')).toMatchObject({ scrape: 30, coarsened: true });
    expect(intervals('time() - x > 86400', [], 3 * 86_400)).toMatchObject({ scrape: 30, coarsened: true });
  });
});
