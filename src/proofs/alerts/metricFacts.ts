import type { Exposition } from '../../monitoring/exposition.js';
import type { MetricFacts } from './world.js';

/**
 * What an exposition, or a Prometheus, says about metrics, as the solver asks for it.
 *
 * @param source an exposition lacks the labels that its target gets, a Prometheus has them
 */
export function metricFacts({ series, kinds }: Exposition, source: 'exposition' | 'prometheus'): MetricFacts {
  return {
    complete: source === 'prometheus',
    kindOf: (metric) => kinds.get(metric) ?? (series.has(metric) ? 'unknown' : undefined),
    seriesOf: (metric) => series.get(metric),
  };
}
