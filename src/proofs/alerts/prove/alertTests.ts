import { formatDuration } from '../../../promql/duration.js';
import type { World } from '../world.js';
import { InputMaker } from './inputs.js';
import { marked, type Observation, type ObservedSample } from './promtoolOutput.js';
import type { ExpressionTest, TestGroup } from './testFile.js';
import type { Timeline } from './timeline.js';

/** What the tests of one rule are made from. */
export interface TestPlan {
  alert: string;
  /** Labels that tell the rule's alerts from those of others of the same name. */
  ownLabels: Readonly<Record<string, string>>;
  /** Seconds. */
  for: number;
  keepFiringFor: number;
  world: World;
  /** The world with fewer decoys and at last without any, for when promtool minds them. */
  plainer: readonly World[];
  timeline: Timeline;
  /** Whether our own evaluator sees it fire for one event of a series that exists, and not for one that a series is born with. */
  missesFirstEvent: boolean;
  /** Each selector of the query and of what it depends on, as an instant selector. */
  selectors: readonly string[];
}

/** Scrapes lie at these parts of a scrape interval in the tests off the grid. */
export const OFF_GRID_PARTS = 3;
const OFF_GRID = [1, 2] as const;

/** Evaluations of a life that are asked about one by one; of longer ones only where each state begins and ends. */
const MOST_INSTANTS = 240;

/** What promtool said to the {@link questions}. */
export interface Answers {
  /** ALERTS of the rule at an evaluation of the life test. */
  alertsAt(time: number): readonly ObservedSample[];
  moments: LifeMoments | undefined;
  /** An alert that comes, goes and comes again, of which it isn't known when. */
  flaps: boolean;
  alerts: Observation['alerts'];
  errors: readonly string[];
  /** Whether there was an alert of any state before the windows were full. */
  warmsUpLoudly: boolean;
  /** Alerts of any state while everything is healthy. */
  healthyAlerts: number;
  /** Series that each selector of the plan matches in the silent test. */
  presence: readonly number[];
  /** And while the alert fires. */
  livePresence: readonly number[];
  /** ALERTS at the end of the silent test, after the carriers vanished. */
  vanished: readonly ObservedSample[];
  /** Whether it fired after the healthy carriers vanished. */
  firesWhenVanished: boolean;
  born: readonly ObservedSample[];
  bornFires: boolean;
  /** ALERTS after the bad carriers vanished. */
  died: readonly ObservedSample[];
  offGrid: readonly { part: number; samples: readonly ObservedSample[]; early: boolean }[];
  /** Whether a single event makes it fire; set when {@link TestPlan.missesFirstEvent}. */
  firstEvent?: { before: boolean; born: boolean };
}

/**
 * Test groups that ask promtool what happens: they expect nothing, so the output of the failed file is the
 * answer. Birth, death and scrapes between evaluations are asked of the main world only.
 */
export function questions(plan: TestPlan, isMain: boolean): TestGroup[] {
  const { world, timeline } = plan;
  const make = new InputMaker(world, timeline);
  const { warm, onset, turn, end, evaluation, healthyUntil, healthyEnd, vanish, birthEnd } = timeline;
  const all = alertsOf(plan);
  const pending = alertsOf(plan, 'pending');
  const firing = alertsOf(plan, 'firing');
  const when = (which: 'min' | 'max', selector: string, at: number) =>
    `${which}_over_time(timestamp(${selector})[${formatDuration(at)}:${formatDuration(evaluation)}])`;
  const ask = (mark: string, expr: string, at: number): ExpressionTest => ({
    expr: marked(expr, mark),
    at,
    samples: [],
  });
  const groups: TestGroup[] = [
    {
      ...NAMELESS,
      input: make.life(),
      alertTests: [{ alert: plan.alert, at: turn, alerts: [] }],
      expressionTests: [
        ask('pending from', when('min', pending, end - warm), end),
        ask('pending to', when('max', pending, end - warm), end),
        ask('pending count', over(pending, end - warm), end),
        ask('firing from', when('min', firing, end - warm), end),
        ask('firing to', when('max', firing, end - warm), end),
        ask('firing count', over(firing, end - warm), end),
        ...instantsOf(timeline).map((at) => ask(`at ${at}`, all, at)),
        ...plan.selectors.map((selector, index) => ask(`live ${index}`, `count(${selector})`, turn)),
      ],
    },
    {
      ...NAMELESS,
      input: make.silent(),
      expressionTests: [
        ask('warming alerts', over(all, warm), warm),
        ask('healthy alerts', over(all, healthyUntil - warm), healthyUntil),
        ask('vanished', all, healthyEnd),
        ask('vanished fires', over(firing, healthyEnd - healthyUntil), healthyEnd),
        ...plan.selectors.map((selector, index) => ask(`presence ${index}`, `count(${selector})`, healthyUntil)),
      ],
    },
  ];
  if (!isMain) return groups;
  groups.push(
    {
      ...NAMELESS,
      input: make.birth(),
      expressionTests: [
        ask('born', all, vanish),
        ask('born fires', over(firing, vanish - onset), vanish),
        ask('died', all, birthEnd),
      ],
    },
    ...OFF_GRID.map((part) => ({
      ...NAMELESS,
      input: make.offGrid(part, OFF_GRID_PARTS),
      expressionTests: [ask(`off grid ${part}`, all, turn), ask(`early ${part}`, over(all, onset - warm), onset)],
    })),
  );
  if (plan.missesFirstEvent) {
    for (const which of ['before', 'born'] as const) {
      groups.push({
        ...NAMELESS,
        input: make.firstEvent(which),
        expressionTests: [ask(`event ${which}`, over(firing, turn - onset), turn)],
      });
    }
  }
  return groups;
}

function instantsOf({ onset, end, evaluation }: Timeline): number[] {
  const count = Math.round((end - onset) / evaluation) + 2;
  if (count > MOST_INSTANTS) return [];
  return Array.from({ length: count }, (_, index) => onset + (index - 1) * evaluation);
}

const NAMELESS = { name: '', comment: [], alertTests: [], expressionTests: [] };

/** Reads the answers to {@link questions}. */
export function readAnswers(plan: TestPlan, observation: Observation): Answers {
  const samplesOf = (mark: string) => observation.samples.get(mark) ?? [];
  const spans = spansOf(samplesOf);
  const { timeline } = plan;
  const instants = instantsOf(timeline);
  const steady = spans.every(({ pending, firing }) => [pending, firing].every((span) => isSteady(span, timeline)));
  const answers: Answers = {
    alertsAt: (time) => (instants.includes(time) ? samplesOf(`at ${time}`) : alertsIn(spans, time)),
    moments: momentsOf(spans),
    flaps: !steady && instants.length === 0,
    alerts: observation.alerts,
    errors: observation.errors,
    warmsUpLoudly: samplesOf('warming alerts').length > 0,
    healthyAlerts: samplesOf('healthy alerts').length,
    presence: plan.selectors.map((_, index) => samplesOf(`presence ${index}`)[0]?.value ?? 0),
    livePresence: plan.selectors.map((_, index) => samplesOf(`live ${index}`)[0]?.value ?? 0),
    vanished: samplesOf('vanished'),
    firesWhenVanished: samplesOf('vanished fires').length > 0,
    born: samplesOf('born'),
    bornFires: samplesOf('born fires').length > 0,
    died: samplesOf('died'),
    offGrid: OFF_GRID.map((part) => ({
      part,
      samples: samplesOf(`off grid ${part}`),
      early: samplesOf(`early ${part}`).length > 0,
    })),
  };
  if (plan.missesFirstEvent) {
    answers.firstEvent = { before: samplesOf('event before').length > 0, born: samplesOf('event born').length > 0 };
  }
  return answers;
}

/** From when to when an alert with one label set was in a state, and at how many evaluations. */
interface Span {
  from: number;
  to: number;
  count: number;
}

interface AlertSpan {
  /** Without `__name__` and `alertstate`. */
  labels: Readonly<Record<string, string>>;
  pending: Span | undefined;
  firing: Span | undefined;
}

function spansOf(samplesOf: (mark: string) => readonly ObservedSample[]): AlertSpan[] {
  const spans = new Map<string, AlertSpan>();
  for (const state of ['pending', 'firing'] as const) {
    const value = (mark: string, key: string) =>
      samplesOf(`${state} ${mark}`).find(({ labels }) => keyOf(labels) === key)?.value ?? Number.NaN;
    for (const { labels, value: from } of samplesOf(`${state} from`)) {
      const key = keyOf(labels);
      const { alertstate: _, ...others } = labels;
      const span = spans.get(key) ?? { labels: others, pending: undefined, firing: undefined };
      span[state] = { from, to: value('to', key), count: value('count', key) };
      spans.set(key, span);
    }
  }
  return [...spans.values()];
}

function isSteady(span: Span | undefined, { evaluation }: Timeline): boolean {
  return span === undefined || span.count === Math.round((span.to - span.from) / evaluation) + 1;
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  const { __name__: _, alertstate: __, ...others } = labels;
  return JSON.stringify(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** First moment of each state over all label sets, and the last one of firing. */
export interface LifeMoments {
  activeFrom: number;
  firingFrom: number;
  firingTo: number;
  /** The last moment at which it was pending or firing. */
  activeTo: number;
}

function momentsOf(spans: readonly AlertSpan[]): LifeMoments | undefined {
  const firing = spans.flatMap((span) => span.firing ?? []);
  if (firing.length === 0) return undefined;
  const active = spans.flatMap((span) => [span.pending?.from ?? [], span.firing?.from ?? []].flat());
  return {
    activeFrom: Math.min(...active),
    firingFrom: Math.min(...firing.map(({ from }) => from)),
    firingTo: Math.max(...firing.map(({ to }) => to)),
    activeTo: Math.max(...spans.flatMap((span) => [span.pending?.to ?? [], span.firing?.to ?? []].flat())),
  };
}

function alertsIn(spans: readonly AlertSpan[], time: number): ObservedSample[] {
  return spans.flatMap(({ labels, pending, firing }): ObservedSample[] => {
    const state = within(firing, time) ? 'firing' : within(pending, time) ? 'pending' : undefined;
    return state === undefined ? [] : [{ labels: { __name__: 'ALERTS', ...labels, alertstate: state }, value: 1 }];
  });
}

function within(span: Span | undefined, time: number): boolean {
  return span !== undefined && span.from <= time && time <= span.to;
}

/** The complete tests, from what promtool said that it gets. */
export interface CompleteTests {
  life: TestGroup;
  silent: TestGroup;
  /** Birth and death, and off the grid; of the main world only. */
  more: readonly TestGroup[];
}

export function completeTests(plan: TestPlan, answers: Answers, moments: LifeMoments, isMain: boolean): CompleteTests {
  const { world, timeline } = plan;
  const make = new InputMaker(world, timeline);
  const { onset, turn } = timeline;
  const span = formatDuration;
  return {
    life: {
      name: nameOf(plan, moments),
      comment: [
        `The values turn bad at ${span(onset)} and are healthy again after ${span(turn)}.`,
        ...thresholdLine(world),
      ],
      input: make.life(),
      ...lifeExpectations(plan, answers, moments),
    },
    silent: {
      name: `${plan.alert} stays silent on healthy values`,
      comment: [
        'The same series with values on the healthy side of the threshold, and every selector reads some of them.',
      ],
      input: make.silent(),
      ...silentExpectations(plan, answers),
    },
    more: isMain ? moreTests(plan, answers) : [],
  };
}

/** What a test expects, whatever its input. */
export type Expectations = Pick<TestGroup, 'alertTests' | 'expressionTests'>;

/** What is expected of a life: silent, pending, firing, silent again. */
export function lifeExpectations(plan: TestPlan, answers: Answers, moments: LifeMoments): Expectations {
  return {
    alertTests: [
      {
        alert: plan.alert,
        at: plan.timeline.turn,
        alerts: answers.alerts,
        comment: 'firing, with these labels and annotations',
      },
    ],
    expressionTests: lifeExpressions(plan, answers, moments),
  };
}

/** What is expected on healthy values: that they are read, that nothing comes of them, and nothing of their end. */
export function silentExpectations(plan: TestPlan, answers: Answers): Expectations {
  const { healthyUntil, healthyEnd } = plan.timeline;
  const all = alertsOf(plan);
  return {
    alertTests: [],
    expressionTests: [
      ...plan.selectors.flatMap((selector, index) => {
        const count = answers.presence[index] ?? 0;
        return count === 0
          ? []
          : [{ expr: `count(${selector})`, at: healthyUntil, samples: [{ labels: {}, value: count }] }];
      }),
      {
        expr: over(all, healthyUntil - quietFrom(plan, answers)),
        at: healthyUntil,
        samples: [],
        comment: 'neither pending nor firing at any evaluation',
      },
      answers.firesWhenVanished
        ? { expr: all, at: healthyEnd, samples: answers.vanished, comment: 'fires when the series vanish' }
        : {
            expr: over(alertsOf(plan, 'firing'), healthyEnd - healthyUntil),
            at: healthyEnd,
            samples: [],
            comment: 'and silent when the series vanish',
          },
    ],
  };
}

function moreTests(plan: TestPlan, answers: Answers): TestGroup[] {
  const make = new InputMaker(plan.world, plan.timeline);
  const { warm, onset, vanish, birthEnd, turn } = plan.timeline;
  const all = alertsOf(plan);
  const span = formatDuration;
  return [
    {
      name: `${plan.alert} with series that are bad when they first appear, and that vanish`,
      comment: [`They appear at ${span(onset)} and vanish after ${span(vanish)}.`],
      input: make.birth(),
      alertTests: [],
      expressionTests: [
        {
          expr: all,
          at: vanish,
          samples: answers.born,
          comment:
            answers.born.length > 0
              ? 'it notices a series that is born bad'
              : 'it does not notice a series that is born bad',
        },
        {
          expr: all,
          at: birthEnd,
          samples: answers.died,
          comment:
            answers.died.length > 0 ? 'still there after the series vanished' : 'it resolves when the series vanish',
        },
      ],
    },
    ...answers.offGrid
      .filter(({ samples, early }) => samples.length > 0 && !early)
      .map(({ part, samples }) => ({
        name: `${plan.alert} holds off the grid, scrapes ${part}/${OFF_GRID_PARTS} of an interval later`,
        comment: ['In production scrapes lie between evaluations, not on them as above.'],
        input: make.offGrid(part, OFF_GRID_PARTS),
        alertTests: [],
        expressionTests: [
          // Not from the very start: the first evaluation comes before the first scrape.
          { expr: over(all, onset - warm), at: onset, samples: [], comment: 'silent until the values turn bad' },
          { expr: all, at: turn, samples, comment: 'and then there' },
        ],
      })),
  ];
}

function nameOf(plan: TestPlan, moments: LifeMoments): string {
  const waited = moments.firingFrom - plan.timeline.onset;
  const after = waited === 0 ? 'at' : `${formatDuration(waited)} after`;
  const waits = plan.for > 0 ? `, having waited ${formatDuration(plan.for)}` : '';
  const recovers = moments.firingTo < plan.timeline.end ? ', and recovers' : '';
  return `${plan.alert} fires ${after} the onset${waits}${recovers}`;
}

function thresholdLine(world: World): string[] {
  const { threshold } = world;
  if (threshold === undefined) return [];
  const { expression, operator, value, firing, healthy } = threshold;
  const text = expression.replace(/\s+/g, ' ').slice(0, 200);
  return [`${text} ${operator} ${short(value)}: ${short(firing)} is bad, ${short(healthy)} is healthy.`];
}

function lifeExpressions(plan: TestPlan, answers: Answers, moments: LifeMoments): ExpressionTest[] {
  const { evaluation, end } = plan.timeline;
  const { activeFrom, firingFrom, firingTo, activeTo } = moments;
  const all = alertsOf(plan);
  const at = answers.alertsAt;
  const tests: ExpressionTest[] = [];
  const before = activeFrom - evaluation;
  if (before > 0)
    tests.push({
      expr: over(all, before - quietFrom(plan, answers)),
      at: before,
      samples: [],
      comment: 'silent until the values turn bad',
    });
  if (activeFrom < firingFrom) {
    tests.push({ expr: all, at: activeFrom, samples: at(activeFrom), comment: 'pending from the first evaluation on' });
    const last = firingFrom - evaluation;
    if (last > activeFrom)
      tests.push({ expr: all, at: last, samples: at(last), comment: 'still pending just before the wait is over' });
    tests.push({
      expr: over(alertsOf(plan, 'firing'), last - quietFrom(plan, answers)),
      at: last,
      samples: [],
      comment: 'and not firing before',
    });
  }
  tests.push({ expr: all, at: firingFrom, samples: at(firingFrom), comment: 'firing right after' });
  if (activeTo >= end) {
    tests.push({ expr: all, at: end, samples: at(end), comment: 'it goes on firing' });
    return tests;
  }
  if (firingTo > firingFrom)
    tests.push({ expr: all, at: firingTo, samples: at(firingTo), comment: 'firing for the last time' });
  const next = activeTo + evaluation;
  tests.push(
    next < end
      ? { expr: over(all, end - next), at: end, samples: [], comment: 'recovered, and silent from then on' }
      : { expr: all, at: end, samples: [], comment: 'recovered' },
  );
  return tests;
}

/** The alerts of the rule, by what tells them from others of the same name. */
function alertsOf(plan: TestPlan, state?: 'pending' | 'firing'): string {
  const labels = { alertname: plan.alert, ...plan.ownLabels, ...(state === undefined ? {} : { alertstate: state }) };
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `ALERTS{${matchers.join(', ')}}`;
}

/** From when on the tests demand silence: as a rule from the start. */
function quietFrom({ timeline }: TestPlan, { warmsUpLoudly }: Answers): number {
  return warmsUpLoudly ? timeline.warm : 0;
}

function over(selector: string, seconds: number): string {
  return `count_over_time(${selector}[${formatDuration(Math.max(seconds, 1))}])`;
}

/** A number for reading: six significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
