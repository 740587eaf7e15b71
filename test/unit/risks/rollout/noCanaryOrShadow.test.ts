import { describe, expect, it } from 'vitest';
import { type Files, findings, SERVING, TRAINING } from '../ruleTrial.js';

const deployed = (extra = '') => ({
  ...TRAINING,
  ...SERVING,
  'k8s/isvc.yaml': `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: scorer}\nspec:\n  predictor:\n${extra}    model:\n      storageUri: s3://models/1\n`,
});
const rule = (files: Files) => findings('CAN-011', files);

describe('CAN-011 no-canary-or-shadow', () => {
  it('finds a model that is replaced at once, one for the repository', () => {
    expect(rule(deployed())).toMatchObject([{ path: 'k8s/isvc.yaml', severity: 'medium', fixable: false }]);
  });

  it('is silent on a share of the traffic, on a gradual step in CI, and where nothing is online', () => {
    expect(rule(deployed('    canaryTrafficPercent: 10\n'))).toEqual([]);
    const workflow = 'on: push\njobs:\n  d:\n    steps:\n      - run: ./deploy.sh --canary 10\n';
    expect(rule({ ...deployed(), '.github/workflows/d.yml': workflow })).toEqual([]);
    expect(rule(TRAINING)).toEqual([]);
    expect(rule({ 'k8s/isvc.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n' })).toEqual([]);
  });
});
