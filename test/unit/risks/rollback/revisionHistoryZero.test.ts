import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const deployment = (limit: string, image = 'registry/scorer:1.2.3') => ({
  ...TRAINING,
  'k8s/api.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n${limit}  template:\n    spec:\n      containers:\n        - name: api\n          image: ${image}\n`,
});

describe('RBK-001 revision-history-zero', () => {
  it('finds a Deployment that keeps nothing to go back to', () => {
    expect(findings('RBK-001', deployment('  revisionHistoryLimit: 0\n'))).toMatchObject([
      { path: 'k8s/api.yaml', line: 5, severity: 'high', subject: 'Deployment/api', blocks: 'rollback', fixable: true },
    ]);
  });

  it.each([
    ['the default', deployment('')],
    ['one revision', deployment('  revisionHistoryLimit: 1\n')],
    ['infrastructure', deployment('  revisionHistoryLimit: 0\n', 'grafana/grafana:11.0.0')],
    ['broken YAML', { ...TRAINING, 'k8s/api.yaml': 'kind: Deployment\nspec: {revisionHistoryLimit: 0\n' }],
  ])('is silent on %s', (_, files) => {
    expect(findings('RBK-001', files)).toEqual([]);
  });

  it('is silent without a model', () => {
    const { 'k8s/api.yaml': text } = deployment('  revisionHistoryLimit: 0\n');
    expect(findings('RBK-001', { 'k8s/api.yaml': text })).toEqual([]);
  });

  it('thinks little of it where git is the way back', () => {
    const application = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: api}\n';
    expect(
      findings('RBK-001', { ...deployment('  revisionHistoryLimit: 0\n'), 'argo.yaml': application }),
    ).toMatchObject([{ severity: 'low' }]);
  });

  it('writes the default of Kubernetes and keeps the comment', () => {
    const files = deployment('  revisionHistoryLimit: 0 # save space\n');
    expect(changedLines(files['k8s/api.yaml'], fixed('RBK-001', files))).toEqual([
      '-  revisionHistoryLimit: 0 # save space',
      '+  revisionHistoryLimit: 10 # save space',
    ]);
  });
});
