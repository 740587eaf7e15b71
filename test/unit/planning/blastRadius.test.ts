import { describe, expect, it } from 'vitest';
import type { Component } from '../../../src/contract/lifecycle.js';
import { blastRadius } from '../../../src/planning/blastRadius.js';
import { touchedStages } from '../../../src/planning/touchedPlaces.js';
import { noMap, risk } from './assessment.js';

const base: Component = {
  id: 'module',
  stage: 'deployment',
  kind: 'serving script',
  name: 'serve.py',
  path: 'src/serve.py',
  lines: { start: 1, end: 100 },
  evidence: '',
};
const metric: Component = {
  ...base,
  id: 'metric',
  stage: 'monitoring',
  kind: 'exported metric',
  name: 'drift_psi',
  lines: { start: 33, end: 33 },
};
const map = { ...noMap, components: [base, metric] };
const at = (oldStart: number, removed = ['x\n']) => ({
  path: 'src/serve.py',
  oldStart,
  newStart: oldStart,
  removed,
  added: ['y\n'],
});

describe('blastRadius', () => {
  it('names the innermost component, the model, and that only monitoring is touched', () => {
    const closes = [risk({ path: 'src/serve.py', subject: 'fraud-scorer' })];
    expect(blastRadius(map, ['fraud-scorer'], [at(32)], closes, ['monitoring'])).toBe(
      'exported metric drift_psi for fraud-scorer (monitoring); no model, image or data path is touched.',
    );
  });

  it('names the stages that stay untouched when others than monitoring are touched', () => {
    expect(blastRadius(map, [], [at(9)], [], ['deployment'])).toBe(
      'serving script serve.py (deployment); training, registration, monitoring are not touched.',
    );
  });
});

describe('touchedStages', () => {
  it('goes by the innermost component at the edited lines, and by the risks that are closed', () => {
    expect(touchedStages(map, [at(32)], [])).toEqual(['monitoring']);
    expect(touchedStages(map, [at(9)], [])).toEqual(['deployment']);
    expect(touchedStages(map, [at(9, [])], [risk({ stage: 'monitoring' })])).toEqual(['deployment', 'monitoring']);
    expect(touchedStages(map, [{ ...at(1), path: 'other' }], [risk({ stage: 'training' })])).toEqual(['training']);
  });
});
