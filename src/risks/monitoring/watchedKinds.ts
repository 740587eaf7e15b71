import type { AlertRule, ExportedMetric } from '../../lifecycle/facts.js';
import { alternatives } from '../alternatives.js';
import { nameWords } from './nameWords.js';
import type { WatchedKind } from './patterns/monitoringPattern.js';

/** Measures that are the better the higher they are. */
const HIGHER_IS_BETTER = alternatives('^', 'auc auroc auprc accuracy precision recall f1 r2', '$');
/** Measures that are errors. */
const LOWER_IS_BETTER = alternatives('^', 'rmse mse mae mape smape logloss brier', '$');
const DRIFT = alternatives('^', 'psi ks drift wasserstein jsd skew', '$');
const PREDICTION = alternatives('^', 'predictions? inferences? scored scorings?', '$');
const MODEL_WORK = alternatives('^', 'predictions? predict inferences? score scoring model', '$');
const FAILURE = alternatives('^', 'errors? failures? failed exceptions?', '$');
const AGE = alternatives('^', 'age freshness staleness lag timestamp', '$');
const TRAINING = alternatives('^', 'train training trained retrain retrained retraining model batch', '$');

/** Words by which an alert's name or its metrics say that it watches a kind. Generous: where it is watched nothing is said. */
const WATCHES: Readonly<Record<WatchedKind, RegExp>> = {
  'model quality': alternatives(
    '^',
    `quality performance degraded degradation accuracy auc auroc auprc precision recall f1 r2 rmse mse mae mape
     smape logloss brier regression`,
    '$',
  ),
  drift: alternatives('^', 'psi ks drift drifted wasserstein jsd skew shift distribution', '$'),
  'prediction volume': alternatives('^', 'traffic volume throughput predictions? inferences? qps rps', '$'),
  'feature freshness': alternatives('^', 'fresh freshness stale staleness age lag timestamp outdated', '$'),
  'serving errors': alternatives('^', 'errors? failures? failed failing exceptions? availability 5xx 500 status', '$'),
  'serving latency': alternatives('^', 'latency duration slow p50 p90 p95 p99 seconds', '$'),
  'serving absence': alternatives('^', 'up down absent missing unreachable unavailable', '$'),
  'training staleness': alternatives('^', 'stale staleness age old outdated timestamp retrain retraining', '$'),
};

/** A metric whose name and type say what it is a measure of. */
export interface WatchedMetric {
  kind: WatchedKind;
  metric: ExportedMetric;
  /** The words of its name that say so: `auc`. */
  measures: string[];
  /** On which side of a bound it is bad. */
  badWhen: 'below' | 'above';
}

/** What an exported metric measures of a model's life; `undefined` where its name doesn't say it. */
export function watchedMetric(metric: ExportedMetric): WatchedMetric | undefined {
  const words = nameWords(metric.name);
  const measuring = (pattern: RegExp) => words.filter((word) => pattern.test(word));
  const has = (pattern: RegExp) => measuring(pattern).length > 0;
  const found = (kind: WatchedKind, measures: string[], badWhen: WatchedMetric['badWhen']) => ({
    kind,
    metric,
    measures,
    badWhen,
  });
  if (metric.type === 'gauge') {
    // A flag has no bound of its own, and the time of a check says nothing about its result.
    if (has(/^(detected|flag|alert|status|enabled|threshold|limit|target|baseline|reference)$/)) return undefined;
    if (has(AGE)) {
      if (has(/^features?$/)) return found('feature freshness', measuring(AGE), 'above');
      const succeeded = has(/^(success|succeeded|successful|trained|completed|completion|last)$/);
      return has(/^timestamp$/) && has(TRAINING) && succeeded
        ? found('training staleness', measuring(TRAINING), 'above')
        : undefined;
    }
    if (has(DRIFT)) return found('drift', measuring(DRIFT), has(/^(p|pvalue|pval)$/) ? 'below' : 'above');
    const [higher, lower] = [measuring(HIGHER_IS_BETTER), measuring(LOWER_IS_BETTER)];
    if (higher.length > 0 && lower.length === 0) return found('model quality', higher, 'below');
    if (lower.length > 0 && higher.length === 0) return found('model quality', lower, 'above');
    return undefined;
  }
  if (metric.type === 'counter') {
    if (has(FAILURE)) return has(MODEL_WORK) ? found('serving errors', measuring(FAILURE), 'above') : undefined;
    return has(PREDICTION) ? found('prediction volume', measuring(PREDICTION), 'below') : undefined;
  }
  if (metric.type === 'histogram' && has(/^(latency|duration|seconds)$/) && has(MODEL_WORK))
    return found('serving latency', measuring(/^(latency|duration|seconds)$/), 'above');
  return undefined;
}

/** Whether an alert watches a kind, as far as words tell: by its own name or by a metric that it reads. */
export function watches(rule: AlertRule, kind: WatchedKind): boolean {
  const metrics = rule.promql.selectors.flatMap(({ metric }) => metric ?? []);
  return [rule.name, ...metrics].flatMap(nameWords).some((word) => WATCHES[kind].test(word));
}

/** The counter of all requests that a counter of failed ones belongs to: the only one of the same name without the failure. */
export function wholeOf(failed: ExportedMetric, metrics: readonly ExportedMetric[]): ExportedMetric | undefined {
  const bare = (metric: ExportedMetric) =>
    nameWords(metric.name)
      .filter((word) => !FAILURE.test(word) && word !== 'total')
      .map((word) => word.replace(/s$/, ''))
      .join(' ');
  const wanted = bare(failed);
  const wholes = metrics.filter(
    (metric) => metric.type === 'counter' && metric.name !== failed.name && bare(metric) === wanted,
  );
  return new Set(wholes.map(({ name }) => name)).size === 1 ? wholes[0] : undefined;
}
