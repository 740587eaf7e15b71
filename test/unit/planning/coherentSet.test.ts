import { describe, expect, it } from 'vitest';
import type { Component, LifecycleMap } from '../../../src/contract/lifecycle.js';
import { belongsTogether } from '../../../src/planning/coherentSet.js';
import { noMap, risk } from './assessment.js';

const known = ['fraud-scorer', 'churn'];
const anchor = risk({ id: 'a', subject: 'DriftHigh', path: 'rules/fraud.yml', line: 4 });

function component(part: Partial<Component>): Component {
  return {
    id: part.name ?? '',
    stage: 'monitoring',
    kind: 'alert rule',
    name: 'A',
    path: 'rules/fraud.yml',
    lines: { start: 3, end: 6 },
    evidence: '',
    ...part,
  };
}

describe('belongsTogether', () => {
  it('joins risks of one subject, one model, or a file that the other names', () => {
    expect(belongsTogether(anchor, risk({ id: 'b', subject: 'DriftHigh', path: 'x.yml' }), noMap, known)).toBe(true);
    expect(belongsTogether(anchor, risk({ id: 'b', subject: 'fraud.yml', path: 'x.yml' }), noMap, known)).toBe(false);
    expect(belongsTogether(anchor, risk({ id: 'b', subject: 'rules/fraud.yml', path: 'x.yml' }), noMap, known)).toBe(
      true,
    );
    const fraud = risk({ id: 'c', subject: 'fraud-scorer alerts', path: 'x.yml' });
    expect(belongsTogether({ ...anchor, path: 'rules/fraud_scorer.yml' }, fraud, noMap, known)).toBe(true);
  });

  it('joins an alert and the receiver that it is routed to', () => {
    const alert = component({ name: 'DriftHigh' });
    const receiver = component({ name: 'oncall', kind: 'receiver', path: 'am.yml' });
    const edges: LifecycleMap['edges'] = [{ from: 'DriftHigh', to: 'oncall', kind: 'routes-alert', reason: '' }];
    const mute = risk({ id: 'b', subject: 'oncall', path: 'am.yml', line: 40 });
    expect(belongsTogether(anchor, mute, { ...noMap, components: [alert, receiver], edges }, known)).toBe(true);
    expect(belongsTogether(anchor, mute, { ...noMap, components: [alert, receiver] }, known)).toBe(false);
  });

  it('leaves out what blocks another path or none, another model, and the risk itself', () => {
    const same = { subject: 'DriftHigh', path: 'x.yml' };
    expect(belongsTogether(anchor, risk({ id: 'b', ...same, blocks: 'promotion' }), noMap, known)).toBe(false);
    const { blocks: _, ...harmless } = risk({ id: 'b', ...same });
    expect(belongsTogether(harmless, { ...harmless, id: 'c' }, noMap, known)).toBe(false);
    expect(belongsTogether(anchor, anchor, noMap, known)).toBe(false);
    const churn = risk({ id: 'b', subject: 'churn', path: 'x.yml' });
    expect(belongsTogether({ ...anchor, subject: 'fraud-scorer' }, churn, noMap, known)).toBe(false);
  });
});
