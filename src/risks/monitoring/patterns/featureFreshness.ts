import { z } from 'zod';
import { formatDuration } from '../../../promql/duration.js';
import { aggregated, COMMON, METRIC, type MonitoringPattern, ruleOf, selector, worst } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A gauge of the newest feature's age in seconds, or of its time in seconds since 1970. */
  metric: METRIC,
  form: z.enum(['age', 'timestamp']),
  /** Seconds. */
  maxAge: z.number().positive().max(31_536_000),
});

/** Features that are no longer brought up to date. Basis: ML Test Score, Monitor 4; Google's Rules of ML 10. */
export const featureFreshness: MonitoringPattern<typeof parameters> = {
  name: 'feature-freshness',
  kind: 'feature freshness',
  parameters,
  defaultFor: 600,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, form, maxAge, by, matchers } = read;
    const series = selector(metric, matchers);
    // Of several writers the newest counts; an age is taken as bad as it is.
    const age = form === 'age' ? worst('max', by, series) : `time() - ${aggregated('max', by, series)}`;
    const summary = `The newest features by ${metric} are older than ${formatDuration(maxAge)}`;
    return ruleOf(read, `${age} > ${maxAge}`, summary, 'They are {{ $value | humanizeDuration }} old.');
  },
};
