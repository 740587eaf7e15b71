import { z } from 'zod';
import { formatDuration } from '../../../promql/duration.js';
import { aggregated, COMMON, METRIC, type MonitoringPattern, ruleOf, selector } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A counter of requests that failed. */
  failed: METRIC,
  /** A counter of all requests, the failed ones among them. */
  all: METRIC,
  /** Share of failures that is too much. */
  ratio: z.number().gt(0).lt(1),
  /** Seconds. */
  window: z.number().int().min(120).max(86_400).default(300),
});

/** Too large a share of requests to the model fails. Basis: Google's SRE book, chapter 6 (errors). */
export const servingErrors: MonitoringPattern<typeof parameters> = {
  name: 'serving-errors',
  kind: 'serving errors',
  parameters,
  defaultFor: 600,
  rule(given) {
    const read = parameters.parse(given);
    const { failed, all, matchers, by, ratio } = read;
    const window = formatDuration(read.window);
    const rate = (metric: string) => aggregated('sum', by, `rate(${selector(metric, matchers)}[${window}])`);
    const summary = `More than ${ratio} of the requests counted by ${all} fail`;
    const expr = `${rate(failed)} / ${rate(all)} > ${ratio}`;
    return ruleOf(read, expr, summary, '{{ $value | humanizePercentage }} of the requests fail.');
  },
};
