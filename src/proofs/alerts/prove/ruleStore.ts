import type { Expr } from '../../../promql/ast.js';
import { evaluateVector } from '../../../promql/evaluate.js';
import { METRIC_NAME } from '../../../promql/labels.js';
import { type Series, SeriesStore } from '../../../promql/seriesStore.js';
import type { Sample } from '../../../promql/value.js';
import type { Phase } from '../scenario.js';
import type { RecordingRule, World, WorldSeries } from '../world.js';
import { sampleSeries } from './sampleSeries.js';
import type { Timeline } from './timeline.js';

/** The series of a world over time, with what recording rules make of them, for our own evaluator. */
export class RuleStore {
  readonly store: SeriesStore;

  /** @param until seconds since 1970 of the last sample */
  constructor(
    world: World,
    private readonly timeline: Timeline,
    recordings: readonly RecordingRule[],
    phases: (series: WorldSeries) => readonly Phase[],
    until: number,
  ) {
    const { scrape, evaluation } = timeline;
    const times = Array.from({ length: Math.floor(until / scrape + 1e-9) + 1 }, (_, index) => index * scrape);
    this.store = new SeriesStore(world.series.map((series) => toSeries(series, phases(series), times, world.startsAt)));
    for (let at = 0; recordings.length > 0 && at <= until; at += evaluation) {
      for (const { record, query, labels } of recordings) {
        for (const sample of this.evaluate(query, at)) {
          this.store.append({ ...sample.labels, ...labels, [METRIC_NAME]: record }, at, sample.value);
        }
      }
    }
  }

  /** @throws EvaluationError, UnsupportedQuery */
  evaluate(expr: Expr, at: number): readonly Sample[] {
    return evaluateVector(expr, this.store, at, { interval: this.timeline.evaluation });
  }
}

function toSeries(series: WorldSeries, phases: readonly Phase[], times: readonly number[], startsAt: number): Series {
  const samples = sampleSeries({ labels: series.labels, phases }, times, startsAt);
  const kept = times.flatMap((time, index) => (samples[index] === undefined ? [] : [{ time, value: samples[index] }]));
  return {
    labels: series.labels,
    times: kept.map(({ time }) => time),
    values: kept.map(({ value }) => value as number),
  };
}
