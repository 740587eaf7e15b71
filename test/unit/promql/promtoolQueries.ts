import { testRules } from '../../../src/monitoring/promtool.js';
import { parseQuery } from '../../../src/promql/parse.js';
import { type Series, STALE } from '../../../src/promql/seriesStore.js';
import { type PromtoolAnswer, readPromtoolSamples } from './promtoolSamples.js';

/** A series in promtool's notation. */
export interface NotedSeries {
  series: string;
  values: string;
}

export interface PromtoolInput {
  series: readonly NotedSeries[];
  /** Seconds between two values. */
  scrape: number;
  /** Seconds between two evaluations. */
  evaluation: number;
  rules?: unknown;
  queries: readonly { expr: string; minutes: number }[];
}

/** What the real promtool answers to each query, in their order. */
export async function askPromtool(input: PromtoolInput): Promise<PromtoolAnswer[]> {
  const tool = process.env.PROMTOOL;
  if (tool === undefined) throw new Error('promtool is missing');
  const end = Math.max(...input.queries.map(({ minutes }) => minutes));
  // Without a last query that is known to give something, no output could mean that nothing was read.
  const queries = [...input.queries, { expr: 'vector(42)', minutes: end }];
  const test = {
    rule_files: input.rules === undefined ? [] : ['rules.yaml'],
    evaluation_interval: `${input.evaluation}s`,
    tests: [
      {
        interval: `${input.scrape}s`,
        input_series: input.series,
        promql_expr_test: queries.map(({ expr, minutes }) => ({ expr, eval_time: `${minutes}m`, exp_samples: [] })),
      },
    ],
  };
  const files = { 'test.yaml': JSON.stringify(test), 'rules.yaml': JSON.stringify(input.rules ?? {}) };
  const run = await testRules({ tool, files, testFile: 'test.yaml' });
  const answers = readPromtoolSamples(run.stdout + run.stderr);
  const answerTo = ({ expr, minutes }: { expr: string; minutes: number }) =>
    answers.get(`${minutes === 0 ? '0s' : `${minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`}`} ${expr}`);
  if (answerTo({ expr: 'vector(42)', minutes: end }) === undefined) throw new Error(run.stdout + run.stderr);
  // promtool says nothing of a test that gave no samples, as none are expected.
  return input.queries.map((query) => answerTo(query) ?? { samples: [] });
}

/** Expands promtool's notation: values, `_` for a gap, `stale`, and `2x3` for 2 four times over. */
export function expandSeries({ series, values }: NotedSeries, scrape: number): Series {
  const query = parseQuery(series);
  if (query.kind !== 'vector') throw new Error(series);
  const times: number[] = [];
  const found: (number | typeof STALE)[] = [];
  let index = 0;
  for (const token of values.split(' ')) {
    const [value = '', repeats = '0'] = token.split('x');
    for (let count = 0; count <= Number(repeats); count++, index++) {
      if (value === '_') continue;
      times.push(index * scrape);
      found.push(value === 'stale' ? STALE : Number(value.replace('Inf', 'Infinity')));
    }
  }
  const labels = Object.fromEntries(query.matchers.map(({ label, value }) => [label, value]));
  return { labels: { __name__: query.metric ?? '', ...labels }, times, values: found };
}
