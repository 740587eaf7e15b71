import { describe, expect, it } from 'vitest';
import { isMutableTag } from '../../../../src/risks/rollback/servingImageMutableTag.js';
import { findings, SERVING, TRAINING } from '../ruleTrial.js';

const MODEL = { ...TRAINING, ...SERVING };
const deployment = (image: string, kind = 'Deployment') =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers:\n        - name: api\n          image: ${image}\n`;
const rule = (image: string, more: Record<string, string> = {}) =>
  findings('RBK-002', { ...MODEL, 'k8s/api.yaml': deployment(image), ...more });

describe('RBK-002 serving-image-mutable-tag', () => {
  it.each(['registry/scorer:latest', 'registry/scorer', 'registry:5000/scorer:main', 'ghcr.io/o/r:prod'])(
    'finds %s',
    (image) => {
      expect(rule(image)).toMatchObject([
        {
          path: 'k8s/api.yaml',
          line: 9,
          severity: 'high',
          confidence: 'likely',
          subject: 'Deployment/api api',
          blocks: 'rollback',
          fixable: false,
        },
      ]);
    },
  );

  it('is certain about a model server', () => {
    const isvc =
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\nspec:\n  predictor:\n    containers:\n      - name: kserve-container\n        image: registry/scorer:latest\n';
    expect(findings('RBK-002', { 'deploy/isvc.yaml': isvc })).toMatchObject([{ line: 8, confidence: 'certain' }]);
  });

  it.each([
    'registry/scorer:1.4.2',
    'registry/scorer:9f2c1ab',
    `registry/scorer:latest@sha256:${'a'.repeat(64)}`,
    'prom/prometheus:latest',
    'postgres',
    'ghcr.io/x/mlflow-server:latest',
    '${REGISTRY}/scorer:latest',
    '"{{ .Values.image }}"',
  ])('is silent on %s', (image) => {
    expect(rule(image)).toEqual([]);
  });

  it('is silent where a kustomization pins the image, and only then', () => {
    const kustomization = (tag: string) => ({
      'k8s/prod/kustomization.yaml': `images:\n  - name: registry/scorer\n    ${tag}\n`,
    });
    expect(rule('registry/scorer:latest', kustomization('newTag: "1.4.2"'))).toEqual([]);
    expect(rule('registry/scorer:latest', kustomization(`digest: sha256:${'b'.repeat(64)}`))).toEqual([]);
    expect(rule('registry/scorer:latest', kustomization('newTag: main'))).toHaveLength(1);
    expect(rule('registry/scorer:latest', { 'k8s/prod/kustomization.yaml': 'images: [' })).toHaveLength(1);
  });

  it('is silent where Argo CD writes the tag, on jobs, in other environments and without a model', () => {
    const application =
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\n  annotations:\n    argocd-image-updater.argoproj.io/image-list: a=registry/scorer\n';
    expect(rule('registry/scorer:latest', { 'argo.yaml': application })).toEqual([]);
    expect(findings('RBK-002', { ...MODEL, 'k8s/job.yaml': deployment('registry/scorer', 'Job') })).toEqual([]);
    expect(findings('RBK-002', { ...MODEL, 'k8s/overlays/staging/api.yaml': deployment('registry/scorer') })).toEqual(
      [],
    );
    expect(findings('RBK-002', { 'k8s/api.yaml': deployment('registry/web:latest') })).toEqual([]);
  });

  it('knows which tags are moved', () => {
    for (const tag of ['latest', 'main', 'cuda-latest', 'Production']) expect(isMutableTag(tag)).toBe(true);
    for (const tag of ['1.2', 'v3', 'main-9f2c1ab', '2024-01-02', 'latestish']) expect(isMutableTag(tag)).toBe(false);
  });
});
