import { describe, expect, it } from 'vitest';
import { EvaluationError } from '../../../../../src/promql/errors.js';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { RuleStore } from '../../../../../src/proofs/alerts/prove/ruleStore.js';
import { type Timeline, timelineOf } from '../../../../../src/proofs/alerts/prove/timeline.js';
import type { Form } from '../../../../../src/proofs/alerts/scenario.js';
import type { RecordingRule, World, WorldSeries } from '../../../../../src/proofs/alerts/world.js';

const SERIES: WorldSeries = {
  labels: { __name__: 'm', job: 'a' },
  kind: 'gauge',
  role: 'carrier',
  healthy: { kind: 'level', value: 1 },
  firing: { kind: 'level', value: 2 },
};

function world(series: readonly WorldSeries[], startsAt = 0): World {
  return { series, warmUp: 60, settle: 0, recover: 60, holds: undefined, startsAt, assumptions: [] };
}

const TIMELINE: Timeline = timelineOf(world([SERIES]), { for: 0, keepFiringFor: 0, scrape: 30, evaluation: 60 });

function recording(record: string, expr: string, labels: Record<string, string> = {}): RecordingRule {
  return { file: 'r.yml', line: 1, group: 'g', interval: 60, record, expr, query: parseQuery(expr), labels };
}

/** Each series reads its healthy form, and its firing form from a moment after the world's start. */
function store(one: World, recordings: readonly RecordingRule[], turnsAt: number, until: number): RuleStore {
  const phases = ({ healthy, firing }: { healthy: Form; firing: Form }) => [
    { from: 0, form: healthy },
    { from: turnsAt, form: firing },
  ];
  return new RuleStore(one, TIMELINE, recordings, phases, until);
}

describe('RuleStore', () => {
  it('reads the last sample at or before the moment, of the form that holds then', () => {
    const made = store(world([SERIES]), [], 60, 120);
    const at = (seconds: number) => made.evaluate(parseQuery('m'), seconds).map(({ value }) => value);
    expect([at(0), at(59), at(60), at(119)]).toEqual([[1], [1], [2], [2]]);
  });

  it('has no sample after the last scrape, nor where the series is absent', () => {
    const gone = { ...SERIES, firing: { kind: 'absent' } as const };
    const made = store(world([gone]), [], 60, 120);
    expect(made.evaluate(parseQuery('m'), 30)).toHaveLength(1);
    expect(made.evaluate(parseQuery('m'), 60)).toEqual([]);
    expect(store(world([SERIES]), [], 60, 90).evaluate(parseQuery('count_over_time(m[3m])'), 180)).toMatchObject([
      // At 0, 30, 60 and 90 seconds.
      { value: 4 },
    ]);
  });

  it('begins at the start of a world that begins late', () => {
    const made = store(world([SERIES], 3600), [], 60, 3720);
    expect(made.evaluate(parseQuery('m'), 3570)).toEqual([]);
    expect(made.evaluate(parseQuery('m'), 3600)).toMatchObject([{ value: 1 }]);
    expect(made.evaluate(parseQuery('m'), 3660)).toMatchObject([{ value: 2 }]);
  });

  it('records at each evaluation, with the labels that the rule sets, for later rules to read', () => {
    const rules = [recording('m:double', 'm * 2', { job: 'b' }), recording('m:more', 'm:double + 1')];
    const made = store(world([SERIES]), rules, 60, 120);
    const [sample] = made.evaluate(parseQuery('m:double'), 30);
    expect(sample).toMatchObject({ labels: { __name__: 'm:double', job: 'b' }, value: 2 });
    expect(made.evaluate(parseQuery('m:more'), 60)).toMatchObject([{ labels: { job: 'b' }, value: 5 }]);
    // At 0, 60 and 120 seconds, not at every scrape.
    expect(made.evaluate(parseQuery('count_over_time(m:more[2m])'), 120)).toMatchObject([{ value: 3 }]);
  });

  it('throws what Prometheus refuses to evaluate', () => {
    const twin = { ...SERIES, labels: { ...SERIES.labels, instance: 'x' } };
    const made = store(world([SERIES, twin]), [], 60, 60);
    expect(() => made.evaluate(parseQuery('m + on (job) m'), 60)).toThrow(EvaluationError);
    expect(() => store(world([SERIES, twin]), [recording('r', 'm + on (job) m')], 60, 60)).toThrow(EvaluationError);
  });
});
