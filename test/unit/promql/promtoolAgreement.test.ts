import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EvaluationError, QueryError, UnsupportedQuery } from '../../../src/promql/errors.js';
import { evaluateVector } from '../../../src/promql/evaluate.js';
import { evaluateRules } from '../../../src/promql/evaluateRules.js';
import { type Labels, labelKey } from '../../../src/promql/labels.js';
import { parseQuery } from '../../../src/promql/parse.js';
import { SeriesStore } from '../../../src/promql/seriesStore.js';
import type { Sample } from '../../../src/promql/value.js';
import { askPromtool, expandSeries } from './promtoolQueries.js';
import type { PromtoolAnswer } from './promtoolSamples.js';
import { randomQuery, SERIES } from './randomQuery.js';

const SCRAPE = 15;
const EVALUATION = 60;
const END_MINUTES = 26;
const SEED = 20_230_131;

/** Undefined: refused as not supported. */
function ours(query: string, store: SeriesStore, at: number): PromtoolAnswer | undefined {
  try {
    const samples = evaluateVector(parseQuery(query), store, at, { interval: EVALUATION });
    return { samples: samples.map(({ labels, value }) => ({ labels: { ...labels }, value })) };
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof QueryError) return { error: error.message };
    if (error instanceof UnsupportedQuery) return undefined;
    throw error;
  }
}

function sameNumber(left: number, right: number): boolean {
  if (Object.is(left, right) || left === right) return true;
  return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right), 1e-3);
}

function agree(left: PromtoolAnswer, right: PromtoolAnswer | undefined): boolean {
  if (right === undefined) return true;
  if ('error' in left || 'error' in right) return 'error' in left && 'error' in right;
  const byKey = (samples: readonly Sample[]) => new Map(samples.map(({ labels, value }) => [labelKey(labels), value]));
  const first = byKey(left.samples);
  const second = byKey(right.samples);
  return (
    left.samples.length === right.samples.length &&
    [...first].every(([key, value]) => {
      const other = second.get(key);
      return other !== undefined && sameNumber(value, other);
    })
  );
}

test('random queries of everything that is evaluated give what promtool gives', async () => {
  const arbitrary = fc.record({ expr: randomQuery, minutes: fc.integer({ min: 0, max: END_MINUTES }) });
  const queries = fc.sample(arbitrary, { seed: SEED, numRuns: 800 });
  // The last one has all samples loaded, also those that a negative offset looks ahead to.
  const asked = [...queries, { expr: 'up', minutes: END_MINUTES }];
  const answers = await askPromtool({ series: SERIES, scrape: SCRAPE, evaluation: EVALUATION, queries: asked });
  const store = new SeriesStore(SERIES.map((series) => expandSeries(series, SCRAPE)));
  let unsupported = 0;
  const differences = asked.flatMap(({ expr, minutes }, index) => {
    const theirs = answers[index] ?? { samples: [] };
    const own = ours(expr, store, minutes * 60);
    if (own === undefined) unsupported += 1;
    return agree(theirs, own) ? [] : [{ expr, minutes, theirs, own }];
  });
  expect(differences).toEqual([]);
  // Most random queries must give something, or the agreement would say little.
  const telling = answers.filter((answer) => 'samples' in answer && answer.samples.length > 0);
  expect(telling.length).toBeGreaterThan(asked.length / 3);
  expect(unsupported).toBeLessThan(asked.length / 100);
});

test('random regular expressions match and capture what they do in Go', async () => {
  const values = [
    ...['a', 'b', 'A', 'ab', 'ba', 'aab', 'abc', 'a-b', 'a.b', 'a1', '12', '500', '_x', 'é', 'É', 'a b', 'a\nb', '\\d'],
    ...['{2}', ']', '^', 'foo-0', 'foo-17', 'FOO', 'a\u000bb'],
  ];
  const piece = fc.letrec<Record<'atom' | 'whole', string>>((tie) => ({
    atom: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'foo', '.', '-', '1', ' ', 'é', '_', ']', '{2}', '{') },
      {
        weight: 3,
        arbitrary: fc.constantFrom('\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '\\.', '\\-', '\\x61', '\\pL'),
      },
      fc.constantFrom('[a-b]', '[^a]', '[^-a]', '[a-]', '[]a]', '[[:alpha:]]', '[\\d-]', '[\\w.]', '[^\\S]', '[a^]'),
      fc.constantFrom(
        '\\Qa.\\E',
        '\\p{Lu}',
        '[\\pN_]',
        '\\141',
        '\\x{e9}',
        '^',
        '$',
        '\\b',
        '\\A',
        '\\z',
        '(?i)',
        '(?s)',
      ),
      fc.constantFrom('\\1', '(?=a)', '\\q', '[b-a]', '*', '(', ')', 'a**', '\\Z', '(?P<n>a)', 'x{1001}', '[a', '(?U)'),
      tie('whole').map((inner) => `(${inner})`),
      tie('whole').map((inner) => `(?:${inner})`),
      tie('whole').map((inner) => `(?i:${inner})`),
    ),
    whole: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: tie('atom') },
      fc
        .tuple(tie('atom'), fc.constantFrom('*', '+', '?', '*?', '+?', '{2}', '{1,2}', '{0,}', '??'))
        .map((all) => all.join('')),
      fc.tuple(tie('whole'), tie('whole')).map((all) => all.join('')),
      fc.tuple(tie('whole'), tie('whole')).map((all) => all.join('|')),
    ),
  }));
  const series = values.map((value) => ({ series: `r{v=${JSON.stringify(value)}}`, values: '1' }));
  const patterns = fc.sample(piece.whole, { seed: SEED, numRuns: 500 });
  const queries = patterns.flatMap((pattern) => [
    { expr: `r{v=~${JSON.stringify(pattern)}}`, minutes: 0 },
    { expr: `label_replace(r, "out", "<$1|$2>", "v", ${JSON.stringify(pattern)})`, minutes: 0 },
  ]);
  const answers = await askPromtool({ series, scrape: 60, evaluation: 60, queries });
  const store = new SeriesStore(series.map((one) => expandSeries(one, 60)));
  let unsupported = 0;
  const differences = queries.flatMap(({ expr }, index) => {
    const theirs = answers[index] ?? { samples: [] };
    const own = ours(expr, store, 0);
    if (own === undefined) unsupported += 1;
    return agree(theirs, own) ? [] : [{ expr, theirs, own }];
  });
  expect(differences).toEqual([]);
  expect(unsupported).toBeLessThan(queries.length / 20);
});

test('a chain of recording rules and an alert is pending and fires at the instants at which it does in promtool', async () => {
  const series = [
    { series: 'load{instance="a",job="x"}', values: '1 2 3 4 5 6 7 8 9 9 9 9 9 1 1 9 9 9 1 9 9 9 9 9 9 1 1 1 1 1' },
    { series: 'load{instance="b",job="x"}', values: '9 9 9 9 9 9 _ _ _ stale _ _ _ 9 9 9 9 9 9 9 1 9 9 9 9 9 stale' },
    { series: 'load{instance="c",job="x"}', values: '_ _ _ 9 9 9 9 9 9 9 9 9 stale' },
  ];
  const recordings = [
    { record: 'job:load:max', expr: 'max by (job, instance) (load) > 2', labels: { level: 'job', job: '' } },
    { record: 'job:load:avg2m', expr: 'avg_over_time(job:load:max[2m])', labels: {} },
    { record: 'all:load', expr: 'scalar(count(job:load:avg2m))', labels: {} },
  ];
  const alert = { alert: 'Busy', expr: 'job:load:avg2m > 7 and on () all:load >= 1', for: 3, keepFiringFor: 2 };
  const labels = { severity: 'page', level: 'alert' };
  const rules = {
    groups: [
      {
        name: 'chain',
        rules: [
          ...recordings,
          {
            alert: alert.alert,
            expr: alert.expr,
            labels,
            for: `${alert.for}m`,
            keep_firing_for: `${alert.keepFiringFor}m`,
          },
        ],
      },
    ],
  };
  const minutes = Array.from({ length: 40 }, (_, index) => index);
  const states = ['pending', 'firing'] as const;
  const queries = minutes.flatMap((minute) => [
    ...states.map((state) => ({ expr: `ALERTS{alertstate="${state}"}`, minutes: minute })),
    ...recordings.map(({ record }) => ({ expr: record, minutes: minute })),
  ]);
  const answers = await askPromtool({ series, scrape: 60, evaluation: 60, rules, queries });
  const evaluated = evaluateRules(
    {
      recordings: recordings.map((rule) => ({ ...rule, query: parseQuery(rule.expr) })),
      alert: {
        ...alert,
        query: parseQuery(alert.expr),
        for: alert.for * 60,
        keepFiringFor: alert.keepFiringFor * 60,
        labels,
      },
    },
    new SeriesStore(series.map((one) => expandSeries(one, 60))),
    { interval: 60, from: 0, to: 39 * 60 },
  );
  const named = (labelSets: readonly Labels[]) => labelSets.map((set) => labelKey({ ...set })).sort();
  const theirs = minutes.map((minute) =>
    states.map((state) => {
      const index = queries.findIndex((query) => query.minutes === minute && query.expr.includes(`"${state}"`));
      const answer = answers[index];
      if (answer === undefined || 'error' in answer) throw new Error(`no answer at ${minute} min`);
      return named(answer.samples.map(({ labels: { __name__: _, alertstate: __, ...rest } }) => rest));
    }),
  );
  expect(evaluated.map(({ pending, firing }) => [named(pending), named(firing)])).toEqual(theirs);
  expect(theirs.some(([, firing]) => firing?.length === 2)).toBe(true);
});
