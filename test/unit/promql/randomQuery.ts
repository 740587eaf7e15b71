import fc from 'fast-check';

/** Input series in promtool's notation, one sample every 15 s; `stale` and gaps included. */
export const SERIES: readonly { series: string; values: string }[] = [
  counter('requests_total{job="api",instance="a",code="200"}', 3, 0.25),
  counter('requests_total{job="api",instance="a",code="500"}', 1, 0.5, 17),
  counter('requests_total{job="api",instance="b",code="200"}', 5, 0.125, 23),
  counter('requests_total{job="api",instance="b",code="500"}', 0.5, 0),
  counter('requests_total{job="web",instance="c",code="200"}', 7, 10, 9),
  counter('errors_total{job="api",instance="a"}', 0.75, 1),
  counter('errors_total{job="api",instance="b"}', 2, 0, 31),
  counter('errors_total{job="web",instance="c"}', 0.25, 3),
  gauge('temperature{job="api",instance="a"}', 20.5, 1.25),
  gauge('temperature{job="api",instance="b"}', -3.125, 0.5),
  gauge('temperature{job="web",instance="c"}', 0.25, -0.75),
  gauge('temperature{job="web",instance="d",zone="x-1"}', 7.75, 0.0625),
  { series: 'odd{instance="a"}', values: '1 NaN 2 -Inf 3 Inf 4 NaN 0 -0 5 1e300 2 _ _ 6 7 stale _ _ 8 9x20' },
  { series: 'odd{instance="b"}', values: '_ _ _ 4 3 2 1 stale _ _ _ _ _ _ 2 2 2 2 2 2 2 2 3 3 3 3 2x40' },
  { series: 'odd{instance="c"}', values: '5x8 stale' },
  { series: 'up{job="api",instance="a"}', values: '1x100' },
  { series: 'up{job="api",instance="b"}', values: '1x20 0x20 1x60' },
  { series: 'up{job="web",instance="c"}', values: '0x100' },
  { series: 'build_info{instance="a",version="1.2.3",job="api"}', values: '1x100' },
  { series: 'build_info{instance="b",version="1.10",job="api"}', values: '1x100' },
  { series: 'build_info{instance="c",version="2.0-rc",job="web"}', values: '1x100' },
  ...['0.1', '0.5', '1', '2.5', '+Inf'].flatMap((le, index) => [
    counter(`latency_bucket{job="api",le="${le}"}`, index + 1, index),
    counter(`latency_bucket{job="web",le="${le}"}`, (index + 1) * 0.5, 0, 40),
  ]),
];

function counter(series: string, step: number, start: number, reset?: number) {
  const values: string[] = [];
  let value = start;
  for (let index = 0; index < 100; index++) {
    if (index === reset) value = step / 4;
    values.push(index % 37 === 36 ? '_' : String(value));
    value += step * (index % 3);
  }
  return { series, values: values.join(' ') };
}

function gauge(series: string, start: number, step: number) {
  const values: string[] = [];
  for (let index = 0; index < 100; index++) {
    values.push(index % 29 === 28 ? '_' : String(start + step * ((index * 7) % 13) + index / 64));
  }
  return { series, values: values.join(' ') };
}

const METRICS = [
  'requests_total',
  'errors_total',
  'temperature',
  'odd',
  'up',
  'build_info',
  'latency_bucket',
  'nothing',
];
const LABELS = ['job', 'instance', 'code', 'version', 'le', 'zone'];
const COMPARISON = ['==', '!=', '>', '<', '>=', '<='];
const ARITHMETIC = ['+', '-', '*', '/'];
/** Small errors in their arguments make large ones in the result, so their arguments are exact. */
const DELICATE = ['%', '^', 'atan2'];
const TRIGONOMETRY = 'sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh'.split(' ');

const of = (...texts: string[]) => fc.constantFrom(...texts);
/** Joins texts and arbitraries of texts. */
function text(strings: TemplateStringsArray, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc
    .tuple(...parts)
    .map((values) => strings.reduce((all, piece, index) => all + piece + (values[index] ?? ''), ''));
}
const labelList = fc.subarray(LABELS, { maxLength: 3 }).map((labels) => labels.join(', '));
const range = of('15s', '30s', '31s', '1m', '2m30s', '5m', '7m', '1h');

const matcher = fc.oneof(
  of('job="api"', 'job!="api"', 'instance=~"a|b"', 'instance!~"a.*"', 'code=~"5.."', 'job=~"(?i)API"', 'zone=""'),
  of('zone!=""', 'instance=~"[^b-c]"', 'version=~"\\\\d+\\\\.\\\\d+.*"', 'job=~".+"', 'le="+Inf"', 'instance=~"^a$"'),
);
const matchers = fc.array(matcher, { maxLength: 2 }).map((all) => (all.length === 0 ? '' : `{${all.join(',')}}`));
const shift = fc.oneof(
  { weight: 6, arbitrary: of('') },
  of(' offset 1m', ' offset -2m', ' offset 100s', ' @ 600', ' @ 300.5 offset 30s', ' @ start()', ' @ end() offset 1m'),
);
const selector = fc.oneof(
  { weight: 6, arbitrary: text`${of(...METRICS)}${matchers}${shift}` },
  text`{__name__=~"up|odd|nothing",instance=~".+"}${shift}`,
);
const matrixSelector = text`${of(...METRICS)}${matchers}[${range}]${shift}`;
/** Their values at one moment are all different: which of equal ones ranks higher depends on Prometheus' order of series. */
const distinctSelector = of('temperature', 'temperature offset 1m', 'temperature{job="api"}', 'temperature * 2');

const number = of('0', '1', '2', '0.5', '-1.5', '3', '10', '1e3', 'Inf', '-Inf', 'NaN', '0.25');

const tied = fc.letrec<Record<'vector' | 'scalar' | 'matrix', string>>((tie) => {
  const vector = tie('vector');
  const scalar = tie('scalar');
  const matrix = tie('matrix');
  const onOrIgnoring = text`${of('on', 'ignoring')} (${labelList})`;
  return {
    scalar: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: number },
      of('time()', 'pi()'),
      text`scalar(${vector})`,
      text`(${scalar} ${of(...ARITHMETIC)} ${scalar})`,
      text`(${scalar} ${of(...COMPARISON)} bool ${scalar})`,
      text`-(${scalar})`,
    ),
    matrix: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: matrixSelector },
      text`${vector}[${of('2m', '5m', '10m')}:${of('', '30s', '45s', '1m', '2m')}]${shift}`.map((query) => {
        const end = query.lastIndexOf('[');
        return `(${query.slice(0, end)})${query.slice(end)}`;
      }),
    ),
    vector: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: selector },
      {
        weight: 4,
        arbitrary: text`${of(
          ...['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'changes', 'resets', 'avg_over_time'],
          ...['min_over_time', 'max_over_time', 'sum_over_time', 'count_over_time', 'last_over_time'],
          ...['stddev_over_time', 'stdvar_over_time', 'present_over_time', 'absent_over_time'],
        )}(${matrix})`,
      },
      text`quantile_over_time(${scalar}, ${matrix})`,
      text`predict_linear(${matrix}, ${of('60', '-30', '3600', 'time() / 10')})`,
      text`holt_winters(${matrix}, ${of('0.5', '0.25', '1.5')}, ${of('0.5', '0.75')})`,
      text`${of('abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'deg', 'rad')}(${vector})`,
      text`${of(...TRIGONOMETRY)}(${selector})`,
      { weight: 2, arbitrary: text`(${selector} ${of(...DELICATE)} ${fc.oneof(number, selector)})` },
      text`(${number} ${of(...DELICATE)} ${selector})`,
      text`${of('absent', 'timestamp', 'sort', 'sort_desc', 'round')}(${vector})`,
      text`${of('minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year')}(${fc.oneof(
        text`vector(${of('951782400', '1709210096.5', '-86401', '4107542400', 'time()')})`,
        of(''),
        text`temperature{instance="a"} * ${of('1e5', '1e8')}`,
      )})`,
      text`vector(${scalar})`,
      text`clamp(${vector}, ${scalar}, ${scalar})`,
      text`${of('clamp_min', 'clamp_max')}(${vector}, ${scalar})`,
      text`round(${vector}, ${of('0.5', '10', '0.1')})`,
      text`label_replace(${vector}, "${of('job', 'new', 'instance')}", "${of('x-$1', '$1', '$first', '${1}${2}', '$1x', '')}", "${of('instance', 'job', 'missing', 'version')}", "${of('(.*)', '(?P<first>[a-z])(.*)', 'a', '(.).*', '')}")`,
      text`label_join(${vector}, "${of('new', 'job')}", "${of('-', '')}", "job", "instance")`,
      text`histogram_quantile(${of('0.5', '0.9', '0', '1', '2', '-1', 'NaN')}, ${fc.oneof(
        of(
          'latency_bucket',
          'rate(latency_bucket[5m])',
          'sum by (le) (rate(latency_bucket[2m]))',
          'latency_bucket{le!="+Inf"}',
        ),
        of('sum by (le, job) (increase(latency_bucket[5m]))', 'latency_bucket{le=~"0.5|.Inf"}', 'latency_bucket > 1'),
        vector,
      )})`,
      {
        weight: 3,
        arbitrary: text`${of('sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar')}${fc.oneof(
          of(''),
          text` ${of('by', 'without')} (${labelList}) `,
        )}(${vector})`,
      },
      text`quantile by (${labelList}) (${scalar}, ${vector})`,
      text`count_values ${of('', 'by (job) ', 'without (instance) ')}("${of('value', 'job')}", ${fc.oneof(selector, text`round(${selector}, 0.5)`)})`,
      text`${of('topk', 'bottomk')} ${of('', 'by (job) ', 'without (instance) ')}(${of('1', '2', '3', '0', '100')}, ${distinctSelector})`,
      { weight: 2, arbitrary: text`(${vector} ${of(...ARITHMETIC)} ${scalar})` },
      text`(${scalar} ${of(...ARITHMETIC)} ${vector})`,
      { weight: 2, arbitrary: text`(${vector} ${of(...COMPARISON)} ${scalar})` },
      text`(${scalar} ${of(...COMPARISON)} ${vector})`,
      text`(${scalar} ${of(...COMPARISON)} bool ${vector})`,
      { weight: 3, arbitrary: text`(${vector} ${of(...ARITHMETIC, ...COMPARISON)} ${vector})` },
      text`(${vector} ${of(...ARITHMETIC)} ${onOrIgnoring} ${vector})`,
      text`(${vector} ${of(...COMPARISON)} bool ${onOrIgnoring} ${vector})`,
      text`(${vector} ${of('*', '+', '>', 'atan2')} on (instance) group_left ${of('', '()', '(version)', '(zone)')} ${of('build_info', 'up', 'temperature')})`,
      text`(${of('build_info', 'up', 'errors_total')} ${of('*', '<=', '> bool')} on (instance) group_right ${of('()', '(version)')} ${vector})`,
      text`(${vector} / ignoring (code) group_left errors_total)`,
      {
        weight: 3,
        arbitrary: text`(${vector} ${of('and', 'or', 'unless')} ${fc.oneof(of(''), onOrIgnoring)} ${vector})`,
      },
      text`-(${vector})`,
      text`${of('max_over_time', 'avg_over_time', 'count_over_time', 'rate')}((${vector})[${of('2m', '5m')}:${of('', '40s')}])`,
    ),
  };
});

/** Well-formed queries of everything that the evaluator covers, as texts. */
export const randomQuery: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: tied.vector },
  { weight: 1, arbitrary: tied.scalar },
);
