import { MlopsError } from '../../../contract/errors.js';
import { readYaml, type YamlNode } from '../../../lifecycle/yamlDocument.js';
import type { Labels } from './matchers.js';
import { RelabelError, type RelabelRule, readRelabelRule, relabel, withExternalLabels } from './relabel.js';
import type { Stated } from './statedLabels.js';

/** One entry of `alerting.alertmanagers`. */
export interface AlertmanagerEntry {
  line: number;
  /** `host:port` of its `static_configs`. */
  targets: readonly string[];
  /** The other ways by which it is found: `dns_sd_configs`, `kubernetes_sd_configs`, …. */
  discovery: readonly string[];
  /** Only for this one, after those of all (Prometheus since 2.51). */
  alertRelabel: readonly RelabelRule[];
}

/** What of a `prometheus.yml` happens to an alert on its way to Alertmanager. */
export interface PrometheusAlerting {
  path: string;
  externalLabels: Labels;
  alertRelabel: readonly RelabelRule[];
  alertmanagers: readonly AlertmanagerEntry[];
}

/** Whether an alert is sent, and with which labels; else why not, and the labels by which a rule drops it. */
export type Sent = { labels: Labels } | { notSent: string; decidedBy: readonly string[] };

const MAX_RULES = 1_000;
/** Instructions of all regular expressions together. */
const MAX_PATTERNS = 1_000_000;

/**
 * Reads `global.external_labels` and `alerting` of a Prometheus configuration.
 *
 * @throws MlopsError MLOPS-INPUT-001 for broken YAML and for rules that Prometheus would refuse, with the line.
 */
export function readPrometheusAlerting(text: string, path: string): PrometheusAlerting {
  const reading = readYaml(text);
  if ('reason' in reading) throw invalid(path, undefined, reading.reason);
  const [config] = reading.documents;
  if (config !== undefined && !config.isMap) throw invalid(path, config.line, 'it is no mapping');
  const alerting = config?.get('alerting');
  return {
    path,
    externalLabels: config?.get('global', 'external_labels')?.textMap() ?? {},
    alertRelabel: relabelRules(alerting, path),
    alertmanagers: (alerting?.get('alertmanagers')?.items() ?? []).map((entry) => ({
      line: entry.line,
      targets: (entry.get('static_configs')?.items() ?? []).flatMap((item) => item.get('targets')?.texts() ?? []),
      discovery: entry
        .pairs()
        .map(({ key }) => key)
        .filter((key) => key.endsWith('_sd_configs')),
      alertRelabel: relabelRules(entry, path),
    })),
  };
}

/**
 * The labels with which an alert arrives at Alertmanager: external labels first, which never replace
 * a label of the alert's own, then `alert_relabel_configs`.
 *
 * @param entry the Alertmanager of whose own rules account is taken; unset: only those for all
 */
export function sentAs(alerting: PrometheusAlerting, labels: Labels, entry?: AlertmanagerEntry): Sent {
  const rules = [...alerting.alertRelabel, ...(entry?.alertRelabel ?? [])];
  const result = relabel(withExternalLabels(labels, alerting.externalLabels), rules);
  if ('labels' in result) {
    // Alertmanager refuses an alert without any label.
    if (Object.keys(result.labels).length > 0) return result;
    return { notSent: `${alerting.path}: its relabelling rules take away every label`, decidedBy: [] };
  }
  const { action, line, sourceLabels, targetLabel } = result.droppedBy;
  const decidedBy = /equal$/.test(action) ? [...sourceLabels, targetLabel] : sourceLabels;
  return { notSent: `${alerting.path}:${line}: a rule of \`alert_relabel_configs\` drops it`, decidedBy };
}

/** Which labels are stated once an alert has passed external labels and relabelling, of those that are before. */
export function statedWhenSent(
  { externalLabels, alertRelabel, alertmanagers }: PrometheusAlerting,
  stated: Stated,
): Stated {
  const known = new Map<string, boolean>();
  const isStated: Stated = (label) => known.get(label) ?? (stated(label) || Object.hasOwn(externalLabels, label));
  for (const { action, sourceLabels, targetLabel } of [
    ...alertRelabel,
    ...alertmanagers.flatMap((entry) => entry.alertRelabel),
  ]) {
    // Which labels it makes depends on which there are.
    if (action === 'labelmap') return (label) => label === 'alertname' || Object.hasOwn(externalLabels, label);
    if (targetLabel !== '') known.set(targetLabel, isStated(targetLabel) && sourceLabels.every(isStated));
  }
  return isStated;
}

function relabelRules(node: YamlNode | undefined, path: string): RelabelRule[] {
  const items = node?.get('alert_relabel_configs')?.items() ?? [];
  if (items.length > MAX_RULES) throw invalid(path, node?.line, `it has more than ${MAX_RULES} relabelling rules`);
  let left = MAX_PATTERNS;
  return items.map((item) => {
    try {
      const rule = readRelabelRule(item);
      left -= rule.regex.size;
      if (left < 0) throw invalid(path, item.line, 'its regular expressions are too large');
      return rule;
    } catch (error) {
      if (error instanceof RelabelError) throw invalid(path, error.line, error.message);
      throw error;
    }
  });
}

function invalid(path: string, line: number | undefined, why: string): MlopsError {
  return new MlopsError('MLOPS-INPUT-001', `the Prometheus configuration is not valid: ${why}`, {
    where: line === undefined ? path : `${path}:${line}`,
    mend: 'Correct the file; `promtool check config FILE` shows the place.',
  });
}
