import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../src/contract/incident.js';
import { routeIncident } from '../../../src/incidents/routeIncident.js';

const incident = (...labels: Record<string, string>[]): Incident => ({
  source: 'alertmanager',
  episode: 'e',
  title: 't',
  status: 'firing',
  severity: 'high',
  startsAt: '2026-11-25T10:00:00Z',
  omittedAlerts: 0,
  alerts: labels.map((each) => ({
    name: 'A',
    status: each.state === 'over' ? 'resolved' : 'firing',
    labels: each,
    annotations: {},
    startsAt: '',
    fingerprint: 'f',
  })),
});

describe('routeIncident', () => {
  const routes = [
    { match: { model: 'fraud', team: 'risk' }, target: 'both' },
    { match: { model: 'fraud' }, target: 'one' },
  ];

  it('takes the first route whose labels one alert carries, all of them', () => {
    expect(routeIncident(incident({ model: 'fraud' }), routes).target).toBe('one');
    expect(routeIncident(incident({ model: 'fraud', team: 'risk' }), routes).target).toBe('both');
  });

  it('does not put a match together from two alerts', () => {
    expect(routeIncident(incident({ team: 'risk' }, { model: 'fraud' }), routes).target).toBe('one');
  });

  it('ignores alerts of a firing incident that are over', () => {
    expect(() => routeIncident(incident({ model: 'other' }, { model: 'fraud', state: 'over' }), routes)).toThrow(
      expect.objectContaining({ code: 'MLOPS-INPUT-003' }),
    );
  });

  it('lets an empty match take everything', () => {
    expect(routeIncident(incident({}), [{ match: {}, target: 'all' }]).target).toBe('all');
  });
});
