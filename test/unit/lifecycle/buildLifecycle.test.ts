import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildLifecycle } from '../../../src/lifecycle/buildLifecycle.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

const REPOSITORY: Record<string, string> = {
  'src/app/train.py':
    'from sklearn.linear_model import SGDClassifier\nimport joblib\nmodel = SGDClassifier()\nmodel.fit(X, y)\njoblib.dump(model, "models/m.joblib")\n',
  'src/app/serve.py':
    'from fastapi import FastAPI\nfrom prometheus_client import Gauge\nimport joblib\nAUC = Gauge("live_auc", "d", ["model"])\nmodel = joblib.load("models/m.joblib")\napp = FastAPI()\n',
  'models/m.joblib': 'binary',
  'dvc.yaml': 'stages:\n  train:\n    cmd: python -m app.train\n    outs: [{ models/m.joblib: { cache: false } }]\n',
  Dockerfile: 'FROM python:3.11\nCOPY models/ models/\nCMD ["uvicorn", "app.serve:app"]\n',
  'deploy/isvc.yaml':
    'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: { name: m }\nspec:\n  predictor:\n    containers: [{ name: c, image: "reg/m:1" }]\n',
  '.github/workflows/train.yml':
    'on: push\njobs:\n  t:\n    steps:\n      - run: dvc repro\n      - run: kubectl apply -f deploy/isvc.yaml\n',
  'monitoring/rules.yml':
    'groups:\n- name: g\n  rules:\n  - alert: AucLow\n    expr: live_auc{model="m"} < 0.8\n  - alert: Ghost\n    expr: ghost_metric > 1\n    labels: { severity: critical }\n',
  'monitoring/alertmanager.yml':
    'route:\n  receiver: nobody\n  routes:\n  - receiver: page\n    matchers: [model="m"]\nreceivers:\n- name: nobody\n- name: page\n  pagerduty_configs: [{ routing_key_file: /k }]\n',
  'tests/test_train.py': 'model.fit(X)\n',
  'docs/deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: no }\n',
};

describe('buildLifecycle', () => {
  const { map } = buildLifecycle(memorySnapshot(REPOSITORY, 'abc'));
  const inStage = (stage: string): string[] =>
    map.components
      .filter((component) => component.stage === stage)
      .map(({ kind, path, lines }) => `${kind} ${path}:${lines.start}`);

  it('puts components in their stages, with path and line', () => {
    expect(map.commit).toBe('abc');
    expect(inStage('training')).toEqual([
      'training script src/app/train.py:4',
      'DVC stage dvc.yaml:2',
      'training workflow .github/workflows/train.yml:5',
    ]);
    expect(inStage('registration')).toEqual(['committed model file models/m.joblib:1']);
    expect(inStage('deployment')).toEqual([
      'model service src/app/serve.py:6',
      'deployment workflow .github/workflows/train.yml:6',
      'service image Dockerfile:3',
      'KServe InferenceService deploy/isvc.yaml:1',
    ]);
    expect(inStage('monitoring')).toEqual([
      'exported metric src/app/serve.py:4',
      'alert rule monitoring/rules.yml:4',
      'alert rule monitoring/rules.yml:6',
      'Alertmanager configuration monitoring/alertmanager.yml:2',
      'Alertmanager receiver monitoring/alertmanager.yml:7',
      'Alertmanager receiver monitoring/alertmanager.yml:8',
    ]);
  });

  it('joins training, model, image, service, metric, alert and receiver, each with a reason', () => {
    const name = (id: string): string => map.components.find((component) => component.id === id)?.name ?? '?';
    const edges = map.edges.map(({ kind, from, to }) => `${name(from)} ${kind} ${name(to)}`);
    expect(edges).toEqual(
      expect.arrayContaining([
        'train triggers train.py',
        'train writes-model m.joblib',
        'train.py writes-model m.joblib',
        'serve.py loads m.joblib',
        'Dockerfile loads m.joblib',
        'Dockerfile triggers serve.py',
        'm deploys-image Dockerfile',
        'train.yml triggers m',
        'serve.py exports-metric live_auc',
        'AucLow watches-metric live_auc',
        'AucLow routes-alert page',
        'Ghost routes-alert nobody',
      ]),
    );
    expect(edges).not.toContain('Ghost watches-metric live_auc');
    expect(map.edges.every(({ reason }) => reason.length > 0 && reason.length <= 200)).toBe(true);
  });

  it('says which metric nothing exports, and what else it cannot tell', () => {
    const texts = map.unknowns.map(({ stage, text }) => `${stage}: ${text}`);
    expect(texts).toContain(
      'monitoring: Alert Ghost (monitoring/rules.yml:6) reads ghost_metric, which no code that was read exports.',
    );
    expect(texts.some((text) => text.startsWith('monitoring: No Prometheus configuration'))).toBe(true);
    expect(texts.some((text) => text.includes('AucLow'))).toBe(false);
  });

  it('has unique ids, and edges only between components', () => {
    const ids = map.components.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { from, to } of map.edges) expect(ids).toEqual(expect.arrayContaining([from, to]));
  });

  it('gives the same map for the same snapshot', () => {
    expect(buildLifecycle(memorySnapshot(REPOSITORY, 'abc'))).toEqual(
      buildLifecycle(memorySnapshot(REPOSITORY, 'abc')),
    );
  });

  it('keeps model-free services out, and says so for each stage', () => {
    const web = buildLifecycle(
      memorySnapshot({
        Dockerfile: 'FROM node:20\nCMD ["node", "x.js"]\n',
        'k.yaml':
          'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { spec: { containers: [{ name: c, image: web:1 }] } } }\n',
        'r.yml': 'groups: [{ name: g, rules: [{ alert: Down, expr: up == 0 }] }]\n',
      }),
    );
    expect(web.map.components).toEqual([]);
    expect(web.map.unknowns.map(({ stage }) => stage)).toEqual([
      'training',
      'registration',
      'deployment',
      'monitoring',
    ]);
    expect(web.facts.ruleFiles).toHaveLength(1);
  });

  it('says for an empty repository that nothing was found', () => {
    expect(buildLifecycle(memorySnapshot({})).map).toMatchObject({ components: [], edges: [], unreadable: [] });
  });

  it('lists what it cannot read, with the reason, and reads the rest', () => {
    const { map: broken } = buildLifecycle(
      memorySnapshot({
        'bad.yaml': 'a: [1\nb: 2\n',
        'latin.py': new Uint8Array([0x23, 0xe9, 0x0a]),
        'large.yaml': `a: ${'x'.repeat(1024 * 1024)}`,
        'twice.yaml': 'a: 1\na: 2\n',
        'src/train.py': 'model.fit(X)\n',
      }),
    );
    expect(broken.unreadable.map(({ path, reason }) => [path, reason.split(':')[0]])).toEqual([
      ['bad.yaml', expect.stringMatching(/^broken YAML at line [123]$/)],
      ['large.yaml', 'larger than 1 MiB'],
      ['latin.py', 'not UTF-8'],
      ['twice.yaml', 'duplicate key "a" at line 2'],
    ]);
    expect(broken.components.map(({ path }) => path)).toEqual(['src/train.py']);
  });

  it('throws for no content of any file', () => {
    const names = Object.keys(REPOSITORY);
    const piece = fc.constantFrom(
      ...Object.values(REPOSITORY),
      '{{',
      '&a [*a]',
      '<<: *x',
      '\u0000',
      '- - -',
      '(((',
      '"',
      '|\n',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.oneof(piece, fc.string()), { maxLength: 6 }),
        fc.nat(200),
        (path, parts, cut) => {
          const content = parts.join('').slice(cut);
          expect(() => buildLifecycle(memorySnapshot({ ...REPOSITORY, [path]: content }))).not.toThrow();
        },
      ),
      { numRuns: 150 },
    );
  });
});
