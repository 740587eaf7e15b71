import { describe, expect, test } from 'vitest';
import { evaluateRules } from '../../../src/promql/evaluateRules.js';
import { labelText } from '../../../src/promql/labels.js';
import { parseQuery } from '../../../src/promql/parse.js';
import { SeriesStore } from '../../../src/promql/seriesStore.js';
import { expandSeries } from './promtoolQueries.js';

/** The agreement with promtool itself is shown in promtoolAgreement.test.ts. */
function store(series: Record<string, string>): SeriesStore {
  return new SeriesStore(Object.entries(series).map(([name, values]) => expandSeries({ series: name, values }, 60)));
}

function alert(expr: string, more: { for?: number; keepFiringFor?: number; labels?: Record<string, string> } = {}) {
  return { alert: 'A', query: parseQuery(expr), for: 0, keepFiringFor: 0, labels: {}, ...more };
}

/** `.` inactive, `p` pending, `F` firing, one letter a minute. */
function states(
  expr: string,
  series: Record<string, string>,
  more: { for?: number; keepFiringFor?: number },
  to: number,
) {
  const instants = evaluateRules({ recordings: [], alert: alert(expr, more) }, store(series), {
    interval: 60,
    from: 0,
    to,
  });
  return instants.map(({ pending, firing }) => (firing.length > 0 ? 'F' : pending.length > 0 ? 'p' : '.')).join('');
}

describe('an alert', () => {
  const series = { up: '1 0 0 0 0 1 0 0 1 1' };

  test('fires at once without for', () => expect(states('up == 0', series, {}, 540)).toBe('.FFFF.FF..'));

  test('is pending until for has passed since it was first active, and begins again after a gap', () => {
    expect(states('up == 0', series, { for: 120 }, 540)).toBe('.ppFF.pp..');
  });

  test('for is rounded up to the next evaluation', () => {
    expect(states('up == 0', series, { for: 61 }, 540)).toBe('.ppFF.pp..');
  });

  test('keeps firing for a time after its condition has ended, but not when it was only pending', () => {
    expect(states('up == 0', series, { for: 60, keepFiringFor: 60 }, 540)).toBe('.pFFFFFFF.');
    expect(states('up == 0', series, { for: 240, keepFiringFor: 600 }, 540)).toBe('.pppp.pp..');
  });
});

test('alerts carry the rule’s labels and its name, but no templates and no metric name', () => {
  const [instant] = evaluateRules(
    { recordings: [], alert: alert('up', { labels: { severity: 'page', text: '{{ $value }}', job: '' } }) },
    store({ 'up{job="x",instance="i"}': '1' }),
    { interval: 60, from: 0, to: 0 },
  );
  expect(instant?.firing.map(labelText)).toEqual(['{alertname="A", instance="i", severity="page"}']);
});

test('labels that make two alerts the same are an error', () => {
  const chain = { recordings: [], alert: alert('up', { labels: { instance: 'all' } }) };
  const input = store({ 'up{instance="a"}': '1', 'up{instance="b"}': '1' });
  expect(() => evaluateRules(chain, input, { interval: 60, from: 0, to: 0 })).toThrow(/same labelset/);
});

describe('recording rules', () => {
  const recordings = [
    { record: 'r1', query: parseQuery('sum by (job) (a)'), labels: { added: 'yes' } },
    { record: 'r2', query: parseQuery('r1 * 2'), labels: {} },
  ];

  test('are seen by later ones of the same instant, and go stale when they give nothing', () => {
    const instants = evaluateRules({ recordings, alert: alert('r2') }, store({ 'a{job="x"}': '1 2 stale _ 4' }), {
      interval: 60,
      from: 0,
      to: 240,
    });
    expect(instants.map(({ samples }) => samples.map(({ labels, value }) => `${labelText(labels)} ${value}`))).toEqual([
      ['r2{added="yes", job="x"} 2'],
      ['r2{added="yes", job="x"} 4'],
      [],
      [],
      ['r2{added="yes", job="x"} 8'],
    ]);
  });

  test('leave the given store as it was', () => {
    const input = store({ 'a{job="x"}': '1 2', r1: '9' });
    evaluateRules({ recordings, alert: alert('r2') }, input, { interval: 60, from: 0, to: 240 });
    expect(input.named('r2')).toEqual([]);
    expect(input.named('r1')[0]?.values).toEqual([9]);
  });

  test('a scalar is recorded without labels', () => {
    const one = [{ record: 's', query: parseQuery('time() + 1'), labels: {} }];
    const instants = evaluateRules({ recordings: one, alert: alert('s') }, store({}), {
      interval: 60,
      from: 60,
      to: 60,
    });
    expect(instants[0]?.samples).toMatchObject([{ labels: { __name__: 's' }, value: 61 }]);
  });
});

test('an interval of nothing is refused', () => {
  expect(() =>
    evaluateRules({ recordings: [], alert: alert('up') }, store({}), { interval: 0, from: 0, to: 1 }),
  ).toThrow(RangeError);
});
