import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findTool } from '../../../../../src/monitoring/tool.js';
import { solveAlert } from '../../../../../src/proofs/alerts/solve/solveAlert.js';
import { describeWithPromTools } from '../../../../support/promTools.js';
import { problemOf, worldIn } from './problem.js';

const world = (expr: string) => worldIn(solveAlert(problemOf(expr)));
const countIn = (expr: string, state: 'healthy' | 'firing') =>
  world(expr).series.filter((one) => one[state].kind !== 'absent').length;
const valuesIn = (expr: string, state: 'healthy' | 'firing') =>
  world(expr).series.flatMap((one) => (one[state].kind === 'level' ? [one[state].value] : []));

describe('solveAlert turns how many series there are', () => {
  // The last number that fires, the first that doesn't.
  it.each([
    ['count(up{job="x"}) < 3', 2, 3],
    ['count(up{job="x"}) > 3', 4, 3],
    ['count(member_info) <= 2', 2, 3],
    ['count(member_info) < 300', 299, 300],
    ['count(member_info) > 500', 501, 500],
  ])('of %s', (expr, firing, healthy) => {
    expect([countIn(expr, 'firing'), countIn(expr, 'healthy')]).toEqual([firing, healthy]);
  });

  it('and how many of them have a value', () => {
    const sum = (state: 'healthy' | 'firing') =>
      valuesIn('count(up == 1) < 3', state).filter((one) => one === 1).length;
    expect([sum('firing'), sum('healthy')]).toEqual([2, 3]);
  });

  // Neither shows anything of what is compared: they fire as soon as their series exist.
  it.each(['count(member_info) < 5000', 'quantile(1.5, x) > 3', 'sum(x) >= 0', 'sum(x) unless on (job) y'])(
    'and takes no mere presence for a proof of %s',
    (expr) => {
      expect(solveAlert(problemOf(expr)).kind).toBe('not_provable');
    },
  );
});

describe('solveAlert turns a share of targets within a tenth of the threshold', () => {
  it.each([
    ['avg by (job) (up) < 0.5', 0.5],
    ['avg(up) * 100 < 50', 50],
    ['sum(up) / count(up) < 0.9', 0.9],
    ['1 - avg(up) > 0.1', 0.1],
  ])('in %s', (expr, threshold) => {
    const { firing = Number.NaN, healthy = Number.NaN } = world(expr).threshold ?? {};
    for (const value of [firing, healthy]) {
      expect(Math.abs(value - threshold)).toBeLessThanOrEqual(threshold * 0.1 + 1e-9);
    }
  });

  it('and never with an average on the threshold, where rounding decides', () => {
    // Nine tenths of twenty are eighteen: nineteen are healthy, seventeen aren't.
    const up = (state: 'healthy' | 'firing') => valuesIn('avg(up) < 0.9', state).filter((one) => one === 1).length;
    expect([up('firing'), up('healthy')]).toEqual([17, 19]);
  });
});

describeWithPromTools('promtool agrees with both sides', () => {
  it.each(['count(up{job="x"}) < 3', 'count(up == 1) < 3', 'avg by (job) (up) < 0.5', 'sum(up) / count(up) < 0.9'])(
    'of %s',
    async (expr) => {
      const folder = await mkdtemp(join(tmpdir(), 'crowd-'));
      try {
        const inputs = (state: 'healthy' | 'firing') =>
          world(expr).series.flatMap(({ labels: { __name__: name, ...labels }, [state]: form }) => {
            if (form.kind !== 'level') return [];
            const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
            return [{ series: `${name}{${pairs.join(',')}}`, values: `${form.value}x3` }];
          });
        const test = (state: 'healthy' | 'firing', result: number) => ({
          interval: '1m',
          input_series: inputs(state),
          promql_expr_test: [
            {
              expr: `count(${expr}) or vector(0)`,
              eval_time: '2m',
              exp_samples: [{ labels: '{}', value: result }],
            },
          ],
        });
        const file = join(folder, 'test.yaml');
        await writeFile(file, JSON.stringify({ tests: [test('firing', 1), test('healthy', 0)] }));
        const { stdout } = await promisify(execFile)(await findTool('promtool'), ['test', 'rules', file]);
        expect(stdout).toContain('SUCCESS');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
