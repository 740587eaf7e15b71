import type { Confidence } from '../contract/risk.js';
import type { KubernetesContainer, KubernetesObject } from '../lifecycle/facts.js';
import { alternatives } from './alternatives.js';
import { hasModels } from './modelRepository.js';
import type { RuleContext } from './rule.js';
import { isOtherEnvironment, isScanned } from './scannedPath.js';
import { isTemplatedObject } from './templatedObject.js';

const MODEL_SERVER_KINDS = new Set(['InferenceService', 'ServingRuntime', 'ClusterServingRuntime', 'SeldonDeployment']);
const WORKLOAD_KINDS = new Set(['Deployment', 'Rollout', 'StatefulSet', 'CronJob']);

/** Images of well-known infrastructure: never the repository's own model. */
const INFRASTRUCTURE = alternatives(
  '(^|[/_-])',
  `
    prometheus alertmanager pushgateway .*exporter grafana loki promtail tempo jaeger.* otel.* opentelemetry.*
    postgres(ql)? pgbouncer mysql mariadb mongo(db)? redis rabbitmq kafka zookeeper elasticsearch kibana minio
    nginx traefik envoy istio.* haproxy mlflow.* airflow.* dask.* spark.* locust.* busybox alpine curl git
    kubectl vault consul etcd keycloak oauth2-proxy adminer pgadmin.* streamlit.* swagger-ui statsd.* fluentd?
    fluent-bit vector cloudsql.* cloud-sql-proxy unleash jupyter.*
  `,
  '($|[/_-])',
  'i',
);

/** A container that answers with predictions, and how surely it does. */
export interface ServingContainer {
  object: KubernetesObject;
  container: KubernetesContainer;
  confidence: Confidence;
}

/** Whether an image is well-known infrastructure, by the last part of its name. */
export function isInfrastructureImage(repository: string): boolean {
  const parts = repository.split('/');
  return (
    INFRASTRUCTURE.test((parts.at(-1) ?? '').slice(0, 256)) ||
    /^(prom|grafana|bitnami|otel|istio|quay\.io\/prometheus)\//.test(repository)
  );
}

/**
 * Containers that serve the repository's models: those of model-server objects (certain), and those
 * of workloads that run an image of the repository's own (likely). Manifests of other environments
 * than production and templated images are left out.
 */
export function servingContainers(context: RuleContext): ServingContainer[] {
  if (!hasModels(context.facts)) return [];
  const predicts =
    context.facts.modelFiles.length > 0 ||
    context.facts.pythonModules.some(
      ({ roles, calls }) =>
        roles.includes('serve') || calls.some(({ callee }) => /(^|\.)(predict(_proba)?|load_model)$/.test(callee)),
    );
  return context.facts.kubernetesObjects.flatMap((object) => {
    if (!isScanned(object.path) || isOtherEnvironment(object.path) || isTemplatedObject(context.snapshot, object))
      return [];
    const server = MODEL_SERVER_KINDS.has(object.kind);
    if (!server && !(WORKLOAD_KINDS.has(object.kind) && predicts)) return [];
    return object.containers
      .filter(({ init, image }) => !init && image !== undefined && !/[{}$<>]/.test(image.image.value))
      .filter(({ image }) => server || !isInfrastructureImage(image?.repository ?? ''))
      .map((container) => ({ object, container, confidence: server ? ('certain' as const) : ('likely' as const) }));
  });
}
