import { z } from 'zod';
import { COMMON, METRIC, type MonitoringPattern, ruleOf, selector, worst } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A gauge of how far inputs or outputs are from those of the training. */
  metric: METRIC,
  /** `above`: a distance (PSI, the statistic of Kolmogorov and Smirnov, a score); `below`: a p-value. */
  badWhen: z.enum(['below', 'above']),
  bound: z.number().positive(),
});

/** Inputs or predictions that are no longer those that the model was trained on. Basis: ML Test Score, Monitor 2. */
export const featureDrift: MonitoringPattern<typeof parameters> = {
  name: 'feature-drift',
  kind: 'drift',
  parameters,
  defaultFor: 1800,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, badWhen, bound, by, matchers } = read;
    const above = badWhen === 'above';
    const expr = `${worst(above ? 'max' : 'min', by, selector(metric, matchers))} ${above ? '>' : '<'} ${bound}`;
    return ruleOf(
      read,
      expr,
      `${metric} is ${badWhen} ${bound}`,
      'Drift measures {{ $value }} against the training data.',
    );
  },
};
