import { z } from 'zod';
import { COMMON, METRIC, type MonitoringPattern, ruleOf, selector, worst } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A gauge of the measure over labelled outcomes. */
  metric: METRIC,
  /** `below`: the measure is the better the higher it is (AUC); `above`: an error. */
  badWhen: z.enum(['below', 'above']),
  bound: z.number().finite(),
});

/** A measure of the live model on the wrong side of its bound. Basis: Google's Rules of ML 8; ML Test Score, Monitor 7. */
export const modelQuality: MonitoringPattern<typeof parameters> = {
  name: 'model-quality',
  kind: 'model quality',
  parameters,
  defaultFor: 600,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, badWhen, bound, by, matchers } = read;
    const below = badWhen === 'below';
    const expr = `${worst(below ? 'min' : 'max', by, selector(metric, matchers))} ${below ? '<' : '>'} ${bound}`;
    return ruleOf(read, expr, `${metric} is ${badWhen} ${bound}`, 'The model measures {{ $value }} on known outcomes.');
  },
};
