import { describe, expect, it } from 'vitest';
import type { Component, LifecycleMap } from '../../../src/contract/lifecycle.js';
import type { Trigger } from '../../../src/contract/request.js';
import type { Risk } from '../../../src/contract/risk.js';
import { LIFECYCLE_STAGES } from '../../../src/contract/stage.js';
import { type RankingInput, rankRisks } from '../../../src/planning/rankRisks.js';
import { incident, noMap, request, risk } from './assessment.js';

function component(part: Partial<Component>): Component {
  return {
    id: `${part.kind}:${part.path}#${part.name}`,
    stage: 'monitoring',
    kind: 'alert rule',
    name: 'A',
    path: 'r.yml',
    lines: { start: 1, end: 9 },
    evidence: '',
    ...part,
  };
}

function order(risks: Risk[], trigger: Trigger, more: Partial<RankingInput> = {}) {
  return rankRisks({
    risks,
    map: noMap,
    models: ['fraud-scorer', 'churn'],
    trigger,
    goal: 'harden',
    stages: [...LIFECYCLE_STAGES],
    judgePaths: () => [],
    ...more,
  });
}
const labelled = incident('ModelQualityDegraded', { model: 'fraud-scorer', service: 'fraud-api' });

describe('rankRisks', () => {
  it('puts the alert that fired first, then what blinds its model, then what is tied to it, then the rest', () => {
    const fired = risk({ id: 'a', subject: 'ModelQualityDegraded', severity: 'low', path: 'x.yml' });
    const blinding = risk({ id: 'b', subject: 'fraud-scorer', severity: 'medium' });
    const tied = risk({ id: 'c', subject: 'fraud-scorer', severity: 'critical', area: 'rollback', blocks: 'rollback' });
    const service = risk({
      id: 'd',
      subject: 'x',
      path: 'deploy/fraud_api.yml',
      area: 'rollback',
      blocks: 'rollback',
      severity: 'critical',
    });
    const anyAlert = risk({ id: 'e', subject: 'prometheus', path: 'prometheus.yml', severity: 'critical' });
    const other = risk({ id: 'f', subject: 'churn', severity: 'critical' });
    const ranked = order([other, anyAlert, service, tied, blinding, fired], labelled);
    expect(ranked.map((one) => [one.risk.id, one.relevance])).toEqual([
      ['a', 'named'],
      ['b', 'blinds'],
      ['d', 'tied'],
      ['c', 'tied'],
      ['e', 'any-alert'],
      ['f', 'unrelated'],
    ]);
    expect(ranked[0]?.why).toBe('It is about the alert that fired, ModelQualityDegraded; low severity, certain.');
    expect(ranked[5]?.why).toBe('It concerns churn; critical severity, certain.');
  });

  it('orders equals by severity, confidence, fixability, path and line', () => {
    const base = { subject: 'fraud-scorer' };
    const risks = [
      risk({ ...base, id: 'f', severity: 'high', path: 'b.yml', line: 1 }),
      risk({ ...base, id: 'e', severity: 'high', path: 'a.yml', line: 9 }),
      risk({ ...base, id: 'd', severity: 'high', path: 'a.yml', line: 2 }),
      risk({ ...base, id: 'g', severity: 'high', path: 'a.yml', fixable: false }),
      risk({ ...base, id: 'h', severity: 'high', confidence: 'likely' }),
      risk({ ...base, id: 'c', severity: 'critical', confidence: 'hint' }),
    ];
    expect(order(risks, labelled).map((one) => one.risk.id)).toEqual(['c', 'd', 'e', 'f', 'g', 'h']);
  });

  it('puts what blocks the way back first when service is to be restored', () => {
    const gate = risk({ id: 'a', subject: 'fraud-scorer', area: 'rollout', blocks: 'promotion', severity: 'critical' });
    const back = risk({ id: 'b', subject: 'fraud-scorer', area: 'rollback', blocks: 'rollback', severity: 'low' });
    expect(order([gate, back], labelled, { goal: 'restore' })[0]?.risk.id).toBe('b');
    expect(order([gate, back], labelled)[0]?.risk.id).toBe('a');
  });

  it('knows a risk’s model from the component at its place, or from the alerts that a receiver gets', () => {
    const alert = component({ name: 'DriftHigh', path: 'r.yml', model: 'fraud-scorer', lines: { start: 3, end: 6 } });
    const receiver = component({ kind: 'receiver', name: 'oncall', path: 'am.yml', lines: { start: 2, end: 4 } });
    const map: LifecycleMap = {
      ...noMap,
      components: [alert, receiver],
      edges: [{ from: alert.id, to: receiver.id, kind: 'routes-alert', reason: '' }],
    };
    const risks = [
      risk({ id: 'a', subject: 'x', path: 'r.yml', line: 4 }),
      risk({ id: 'b', subject: 'oncall', path: 'am.yml', line: 2 }),
    ];
    expect(order(risks, labelled, { map }).map((one) => one.relevance)).toEqual(['blinds', 'blinds']);
  });

  it('takes the only model of a repository for the model of everything in it, and says so', () => {
    const ranked = order([risk({ subject: 'x', path: 'am.yml' })], labelled, { models: ['fraud-scorer'] });
    expect(ranked[0]?.relevance).toBe('blinds');
    expect(ranked[0]?.why).toContain('fraud-scorer, the only model of the repository');
  });

  it('lets alerting risks concern an incident whose model the repository does not know', () => {
    const risks = [
      risk({ id: 'a', subject: 'churn' }),
      risk({ id: 'b', subject: 'churn', area: 'determinism', blocks: 'promotion' }),
    ];
    const ranked = order(risks, incident('ModelQualityDegraded', { model: 'unheard-of' }));
    expect(ranked.map((one) => one.relevance)).toEqual(['any-alert', 'unrelated']);
  });

  it('raises what a request names, by id, rule, name, file or subject', () => {
    const plain = risk({ id: 'MON-009:x', rule: 'MON-009', name: 'blind', subject: 'Abc', severity: 'critical' });
    const named = risk({
      id: 'INC-001:y',
      rule: 'INC-001',
      name: 'alert-routes-nowhere',
      path: 'monitoring/alertmanager.yml',
      subject: 'ml-oncall',
      severity: 'low',
    });
    for (const words of [
      'fix inc-001',
      'INC-001:y please',
      'the alert-routes-nowhere',
      'mend monitoring/alertmanager.yml.',
      'who is ml-oncall?',
    ]) {
      const ranked = order([plain, named], request(words));
      expect(ranked.map((one) => one.relevance)).toEqual(['named', 'asked']);
      expect(ranked[0]?.risk.id).toBe('INC-001:y');
    }
    expect(order([plain, named], request('Make monitoring better'))[0]?.relevance).toBe('tied');
  });

  it('lets only the risk that an audit finding names concern it', () => {
    const risks = [risk({ id: 'MON-001:x' }), risk({ id: 'MON-009:x', rule: 'MON-009' })];
    expect(order(risks, { kind: 'audit', finding: 'MON-001:x' }).map((one) => one.relevance)).toEqual([
      'named',
      'unrelated',
    ]);
    expect(order(risks, { kind: 'audit', finding: 'gone' }).every((one) => one.relevance === 'unrelated')).toBe(true);
  });
});
