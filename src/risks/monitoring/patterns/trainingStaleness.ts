import { z } from 'zod';
import { formatDuration } from '../../../promql/duration.js';
import { aggregated, COMMON, METRIC, type MonitoringPattern, ruleOf, selector } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A gauge of the last success, in seconds since 1970. */
  metric: METRIC,
  /** Seconds. */
  maxAge: z.number().positive().max(31_536_000),
});

/** Training, or a batch job of the model, that hasn't succeeded for too long. Basis: Prometheus, "Instrumentation" (batch jobs). */
export const trainingStaleness: MonitoringPattern<typeof parameters> = {
  name: 'training-staleness',
  kind: 'training staleness',
  parameters,
  defaultFor: 600,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, maxAge, by, matchers } = read;
    const expr = `time() - ${aggregated('max', by, selector(metric, matchers))} > ${maxAge}`;
    const summary = `The last success by ${metric} is longer ago than ${formatDuration(maxAge)}`;
    return ruleOf(read, expr, summary, 'It is {{ $value | humanizeDuration }} ago.');
  },
};
