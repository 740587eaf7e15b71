import { describe, expect, it } from 'vitest';
import { chartsOf } from '../../../../src/proofs/alerts/chartsOf.js';
import { formText, triedOn } from '../../../../src/proofs/alerts/triedOn.js';
import type { TriedInputs } from '../../../../src/proofs/alerts/verdict.js';
import type { WorldSeries } from '../../../../src/proofs/alerts/world.js';
import { verdict } from './verdictSample.js';

const up: WorldSeries = {
  labels: { __name__: 'up', instance: 'a' },
  kind: 'gauge',
  role: 'carrier',
  healthy: { kind: 'level', value: 1 },
  firing: { kind: 'level', value: 0 },
};

function inputs(series: WorldSeries[], threshold?: TriedInputs['world']['threshold']): TriedInputs {
  return {
    world: {
      series,
      warmUp: 0,
      settle: 0,
      recover: 0,
      holds: undefined,
      startsAt: 0,
      assumptions: [],
      ...(threshold === undefined ? {} : { threshold }),
    },
    scrapeInterval: 30,
    evaluationInterval: 60,
    onset: 120,
    activeFrom: 120,
    firesAt: 240,
    firingTo: 300,
    turn: 300,
    end: 420,
  };
}

const isDown = { expression: 'up', operator: '==', value: 0, firing: 0, healthy: 1 };

describe('chartsOf', () => {
  it('draws the decisive value while it is bad and while it is not, and the series, as the tests have them', () => {
    const [fires, silent, series] = chartsOf(verdict({ alert: 'Down', inputs: inputs([up], isDown) }));
    expect(fires).toMatchObject({ title: 'Down fires: up == 0', threshold: 0, from: 0, to: 420 });
    // At the turn itself the scrape still is bad.
    expect(fires?.lines).toEqual([
      {
        name: 'up{instance="a"}',
        points: [
          [0, 1],
          [60, 1],
          [120, 0],
          [180, 0],
          [240, 0],
          [300, 0],
          [360, 1],
          [420, 1],
        ],
      },
    ]);
    expect(fires?.spans).toEqual([
      { from: 120, to: 240, state: 'pending' },
      // The evaluation at 360 is the first one that finds it healthy.
      { from: 240, to: 360, state: 'firing' },
    ]);
    expect(silent?.lines[0]?.points.map(([, value]) => value)).toEqual(Array(8).fill(1));
    expect(silent?.spans).toEqual([]);
    expect(series?.lines[0]?.points.find(([time]) => time === 330)).toEqual([330, 1]);
  });

  it('shows when the alert fires as promtool saw it, to the end of the plot where it goes on', () => {
    const late = { ...inputs([up], isDown), activeFrom: 240, firingTo: 420 };
    expect(chartsOf(verdict({ inputs: late }))[0]?.spans).toEqual([{ from: 240, to: 420, state: 'firing' }]);
  });

  it('lets a counter go on from where it is when its values are healthy again', () => {
    const errors: WorldSeries = {
      labels: { __name__: 'errors_total' },
      kind: 'counter',
      role: 'carrier',
      healthy: { kind: 'slope', perSecond: 1, start: 0 },
      firing: { kind: 'slope', perSecond: 2 },
    };
    const often = { expression: 'rate(errors_total[1m])', operator: '>', value: 1.9, firing: 2, healthy: 1 };
    const charts = chartsOf(verdict({ inputs: inputs([errors], often) }));
    // 120 until the onset, two a second until the scrape after the turn (330), then one a second, never falling.
    expect(charts[2]?.lines[0]?.points.at(-1)).toEqual([420, 630]);
  });

  it('leaves a hole where the value is absent', () => {
    const gone: WorldSeries = { ...up, firing: { kind: 'absent' } };
    const [fires] = chartsOf(verdict({ inputs: inputs([gone], isDown) }));
    expect(fires?.lines[0]?.points.find(([time]) => time === 240)).toEqual([240, null]);
  });

  it('draws only the series of a rule without a threshold, and nothing of one that did not fire', () => {
    expect(chartsOf(verdict({ inputs: inputs([up]) })).map(({ title }) => title)).toEqual([
      'The series that make the difference',
    ]);
    expect(chartsOf(verdict())).toEqual([]);
  });

  it('still draws the series where the decisive piece cannot be evaluated by itself', () => {
    const odd = { ...isDown, expression: 'nonsense(' };
    expect(chartsOf(verdict({ inputs: inputs([up], odd) }))).toHaveLength(1);
  });
});

describe('triedOn', () => {
  it('names what makes the difference first, then what stays, then the times', () => {
    const other: WorldSeries = { ...up, labels: { __name__: 'up', instance: 'b' }, role: 'context' };
    expect(triedOn(inputs([other, up]))).toEqual([
      'up{instance="a"} is 0 (bad), is 1 (healthy)',
      'up{instance="b"} is 1 (always)',
      'bad for 3m; scraped each 30s, evaluated each 1m',
    ]);
  });

  it('says how many series it leaves out', () => {
    expect(triedOn(inputs(Array.from({ length: 10 }, () => up))).at(-2)).toBe('and 2 more series');
  });

  it.each([
    [{ kind: 'slope', perSecond: 0 }, 'does not rise'],
    [{ kind: 'slope', perSecond: -0.5 }, 'falls by 0.5 a second'],
    [{ kind: 'steps', by: 1, every: 300 }, 'rises by 1 each 5m'],
    [{ kind: 'cycle', values: [0, 1], every: 60 }, 'is 0, then 1, each for 1m'],
    [{ kind: 'clock', age: 3600, unit: 1 }, 'is the time 1h before the scrape'],
    [{ kind: 'absent' }, 'is absent'],
    [{ kind: 'level', value: 0.1 + 0.2 }, 'is 0.3'],
    [{ kind: 'level', value: Number.POSITIVE_INFINITY }, 'is +Inf'],
  ] as const)('puts %j in words', (form, text) => {
    expect(formText(form)).toBe(text);
  });
});
