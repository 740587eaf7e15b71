import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Embedding, PrometheusConfig } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';

/** Whether a mapping is Prometheus' main configuration. */
export function isPrometheusConfig(node: YamlNode): boolean {
  if (node.get('scrape_configs')?.isSequence) {
    // Promtail and the OpenTelemetry collector use the same key inside other settings.
    return node.get('clients') === undefined && node.get('positions') === undefined;
  }
  return (
    node.pair('rule_files') !== undefined && (node.get('global') !== undefined || node.get('alerting') !== undefined)
  );
}

/** Reads what the map and rules need of `prometheus.yml`. */
export function readPrometheusConfig(path: EncodedPath, node: YamlNode, embedding?: Embedding): PrometheusConfig {
  const ruleFiles = node.pair('rule_files');
  const alerting = node.pair('alerting');
  const scrapeInterval = node.get('global', 'scrape_interval')?.text;
  const evaluationInterval = node.get('global', 'evaluation_interval')?.text;
  return {
    path,
    ...(embedding ? { embedding } : {}),
    line: node.line,
    ...(ruleFiles
      ? {
          ruleFiles: (ruleFiles.value?.items() ?? []).flatMap((item) => item.scalar ?? []),
          ruleFilesPair: ruleFiles.place,
        }
      : {}),
    alertmanagers: (node.get('alerting', 'alertmanagers')?.items() ?? []).flatMap((entry) => [
      ...staticTargets(entry),
      ...discovery(entry),
    ]),
    ...(alerting ? { alertingPair: alerting.place } : {}),
    scrapeConfigs: (node.get('scrape_configs')?.items() ?? []).map((entry) => {
      const metricsPath = entry.get('metrics_path')?.text;
      return {
        job: entry.get('job_name')?.text ?? '',
        targets: staticTargets(entry),
        ...(metricsPath === undefined ? {} : { metricsPath }),
        discovery: discovery(entry),
        line: entry.line,
      };
    }),
    topLevelKeys: node.pairs().map(({ key, place }) => ({ key, place })),
    ...(scrapeInterval === undefined ? {} : { scrapeInterval }),
    ...(evaluationInterval === undefined ? {} : { evaluationInterval }),
  };
}

function staticTargets(entry: YamlNode): string[] {
  return (entry.get('static_configs')?.items() ?? []).flatMap((config) => config.get('targets')?.texts() ?? []);
}

function discovery(entry: YamlNode): string[] {
  return entry
    .pairs()
    .map(({ key }) => key)
    .filter((key) => key.endsWith('_sd_configs'));
}
