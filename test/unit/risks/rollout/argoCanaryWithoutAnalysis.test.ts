import { describe, expect, it } from 'vitest';
import { findings, SERVING, TRAINING } from '../ruleTrial.js';

const TIMED = '        - setWeight: 20\n        - pause: {duration: 60}\n        - setWeight: 100\n';

const rollout = (steps: string, strategy = '') =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: scorer}\nspec:\n  strategy:\n    canary:\n${strategy}      steps:\n${steps}  template:\n    spec:\n      containers:\n        - name: api\n          image: registry/scorer:1.2.3\n`;

const rule = (manifest: string, more: Record<string, string> = TRAINING) =>
  findings('CAN-001', { ...more, 'k8s/rollout.yaml': manifest });

describe('CAN-001 argo-canary-without-analysis', () => {
  it('finds a canary that goes to full traffic by time', () => {
    expect(rule(rollout(TIMED))).toMatchObject([
      { path: 'k8s/rollout.yaml', line: 8, severity: 'high', subject: 'Rollout/scorer', fixable: false },
    ]);
  });

  it('finds it worse where the Rollout serves the model', () => {
    expect(rule(rollout(TIMED), { ...TRAINING, ...SERVING })).toMatchObject([{ severity: 'critical' }]);
  });

  it.each([
    [
      'an analysis in the background',
      rollout(TIMED, '      analysis:\n        templates:\n          - templateName: errors\n'),
    ],
    [
      'an analysis as a step',
      rollout(`${TIMED}        - analysis:\n            templates:\n              - templateName: errors\n`),
    ],
    ['an experiment', rollout(`${TIMED}        - experiment: {duration: 1h, templates: []}\n`)],
    ['a plugin', rollout(`${TIMED}        - plugin: {name: x}\n`)],
    ['a pause that waits for a person', rollout('        - setWeight: 20\n        - pause: {}\n')],
    ['steps without weights', rollout('        - pause: {duration: 60}\n')],
    ['blue-green', rollout(TIMED).replace('canary:', 'blueGreen:')],
    ['another kind of object', rollout(TIMED).replace('kind: Rollout', 'kind: Other')],
    ['a manifest that is no YAML', 'kind: Rollout\nspec: [\n'],
    ['a template', rollout(TIMED).replace('20', '{{ .Values.weight }}')],
  ])('is silent on %s', (_, manifest) => {
    expect(rule(manifest)).toEqual([]);
  });

  it('is silent in another environment and without a model', () => {
    expect(findings('CAN-001', { ...TRAINING, 'k8s/overlays/dev/rollout.yaml': rollout(TIMED) })).toEqual([]);
    expect(rule(rollout(TIMED), { 'main.go': 'package main\n' })).toEqual([]);
  });
});
