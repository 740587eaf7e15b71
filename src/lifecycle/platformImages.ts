/** Images of the platform around a model; they serve no model. */
export const INFRASTRUCTURE =
  /(^|\/)(prom|prometheus|grafana|alertmanager|node-exporter|pushgateway|cadvisor|postgres(ql)?|mysql|mariadb|redis|mongo|minio|mc|mlflow|nginx|traefik|envoy(proxy)?|zookeeper|kafka|cp-kafka|redpanda|rabbitmq|elasticsearch|kibana|logstash|jaeger|jaegertracing|otel|opentelemetry-collector(-contrib)?|loki|promtail|tempo|busybox|alpine|curl|airflow|statsd-exporter|adminer|kube-state-metrics|metrics-server|pgadmin4?|[\w-]*(operator|controller(-manager)?|exporter|autoscaler|rbac-proxy))([:@/-]|$)/i;

/** Names of the platform around a model, of a resource whose image isn't told. */
export const PLATFORM_NAME =
  /(^|[^a-z])(mlflow|grafana|prometheus|alertmanager|airflow|prefect|dagster|postgres\w*|mysql|redis|kafka|minio|nginx|jenkins|argocd)([^a-z]|$)/i;
