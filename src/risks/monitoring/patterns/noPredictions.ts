import { z } from 'zod';
import { formatDuration } from '../../../promql/duration.js';
import { aggregated, COMMON, METRIC, type MonitoringPattern, ruleOf, selector } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A counter of predictions. */
  metric: METRIC,
  /** Seconds without a prediction that are too many. */
  window: z.number().int().min(300).max(86_400),
});

/**
 * No prediction at all, although the service is scraped. A ratio of errors says nothing then: 0/0 is
 * not a number, and no comparison with it holds. Basis: Google's SRE book, chapter 6 (traffic).
 */
export const noPredictions: MonitoringPattern<typeof parameters> = {
  name: 'no-predictions',
  kind: 'prediction volume',
  parameters,
  defaultFor: 300,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, matchers, by } = read;
    const window = formatDuration(read.window);
    const expr = `${aggregated('sum', by, `rate(${selector(metric, matchers)}[${window}])`)} == 0`;
    return ruleOf(read, expr, `${metric} has not grown for ${window}`, 'The service is there and predicts nothing.');
  },
};
