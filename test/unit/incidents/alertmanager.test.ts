import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/contract/canonicalJson.js';
import { MlopsError } from '../../../src/contract/errors.js';
import { incidentSchema } from '../../../src/contract/incident.js';
import { incidentFromAlertmanager } from '../../../src/incidents/alertmanager.js';

const captured = (name: string) =>
  readFileSync(new URL(`../../../examples/payloads/${name}.json`, import.meta.url), 'utf8');

const alert = (over: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'A' },
  annotations: {},
  startsAt: '2026-11-25T10:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: '',
  fingerprint: 'f1',
  ...over,
});
const body = (...alerts: object[]) => ({ version: '4', alerts, truncatedAlerts: 0 });

function refusal(input: unknown): MlopsError {
  try {
    incidentFromAlertmanager(input);
  } catch (error) {
    if (error instanceof MlopsError) return error;
  }
  throw new Error('was not refused');
}

describe('incidentFromAlertmanager', () => {
  it('reads a critical alert as Alertmanager 0.25 really posts it', () => {
    expect(incidentFromAlertmanager(captured('alertmanager-firing'))).toEqual({
      source: 'alertmanager',
      episode: 'c5f1be0f2c834fb2@2026-11-25T10:08:34.408838964Z',
      title: 'ModelQualityDegraded on fraud-scorer, fraud-api',
      status: 'firing',
      severity: 'critical',
      startsAt: '2026-11-25T10:08:34.408838964Z',
      omittedAlerts: 0,
      alerts: [
        {
          name: 'ModelQualityDegraded',
          status: 'firing',
          labels: {
            alertname: 'ModelQualityDegraded',
            model: 'fraud-scorer',
            service: 'fraud-api',
            severity: 'critical',
          },
          annotations: {
            description: 'auc=0.79 (champion at promotion: 0.91), 5-minute window',
            summary: 'Live AUC of fraud-scorer is below 0.85 for 15 minutes',
          },
          startsAt: '2026-11-25T10:08:34.408838964Z',
          fingerprint: 'c5f1be0f2c834fb2',
          generatorUrl: 'http://prometheus.example/graph',
        },
      ],
    });
  });

  it('maps a captured warning to medium, and gives an incident that the contract accepts', () => {
    const incident = incidentFromAlertmanager(captured('alertmanager-drift-warning'));
    expect(incident.severity).toBe('medium');
    expect(incident.title).toBe('FeatureDriftHigh on fraud-scorer');
    expect(incidentSchema.parse(incident)).toEqual(incident);
  });

  it('reads a captured resolved alert with the time at which it ended', () => {
    const incident = incidentFromAlertmanager(captured('alertmanager-resolved'));
    expect(incident.status).toBe('resolved');
    expect(incident.alerts[0]?.endsAt).toBe('2026-11-25T10:08:36Z');
    expect(incident.episode).toBe('c5f1be0f2c834fb2@2026-11-25T10:07:37Z');
  });

  it('gives the same episode whatever the order of the alerts', () => {
    const one = alert({ fingerprint: 'bb' });
    const two = alert({ fingerprint: 'aa', startsAt: '2026-11-25T11:00:00Z' });
    const episode = 'aa@2026-11-25T11:00:00Z,bb@2026-11-25T10:00:00Z';
    expect(incidentFromAlertmanager(body(one, two)).episode).toBe(episode);
    expect(incidentFromAlertmanager(body(two, one, two)).episode).toBe(episode);
  });

  it('takes the episode of a mixed group from what still fires', () => {
    const incident = incidentFromAlertmanager(
      body(alert({ status: 'resolved', fingerprint: 'gone' }), alert({ fingerprint: 'here' })),
    );
    expect(incident.status).toBe('firing');
    expect(incident.episode).toBe('here@2026-11-25T10:00:00Z');
    expect(incident.alerts.map((each) => each.status)).toEqual(['firing', 'resolved']);
  });

  it.each([
    ['critical', 'critical'],
    ['page', 'critical'],
    ['HIGH', 'high'],
    ['error', 'high'],
    ['warning', 'medium'],
    ['info', 'low'],
    ['ticket', 'medium'],
    ['constructor', 'medium'],
    [undefined, 'medium'],
  ])('maps the severity label %s to %s', (label, severity) => {
    const labels = label === undefined ? { alertname: 'A' } : { alertname: 'A', severity: label };
    expect(incidentFromAlertmanager(body(alert({ labels }))).severity).toBe(severity);
  });

  it('takes the highest severity of the alerts that fire, not of those that are over', () => {
    const over = alert({ status: 'resolved', labels: { alertname: 'A', severity: 'critical' } });
    const low = alert({ labels: { alertname: 'B', severity: 'info' }, fingerprint: 'b' });
    const high = alert({ labels: { alertname: 'C', severity: 'error' }, fingerprint: 'c' });
    expect(incidentFromAlertmanager(body(over, low, high)).severity).toBe('high');
  });

  it('keeps 50 alerts and counts the others, those that the sender cut too', () => {
    const alerts = Array.from({ length: 53 }, (_, index) => alert({ fingerprint: `f${index}` }));
    const incident = incidentFromAlertmanager({ ...body(...alerts), truncatedAlerts: 4 });
    expect(incident.alerts).toHaveLength(50);
    expect(incident.omittedAlerts).toBe(7);
  });

  it('names an episode of very many alerts by its digest', () => {
    const alerts = Array.from({ length: 60 }, (_, index) => alert({ fingerprint: `fingerprint-${index}` }));
    expect(incidentFromAlertmanager(body(...alerts)).episode).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('cuts text that is too long with a mark instead of refusing it', () => {
    const incident = incidentFromAlertmanager(body(alert({ annotations: { summary: 'x'.repeat(5000) } })));
    const summary = incident.alerts[0]?.annotations.summary ?? '';
    expect(summary).toHaveLength(4096);
    expect(summary.endsWith('… [5000 characters]')).toBe(true);
    expect(incidentSchema.safeParse(incident).success).toBe(true);
  });

  it('keeps 63 of too many labels and says how many were left out', () => {
    const labels = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`l${index}`, 'v']));
    const kept = incidentFromAlertmanager(body(alert({ labels }))).alerts[0]?.labels ?? {};
    expect(Object.keys(kept)).toHaveLength(64);
    expect(kept.__omitted_labels__).toBe('7');
  });

  it('gives text of which canonical JSON can be made, whatever surrogates a label holds', () => {
    const incident = incidentFromAlertmanager(body(alert({ labels: { alertname: '\ud800A' } })));
    expect(() => canonicalJson(incident)).not.toThrow();
    expect(incident.title).toBe('\ufffdA');
  });

  it('titles several alerts by the first and how many more', () => {
    const incident = incidentFromAlertmanager(body(alert(), alert({ labels: { alertname: 'B' }, fingerprint: 'b' })));
    expect(incident.title).toBe('A and 1 more');
  });

  it('leaves out a link that is too long rather than cutting it', () => {
    const incident = incidentFromAlertmanager(body(alert({ generatorURL: `http://p/${'x'.repeat(3000)}` })));
    expect(incident.alerts[0]).not.toHaveProperty('generatorUrl');
  });

  it.each([
    ['no JSON', '{"version":', '$'],
    ['another version', { ...body(alert()), version: '3' }, '$.version'],
    ['no alerts', { version: '4', alerts: [] }, '$.alerts'],
    ['a label that is no text', body(alert({ labels: { alertname: 7 } })), '$.alerts[0].labels.alertname'],
    ['a label with an odd name', body(alert({ labels: { 'a b': 7 } })), '$.alerts[0].labels["a b"]'],
    ['a time that is none', body(alert(), alert({ startsAt: 'yesterday' })), '$.alerts[1].startsAt'],
    ['no fingerprint', body(alert({ fingerprint: '' })), '$.alerts[0].fingerprint'],
    ['null', null, '$'],
  ])('refuses %s and says where', (_what, input, where) => {
    const error = refusal(input);
    expect(error.code).toBe('MLOPS-INPUT-001');
    expect(error.where).toBe(where);
  });

  it('refuses a body beyond a mebibyte without reading it', () => {
    expect(refusal(`"${'x'.repeat(1024 * 1024)}"`).message).toContain('1048578 characters');
  });
});
