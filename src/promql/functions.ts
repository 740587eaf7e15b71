import type { ValueType } from './ast.js';

/** What a function takes and gives, and which versions of Prometheus know it. */
export interface FunctionSignature {
  args: readonly ValueType[];
  /** How many further arguments, of the last type, may follow or (when positive) how many of the last may be missing: 0 none, -1 any number. As in Prometheus' own table. */
  variadic: number;
  returns: ValueType;
  /** First version that knows it; unset: 2.42 or earlier. */
  since?: string;
  /** First version that no longer knows it. */
  removed?: string;
  /** Only with the feature flag `promql-experimental-functions`. */
  experimental?: boolean;
}

function signature(
  args: readonly ValueType[],
  returns: ValueType = 'vector',
  more: Partial<FunctionSignature> = {},
): FunctionSignature {
  return { args, variadic: 0, returns, ...more };
}

const OF_VECTOR = signature(['vector']);
const OF_MATRIX = signature(['matrix']);
const OF_CALENDAR = signature(['vector'], 'vector', { variadic: 1 });
const OF_NOTHING = signature([], 'scalar');

function named(names: string, as: FunctionSignature): [string, FunctionSignature][] {
  return names.split(' ').map((name) => [name, as]);
}

/** Every function of the language. Source: `promql/parser/functions.go` of Prometheus 2.42 to 3.14. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map([
  ...named('abs absent ceil exp floor ln log2 log10 sgn sort sort_desc sqrt timestamp deg rad', OF_VECTOR),
  ...named('sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh', OF_VECTOR),
  ...named('histogram_count histogram_sum', OF_VECTOR),
  ...named('rate irate increase delta idelta deriv changes resets', OF_MATRIX),
  ...named('avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time', OF_MATRIX),
  ...named('stddev_over_time stdvar_over_time present_over_time absent_over_time', OF_MATRIX),
  ...named('days_in_month day_of_month day_of_week day_of_year hour minute month year', OF_CALENDAR),
  ...named('time pi', OF_NOTHING),
  ['scalar', signature(['vector'], 'scalar')],
  ['vector', signature(['scalar'])],
  ['clamp', signature(['vector', 'scalar', 'scalar'])],
  ['clamp_min', signature(['vector', 'scalar'])],
  ['clamp_max', signature(['vector', 'scalar'])],
  ['round', signature(['vector', 'scalar'], 'vector', { variadic: 1 })],
  ['predict_linear', signature(['matrix', 'scalar'])],
  ['quantile_over_time', signature(['scalar', 'matrix'])],
  ['histogram_quantile', signature(['scalar', 'vector'])],
  ['histogram_fraction', signature(['scalar', 'scalar', 'vector'])],
  ['holt_winters', signature(['matrix', 'scalar', 'scalar'], 'vector', { removed: '3.0' })],
  ['label_replace', signature(['vector', 'string', 'string', 'string', 'string'])],
  ['label_join', signature(['vector', 'string', 'string', 'string'], 'vector', { variadic: -1 })],
  ...named('histogram_stddev histogram_stdvar', signature(['vector'], 'vector', { since: '2.47' })),
  ['mad_over_time', signature(['matrix'], 'vector', { since: '2.49', experimental: true })],
  ...named(
    'sort_by_label sort_by_label_desc',
    signature(['vector', 'string'], 'vector', { variadic: -1, since: '2.49', experimental: true }),
  ),
  ['histogram_avg', signature(['vector'], 'vector', { since: '2.51' })],
  ['info', signature(['vector', 'vector'], 'vector', { variadic: 1, since: '2.55', experimental: true })],
  [
    'double_exponential_smoothing',
    signature(['matrix', 'scalar', 'scalar'], 'vector', { since: '3.0', experimental: true }),
  ],
  ...named(
    'ts_of_max_over_time ts_of_min_over_time ts_of_last_over_time',
    signature(['matrix'], 'vector', { since: '3.5', experimental: true }),
  ),
  ['first_over_time', signature(['matrix'], 'vector', { since: '3.7' })],
  ['ts_of_first_over_time', signature(['matrix'], 'vector', { since: '3.7', experimental: true })],
  [
    'histogram_quantiles',
    signature(['vector', 'string', 'scalar', 'scalar'], 'vector', { variadic: 9, since: '3.11', experimental: true }),
  ],
  ...named('start end range step', signature([], 'scalar', { since: '3.12', experimental: true })),
  ...named('max_of min_of', signature(['scalar', 'scalar'], 'scalar', { since: '3.13', experimental: true })),
  ['start_timestamp', signature(['vector'], 'vector', { since: '3.14', experimental: true })],
]);
