import { describe, expect, it } from 'vitest';
import { MlopsError } from '../../../../../src/contract/errors.js';
import {
  readPrometheusAlerting,
  sentAs,
  statedWhenSent,
} from '../../../../../src/proofs/alerts/route/prometheusAlerting.js';

const CONFIG = `global:
  external_labels: {cluster: c1, replica: 1}
alerting:
  alert_relabel_configs:
    - {regex: replica, action: labeldrop}
    - {source_labels: [severity], regex: none, action: drop}
  alertmanagers:
    - static_configs: [{targets: ['am-0:9093', 'am-1:9093']}]
    - dns_sd_configs: [{names: [am.example]}]
      alert_relabel_configs:
        - {source_labels: [severity], regex: critical, action: keep}
`;

describe('the way to Alertmanager', () => {
  const alerting = readPrometheusAlerting(CONFIG, 'prometheus.yml');

  it('adds external labels before it relabels', () => {
    expect(sentAs(alerting, { alertname: 'A' })).toEqual({ labels: { alertname: 'A', cluster: 'c1' } });
  });

  it('ends where a rule drops the alert, which is named by its line', () => {
    expect(sentAs(alerting, { severity: 'none' })).toEqual({
      notSent: 'prometheus.yml:6: a rule of `alert_relabel_configs` drops it',
      decidedBy: ['severity'],
    });
  });

  it('has further rules for one Alertmanager', () => {
    const [all, critical] = alerting.alertmanagers;
    expect([all?.targets, critical?.discovery]).toEqual([['am-0:9093', 'am-1:9093'], ['dns_sd_configs']]);
    expect(sentAs(alerting, { severity: 'info' }, all)).toHaveProperty('labels');
    expect(sentAs(alerting, { severity: 'info' }, critical)).toHaveProperty('notSent');
  });

  it('needs a label that is left', () => {
    const empty = readPrometheusAlerting(
      "alerting: {alert_relabel_configs: [{regex: '.*', action: labeldrop}]}",
      'p.yml',
    );
    expect(sentAs(empty, { alertname: 'A' })).toHaveProperty('notSent');
  });

  it('is unchanged without a section for it', () => {
    const none = readPrometheusAlerting('scrape_configs: []\n', 'p.yml');
    expect(none).toEqual({ path: 'p.yml', externalLabels: {}, alertRelabel: [], alertmanagers: [] });
    expect(readPrometheusAlerting('', 'p.yml').alertmanagers).toEqual([]);
  });
});

it.each([
  ['alerting:\n  alert_relabel_configs:\n    - {action: rename}\n', 'p.yml:3'],
  ['[1, 2]', 'p.yml:1'],
  ['a: [', 'p.yml'],
])('a broken configuration is refused with its place: %s', (text, where) => {
  try {
    readPrometheusAlerting(text, 'p.yml');
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(MlopsError);
    expect((error as MlopsError).where).toBe(where);
  }
});

describe('labels that the rule states', () => {
  const sent = (rules: string) =>
    statedWhenSent(
      readPrometheusAlerting(
        `global: {external_labels: {cluster: c1}}\nalerting: {alert_relabel_configs: [${rules}]}`,
        'p.yml',
      ),
      (label) => label === 'severity',
    );
  const which = (rules: string) => ['severity', 'cluster', 'team', 'job'].filter(sent(rules));

  it('are those before, and external ones', () => {
    expect(which('')).toEqual(['severity', 'cluster']);
  });

  it('stay so only when what they are made of is stated as well', () => {
    expect(which('{source_labels: [cluster], target_label: severity}')).toEqual(['severity', 'cluster']);
    expect(which('{source_labels: [job], target_label: severity}')).toEqual(['cluster']);
  });

  it('are external ones alone where names are made of others', () => {
    expect(which('{regex: team_(.*), action: labelmap}')).toEqual(['cluster']);
  });
});
