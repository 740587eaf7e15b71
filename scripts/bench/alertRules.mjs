/**
 * Rules for measuring the proof of alerts: every form that a query commonly has, several times with other
 * windows, thresholds and waits. The same rules at every call, so that figures of two days can be compared.
 */

/** Queries of alerts, from a metric's name, a window, a threshold and a comparison. */
const QUERIES = [
  ({ name, bound, compare }) => `${name}_size ${compare} ${bound}`,
  ({ name, window, bound }) => `rate(${name}_total{code=~"5.."}[${window}]) > ${bound / 100}`,
  ({ name, window, bound }) => `increase(${name}_errors_total[${window}]) > ${bound}`,
  ({ name, window }) =>
    `sum by (job) (rate(${name}_total{code=~"5.."}[${window}])) / sum by (job) (rate(${name}_total[${window}])) > 0.05`,
  ({ name, window, bound }) =>
    `histogram_quantile(0.99, sum by (job, le) (rate(${name}_seconds_bucket[${window}]))) > ${bound / 10}`,
  ({ name }) => `up{job="${name}"} == 0`,
  ({ name }) => `absent(up{job="${name}"})`,
  ({ name, compare }) => `${name}_used_bytes / ${name}_limit_bytes ${compare} 0.9`,
  ({ name, bound }) => `${name}_lag * on (instance) group_left (version) ${name}_info > ${bound}`,
  ({ name, bound }) => `${name}_backlog > ${bound} unless on (instance) ${name}_paused == 1`,
  ({ name, bound, window }) => `${name}_open > ${bound} and delta(${name}_open[${window}]) > 0`,
  ({ name, window, bound, compare }) => `avg_over_time(${name}_load[${window}]) ${compare} ${bound}`,
  ({ name, window, bound }) => `max_over_time(${name}_wait_seconds[${window}]) > ${bound}`,
  ({ name, window }) => `predict_linear(${name}_free_bytes[${window}], 4 * 3600) < 0`,
  ({ name, window, bound }) => `deriv(${name}_temperature[${window}]) > ${bound / 1000}`,
  ({ name, window }) => `changes(${name}_start_time_seconds[${window}]) > 3`,
  ({ name, bound }) => `time() - ${name}_last_success_timestamp_seconds > ${bound * 60}`,
  ({ name, bound }) => `count by (job) (${name}_failed == 1) > ${Math.ceil(bound / 10)}`,
  ({ name, bound }) => `max by (job) (${name}_depth) - min by (job) (${name}_depth) > ${bound}`,
  ({ name, window, bound }) => `max_over_time(rate(${name}_total[${window}])[30m:1m]) > ${bound}`,
  ({ name, bound }) => `${name}_rows / (${name}_rows offset 1h) > ${1 + bound / 100}`,
  ({ name, bound }) => `abs(${name}_skew_seconds) > ${bound / 10}`,
  ({ name, bound }) => `sum by (zone) (label_replace(${name}_items, "zone", "$1", "instance", "(.*):.*")) > ${bound}`,
  ({ name, bound, compare }) => `(${name}_a or ${name}_b) ${compare} ${bound}`,
  ({ name, bound }) => `${name}:rate5m > ${bound}`,
  ({ name, window }) =>
    `sum(rate(${name}_total{code="500"}[1h])) / sum(rate(${name}_total[1h])) > 0.01 and sum(rate(${name}_total{code="500"}[${window}])) / sum(rate(${name}_total[${window}])) > 0.01`,
  ({ name, bound }) => `${name}_auc < 0.${50 + (bound % 50)}`,
  ({ name, window, bound }) => `quantile_over_time(0.9, ${name}_score[${window}]) > ${bound}`,
  ({ name, bound }) => `stddev by (job) (${name}_weight) > ${bound}`,
  ({ name, bound }) => `topk(3, ${name}_connections) > ${bound}`,
];

const WINDOWS = ['5m', '10m', '15m', '30m', '1h'];
const WAITS = [undefined, '1m', '5m', '10m', '30m'];
const BOUNDS = [5, 20, 50, 80, 120];

/**
 * @param {number} variants of each form, at most five differ in all that can differ
 * @returns {{ path: string, text: string }[]} rule files, a form each
 */
export function generatedRuleFiles(variants = 4) {
  return QUERIES.map((query, form) => {
    const rules = [];
    for (let variant = 0; variant < variants; variant += 1) {
      const name = `bench${form}_${variant}`;
      const pick = (list, step) => list[(form * step + variant) % list.length];
      const wait = pick(WAITS, 3);
      const expr = query({
        name,
        window: pick(WINDOWS, 2),
        bound: pick(BOUNDS, 1),
        compare: variant % 2 === 0 ? '>' : '<',
      });
      rules.push({ record: `${name}:rate5m`, expr: `sum by (job) (rate(${name}_total[5m]))` });
      rules.push({
        alert: `Bench${form}Variant${variant}`,
        expr,
        ...(wait === undefined ? {} : { for: wait }),
        labels: { severity: variant % 2 === 0 ? 'warning' : 'critical' },
        annotations: { summary: '{{ $labels.job }} is at {{ $value }}' },
      });
    }
    // JSON is YAML.
    return {
      path: `generated/form-${form}.yml`,
      text: JSON.stringify({ groups: [{ name: `form ${form}`, rules }] }, null, 2),
    };
  });
}
