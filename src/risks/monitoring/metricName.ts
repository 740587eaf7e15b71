import type { ExportedMetric, LabelMatcher } from '../../lifecycle/facts.js';
import { alternatives } from '../alternatives.js';

const SUFFIX = /_(bucket|sum|count|total|created)$/;

/** Words that change what a number means, so that two names that differ by one aren't the same metric. */
const UNITS = alternatives(
  '^',
  `
    seconds? milliseconds? ms minutes? hours? days? bytes? ratio percent celsius info timestamp rate errors?
    failures? failed
  `,
  '$',
);

/** Labels that a scrape adds to every series of a target. */
const TARGET_LABELS = alternatives(
  '^',
  `
    __name__ le quantile job instance namespace pod container service endpoint node cluster env environment
    region app exported_.+ kubernetes_.+
  `,
  '$',
);

/** Whether a label comes from the scrape or the type of a metric rather than from the code. */
export function isTargetLabel(label: string): boolean {
  return TARGET_LABELS.test(label);
}

/** The name without the suffix that its type gives it: `x_seconds_bucket` is `x_seconds`. */
export function baseName(series: string): string {
  return series.replace(SUFFIX, '');
}

function typeSuffix(series: string): string {
  return SUFFIX.exec(series)?.[1] ?? '';
}

/** Words of a name without its type's suffix. */
export function nameTokens(series: string): string[] {
  return baseName(series)
    .split(/[_:]+/)
    .filter((token) => token !== '');
}

/** Whether two names of series are likely meant to be the same one (see the rule's page). */
function isNear(wanted: string, exported: string): boolean {
  if (wanted === exported || typeSuffix(wanted) !== typeSuffix(exported)) return false;
  const first = new Set(nameTokens(wanted));
  const second = new Set(nameTokens(exported));
  const onlyFirst = [...first].filter((token) => !second.has(token));
  const onlySecond = [...second].filter((token) => !first.has(token));
  const shared = first.size - onlyFirst.length;
  if ([...onlyFirst, ...onlySecond].some((token) => UNITS.test(token)) || shared < 2) return false;
  if (onlyFirst.length === 0 || onlySecond.length === 0) return onlyFirst.length + onlySecond.length <= 2;
  const [a, b] = [onlyFirst[0] as string, onlySecond[0] as string];
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return onlyFirst.length === 1 && onlySecond.length === 1 && short.length >= 4 && long.startsWith(short);
}

/**
 * Exported series that a name which nothing exports is likely meant to be. A near match has the same
 * type's suffix and at least two words in common, and either all words of one are among the other's
 * with at most two more, or exactly one word differs and is the beginning (four letters or more) of
 * the other's. No word that differs may be a unit or a word for failing. The metric must have every
 * label that the alert selects by, apart from those that a scrape adds.
 */
export function nearMatches(
  series: string,
  matchers: readonly LabelMatcher[],
  metrics: readonly ExportedMetric[],
): string[] {
  const labels = matchers.map(({ label }) => label).filter((label) => !isTargetLabel(label));
  const near = new Set<string>();
  for (const metric of metrics) {
    if (metric.basis !== 'parsed') continue;
    const known = metric.labels;
    if (labels.length > 0 && (known === undefined || !labels.every((label) => known.includes(label)))) continue;
    for (const exported of metric.series) if (isNear(series, exported)) near.add(exported);
  }
  return [...near].sort();
}

const WELL_KNOWN = alternatives(
  '^',
  `
    up$ ALERTS scrape_ prometheus_ alertmanager_ process_ python_ go_ promhttp_ node_ windows_ container_
    machine_ cadvisor_ kube_ kubelet_ kubeproxy_ kubernetes_ apiserver_ workqueue_ etcd_ coredns_ istio_ envoy_
    linkerd_ nginx_ traefik_ haproxy_ caddy_ DCGM_ nvidia_ revision_ activator_ autoscaler_ knative queue_
    rollout_ argo_ argocd_ gotk_ flagger_ airflow_ mlflow_ nv_ seldon_ ts_ tensorflow: :tensorflow vllm: triton_
    kserve_ request_(pre|post)?(process|predict|explain)_seconds pg_ postgres_ mysql_ redis_ mongodb_ kafka_
    rabbitmq_ elasticsearch_ minio_ probe_ ssl_ celery_ flower_ django_ flask_ gunicorn_ starlette_ fastapi_
    bentoml_ ray_ feast_ pushgateway_ push_ statsd_ otelcol_ certmanager_ jvm_ jmx_ tomcat_ hikaricp_ spark_
    dask_ aws_ gcp_ stackdriver_ azure_ cloudwatch_ velero_ thanos_ cortex_ loki_ grafana_ net_conntrack_
  `,
  '',
);

/** Whether a name belongs to Prometheus itself, to a well-known exporter or to a well-known server. */
export function isWellKnownMetric(series: string): boolean {
  return WELL_KNOWN.test(series);
}

/** Names that instrumentation libraries, meshes and ingresses give to requests of any service. */
export function isGenericHttpMetric(series: string): boolean {
  return /^http_(server_)?(requests?|request_duration|request_size|response_size|responses?)(_|$)/.test(series);
}
