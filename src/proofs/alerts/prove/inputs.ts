import type { Form, Phase } from '../scenario.js';
import { continued } from '../solve/phases.js';
import type { World, WorldSeries } from '../world.js';
import { type Sample, sampleSeries } from './sampleSeries.js';
import { seriesName, seriesNotation } from './seriesNotation.js';
import type { Timeline } from './timeline.js';

/** Input of one promtool test. */
export interface TestInput {
  /** Seconds between two values in promtool's notation. */
  interval: number;
  series: { series: string; values: string }[];
}

/** Makes the inputs of a rule's tests from its world. */
export class InputMaker {
  /** Metrics of the carriers: when these vanish, all their series do, as of a target that is gone. */
  private readonly carried: ReadonlySet<string | undefined>;

  constructor(
    private readonly world: World,
    private readonly timeline: Timeline,
  ) {
    this.carried = new Set(world.series.filter(({ role }) => role === 'carrier').map(metricOf));
  }

  /** Healthy, bad from the onset on, healthy again after the turn. */
  life(): TestInput {
    return this.aligned(this.timeline.end, (series) => this.lifePhases(series));
  }

  /** Healthy, until the carriers' metrics vanish. */
  silent(): TestInput {
    const { healthyUntil, healthyEnd, scrape } = this.timeline;
    return this.aligned(healthyEnd, (series) => [
      { from: 0, form: series.healthy },
      ...this.vanishing(series, healthyUntil + scrape),
    ]);
  }

  /** The carriers are bad when they first appear, and vanish while they are. */
  birth(): TestInput {
    const { onset, vanish, birthEnd, scrape } = this.timeline;
    return this.aligned(birthEnd, (series) =>
      series.role === 'context'
        ? [{ from: 0, form: series.healthy }, ...this.vanishing(series, vanish + scrape)]
        : [this.phase(onset, born(series)), this.phase(vanish + scrape, ABSENT)],
    );
  }

  private vanishing(series: WorldSeries, at: number): Phase[] {
    return this.carried.has(metricOf(series)) ? [this.phase(at, ABSENT)] : [];
  }

  /** A single event, counted by a series that exists already (`before`), or that is born with it. */
  firstEvent(which: 'before' | 'born'): TestInput {
    return this.aligned(this.timeline.turn, (series) =>
      firstEventPhases(series, which, this.timeline.onset - this.world.startsAt),
    );
  }

  /**
   * As {@link life}, until the turn, but every scrape `part / parts` of the scrape interval later. It reads
   * what it would have read on the grid, so that counters stay whole numbers; a clock has gone on, so that
   * the evaluation after the scrape finds it at its age.
   */
  offGrid(part: number, parts: number): TestInput {
    const { scrape, turn } = this.timeline;
    const interval = scrape / parts;
    const times = Array.from({ length: Math.floor(turn / scrape) + 1 }, (_, index) => index * scrape);
    return {
      interval,
      series: this.world.series.map((series) => {
        const phases = this.lifePhases(series).map(({ from, form }) => ({
          from,
          form: form.kind === 'clock' ? { ...form, age: form.age - scrape } : form,
        }));
        const samples = sampleSeries({ labels: series.labels, phases }, times, this.world.startsAt);
        const spread: Sample[] = [];
        for (const [index, sample] of samples.entries()) spread[index * parts + part] = sample;
        return { series: seriesName(series.labels), values: seriesNotation(Array.from(spread)) };
      }),
    };
  }

  private lifePhases(series: WorldSeries): Phase[] {
    if (series.role === 'context') return [{ from: 0, form: series.healthy }];
    const { onset, turn, scrape } = this.timeline;
    return [
      { from: 0, form: series.healthy },
      this.phase(onset, series.firing),
      // From the next scrape on: at the turn itself the series still is what it was.
      this.phase(turn + scrape, continued(series.healthy, series.kind)),
    ];
  }

  private phase(at: number, form: Form): Phase {
    return { from: at - this.world.startsAt, form };
  }

  private aligned(end: number, phases: (series: WorldSeries) => readonly Phase[]): TestInput {
    const { scrape } = this.timeline;
    const times = Array.from({ length: Math.floor(end / scrape + 1e-9) + 1 }, (_, index) => index * scrape);
    return {
      interval: scrape,
      series: this.world.series.map((series) => ({
        series: seriesName(series.labels),
        values: seriesNotation(
          sampleSeries({ labels: series.labels, phases: phases(series) }, times, this.world.startsAt),
        ),
      })),
    };
  }
}

/** A single event at a moment after the world's start, for {@link InputMaker.firstEvent}. */
export function firstEventPhases(series: WorldSeries, which: 'before' | 'born', at: number): Phase[] {
  if (!isCounted(series)) return [{ from: 0, form: series.healthy }];
  const event: Phase = { from: at, form: { kind: 'level', value: 1 } };
  return which === 'born' ? [event] : [{ from: 0, form: { kind: 'level', value: 0 } }, event];
}

/** Whether a single event can be shown: a counter that carries the condition by growing. */
export function isCounted(series: WorldSeries): boolean {
  const { role, kind, firing } = series;
  const grows = (firing.kind === 'slope' && firing.perSecond > 0) || (firing.kind === 'steps' && firing.by > 0);
  return role === 'carrier' && kind === 'counter' && grows;
}

function metricOf({ kind, labels }: WorldSeries): string | undefined {
  return kind === 'histogram' ? labels.__name__?.replace(/_(?:bucket|count|sum)$/, '') : labels.__name__;
}

const ABSENT: Form = { kind: 'absent' };

function born(series: WorldSeries): Form {
  const { firing } = series;
  return firing.kind === 'slope' && firing.perSecond > 0
    ? { ...firing, start: Math.max(firing.start ?? 0, 1) }
    : firing;
}
