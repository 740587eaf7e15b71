import type { PrometheusConfig } from '../../lifecycle/facts.js';
import { yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, listed, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { editOf } from '../textEdit.js';
import { canLoad, hasAlerts, rulesBeside } from './prometheusRules.js';
import { insertTopLevelKey, itemIndentation } from './topLevelKey.js';

/** Port on which Alertmanager listens unless told otherwise. */
const ALERTMANAGER_PORT = '9093';
const UNFIXABLE = 'the repository shows no Alertmanager with a known address';

interface Site {
  config: PrometheusConfig;
  address: string | undefined;
  finding: Finding;
}

/** Address of the Alertmanager that the same compose file, or a Kubernetes Service, shows. */
function alertmanagerAddress(config: PrometheusConfig, { facts }: RuleContext): string | undefined {
  const name = config.path.split('/').at(-1) ?? config.path;
  const addresses = new Set<string>();
  if (!config.embedding) {
    for (const { services } of facts.composeFiles) {
      const usesConfig = services.some(({ volumes }) =>
        volumes.some((volume) => (volume.split(':')[0] ?? '').endsWith(`/${name}`)),
      );
      if (!usesConfig) continue;
      for (const service of services) {
        if (service.image?.repository.split('/').at(-1) === 'alertmanager')
          addresses.add(`${service.name}:${ALERTMANAGER_PORT}`);
      }
    }
  }
  if (addresses.size === 0) {
    const listens = facts.kubernetesObjects.some(({ containers }) =>
      containers.some(
        ({ image, ports }) => image?.repository.endsWith('alertmanager') && ports.includes(Number(ALERTMANAGER_PORT)),
      ),
    );
    for (const object of facts.kubernetesObjects) {
      if (object.kind !== 'Service' || !/alertmanager/.test(object.name) || !listens) continue;
      addresses.add(
        `${[object.name, ...(object.namespace ? [object.namespace, 'svc'] : [])].join('.')}:${ALERTMANAGER_PORT}`,
      );
    }
  }
  return addresses.size === 1 ? [...addresses][0] : undefined;
}

function sitesIn(context: RuleContext): Site[] {
  const numbering = new SubjectNumbering();
  return rulesBeside(context).flatMap(({ config, files }) => {
    if (config.alertmanagers.length > 0) return [];
    const loaded = context.facts.ruleFiles.filter((file) =>
      (config.ruleFiles ?? []).some((pattern) => canLoad(pattern.value, config, file)),
    );
    const all = [...files, ...loaded];
    if (!hasAlerts(all)) return [];
    const alerts = all.flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'alert'));
    const page = alerts.some(({ labels }) => /^(critical|page)$/.test(labels.severity?.value ?? ''));
    const where = config.embedding ? `${config.embedding.key} of ConfigMap ${config.embedding.object}` : config.path;
    const line = config.alertingPair?.line ?? config.line;
    const address = alertmanagerAddress(config, context);
    return [
      {
        config,
        address,
        finding: {
          path: config.path,
          line,
          subject: numbering.next(
            config.path,
            config.embedding ? `${config.embedding.object}/${config.embedding.key}` : 'alerting',
          ),
          message: `${where} names no Alertmanager to send ${listed([...new Set(alerts.map(({ name }) => name))])} to.`,
          consequence: 'An alert that fires is seen only by whoever looks at the Prometheus page.',
          evidence: evidenceOf(quoteLine(context.snapshot, config.path, line)),
          severity: page ? 'critical' : 'high',
          ...(address === undefined || config.alertingPair !== undefined ? { unfixableBecause: UNFIXABLE } : {}),
        },
      },
    ];
  });
}

/** MON-011; basis: Prometheus' documentation of `alerting.alertmanagers`. */
export const alertsNotSent: Rule = {
  id: 'MON-011',
  name: 'alerts-not-sent',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'high',
  confidence: 'likely',
  summary: 'A Prometheus that has alerts and no Alertmanager to send them to.',
  reads: 'Prometheus configurations and rules; compose files; Kubernetes Services',
  blocks: 'alerting',
  page: 'monitoring/alerts-not-sent.md',
  answers: ['alert-without-receiver'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined || site.address === undefined) return { unfixable: UNFIXABLE };
    if (site.config.alertingPair !== undefined)
      return { unfixable: '`alerting` is there without Alertmanagers and must be completed by hand' };
    const item = itemIndentation(text, site.config);
    const edited = insertTopLevelKey(text, site.config, [
      'alerting:',
      '  alertmanagers:',
      `  ${item}- static_configs:`,
      `  ${item}  ${item}- targets: ["${site.address}"]`,
    ]);
    if (edited === undefined || yamlDifferences(text, edited)?.length !== 1) {
      return { unfixable: '`alerting` cannot be added without touching more' };
    }
    return {
      edits: [editOf(risk.path, edited)],
      reason: `${site.address} is the only Alertmanager that the repository deploys.`,
      tradeOff: 'Alerts that only stood on a page reach people from now on.',
    };
  },
};
