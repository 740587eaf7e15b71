import { describe, expect, it } from 'vitest';
import { buildLifecycle } from '../../../../src/lifecycle/buildLifecycle.js';
import { memorySnapshot } from '../../../support/memorySnapshot.js';

const objects = (text: string) => buildLifecycle(memorySnapshot({ 'm.yaml': text })).facts.kubernetesObjects;

describe('Kubernetes manifests', () => {
  it('reads each document with its containers, probes and image parts', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata: { name: s }\nspec: { selector: { app: x } }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\nspec:\n  replicas: 2\n  revisionHistoryLimit: 0\n  template:\n    metadata: { labels: { app: x } }\n    spec:\n      containers:\n        - name: c\n          image: reg:5000/api:latest\n          readinessProbe: { httpGet: { path: /ready, port: 80 } }\n          env: [{ name: MODEL_PATH, value: /m }]\n';
    const [service, deployment] = objects(text);
    expect(service).toMatchObject({ kind: 'Service', document: 0, selector: { app: 'x' } });
    expect(deployment).toMatchObject({
      kind: 'Deployment',
      document: 1,
      line: 6,
      replicas: 2,
      revisionHistoryLimit: { value: '0', line: 11 },
      podLabels: { app: 'x' },
      containers: [
        { name: 'c', readinessProbe: true, livenessProbe: false, image: { repository: 'reg:5000/api', tag: 'latest' } },
      ],
    });
    const range = deployment?.containers[0]?.image?.image.range;
    expect(text.slice(range?.start, range?.end)).toBe('reg:5000/api:latest');
  });

  it('reads storage URIs of old and new InferenceServices, and the canary', () => {
    const [service] = objects(
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: { name: i }\nspec:\n  predictor:\n    canaryTrafficPercent: 10\n    model:\n      storageUri: s3://b/m/latest\n  transformer:\n    sklearn: { storageUri: gs://c }\n',
    );
    expect(service).toMatchObject({
      canaryTrafficPercent: { value: '10', line: 6 },
      storageUris: [
        { component: 'predictor', uri: { value: 's3://b/m/latest', line: 8 } },
        { component: 'transformer', uri: { value: 'gs://c' } },
      ],
    });
  });

  it('reads Rollout steps and AnalysisTemplates', () => {
    const [rollout, template] = objects(
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: r }\nspec:\n  strategy:\n    canary:\n      steps:\n        - setWeight: 20\n        - pause: { duration: 30s }\n        - pause: {}\n        - analysis: { templates: [{ templateName: t }] }\n---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: { name: t }\nspec:\n  metrics:\n    - name: e\n      provider: { prometheus: { query: "up" } }\n',
    );
    expect(rollout?.rollout).toMatchObject({
      strategy: 'canary',
      steps: [
        { kind: 'setWeight', value: '20' },
        { kind: 'pause', value: '30s' },
        { kind: 'pause' },
        { kind: 'analysis' },
      ],
      analysisTemplates: ['t'],
    });
    expect(template?.analysisMetrics).toMatchObject([{ name: 'e', provider: 'prometheus', query: { value: 'up' } }]);
    expect(template?.analysisMetrics[0]?.successCondition).toBeUndefined();
  });
});
