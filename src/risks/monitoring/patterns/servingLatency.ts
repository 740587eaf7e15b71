import { z } from 'zod';
import { formatDuration } from '../../../promql/duration.js';
import { aggregated, COMMON, METRIC, type MonitoringPattern, ruleOf, selector } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A histogram of seconds, without `_bucket`. */
  metric: METRIC,
  quantile: z.number().gt(0).lt(1),
  /** Seconds; below the histogram's largest bucket, which the quantile can't exceed. */
  bound: z.number().positive().max(86_400),
  /** Seconds. */
  window: z.number().int().min(120).max(86_400).default(300),
});

/** A quantile of the time that a prediction takes. Basis: Google's SRE book, chapter 6 (latency). */
export const servingLatency: MonitoringPattern<typeof parameters> = {
  name: 'serving-latency',
  kind: 'serving latency',
  parameters,
  defaultFor: 600,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, quantile, bound, matchers, by } = read;
    const window = formatDuration(read.window);
    const buckets = aggregated('sum', ['le', ...by], `rate(${selector(`${metric}_bucket`, matchers)}[${window}])`);
    const summary = `The ${quantile} quantile of ${metric} is above ${formatDuration(bound)}`;
    const expr = `histogram_quantile(${quantile}, ${buckets}) > ${bound}`;
    return ruleOf(read, expr, summary, 'It is {{ $value | humanizeDuration }}.');
  },
};
