import { z } from 'zod';
import { COMMON, type MonitoringPattern, ruleOf, selector } from './monitoringPattern.js';

const parameters = COMMON.omit({ by: true }).extend({
  /** The scrape job of what serves the model. */
  job: z.string().min(1).max(200),
});

/**
 * No instance of the job answers a scrape, be it that all are down or that none is known any more.
 * `up == 0` alone says nothing when discovery finds no target. Basis: Prometheus, "Alerting based on metrics".
 */
export const servingAbsence: MonitoringPattern<typeof parameters> = {
  name: 'serving-absence',
  kind: 'serving absence',
  parameters,
  defaultFor: 300,
  rule(given) {
    const { job, ...rest } = parameters.parse(given);
    const expr = `absent(${selector('up', { job, ...rest.matchers })} == 1)`;
    const summary = `No instance of the job ${job.replaceAll('{{', '')} answers`;
    return ruleOf(
      { ...rest, by: [] },
      expr,
      summary,
      'Nothing that this job exports is seen, so its other alerts are blind.',
    );
  },
};
