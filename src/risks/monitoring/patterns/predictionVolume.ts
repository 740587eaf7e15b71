import { z } from 'zod';
import { formatDuration } from '../../../promql/duration.js';
import { aggregated, COMMON, METRIC, type MonitoringPattern, ruleOf, selector } from './monitoringPattern.js';

const parameters = COMMON.extend({
  /** A counter of predictions. */
  metric: METRIC,
  /** Share of the volume of the same time last week below which it is too little. */
  ratio: z.number().gt(0).lt(1),
  /** Seconds; so wide that single hours and deployments don't count. */
  window: z.number().int().min(43_200).max(86_400).default(86_400),
});

/** Far fewer predictions than at the same time last week: the weekday's rhythm is the same. Basis: ML Test Score, Monitor 1. */
export const predictionVolume: MonitoringPattern<typeof parameters> = {
  name: 'prediction-volume',
  kind: 'prediction volume',
  parameters,
  defaultFor: 3600,
  rule(given) {
    const read = parameters.parse(given);
    const { metric, matchers, by, ratio } = read;
    const window = formatDuration(read.window);
    const over = (shift: string) => aggregated('sum', by, `rate(${selector(metric, matchers)}[${window}]${shift})`);
    const expr = `${over('')} < ${ratio} * ${over(' offset 1w')}`;
    const summary = `Over ${window}, ${metric} grows by less than ${ratio} of what it did a week ago`;
    return ruleOf(read, expr, summary, 'Now {{ $value }} predictions a second.');
  },
};
