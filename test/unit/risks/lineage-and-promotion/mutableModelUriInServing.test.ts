import { describe, expect, it } from 'vitest';
import { findings, TRAINING } from '../ruleTrial.js';

const serve = (line: string) => ({
  'app/serve.py': `import mlflow\nfrom fastapi import FastAPI\n\napp = FastAPI()\n${line}\n\n\n@app.post("/predict")\ndef predict(x: list):\n    return model.predict(x)\n`,
});
const PROMOTES_BLINDLY = {
  'app/promote.py': 'from mlflow import MlflowClient\nMlflowClient().set_registered_model_alias("m", "champion", 3)\n',
};
const isvc = (uri: string) => ({
  'deploy/isvc.yaml': `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\nspec:\n  predictor:\n    model:\n      modelFormat: {name: sklearn}\n      storageUri: ${uri}\n`,
});

describe('LIN-006 mutable-model-uri-in-serving', () => {
  it('finds the newest of all versions', () => {
    expect(findings('LIN-006', serve('model = mlflow.pyfunc.load_model("models:/scorer/latest")'))).toMatchObject([
      {
        path: 'app/serve.py',
        line: 5,
        severity: 'critical',
        subject: 'models:/scorer/latest',
        blocks: 'rollback',
        fixable: false,
      },
    ]);
  });

  it('finds a stage, and thinks less of it', () => {
    expect(findings('LIN-006', serve('model = mlflow.pyfunc.load_model("models:/scorer/Production")'))).toMatchObject([
      { severity: 'medium' },
    ]);
  });

  it('finds a storage URI without a version', () => {
    expect(findings('LIN-006', isvc('s3://models/scorer/latest/'))).toMatchObject([
      { path: 'deploy/isvc.yaml', line: 8, severity: 'critical' },
    ]);
  });

  it('finds it in the environment of a workload', () => {
    const manifest =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: m}\nspec:\n  template:\n    spec:\n      containers:\n        - name: m\n          image: registry/m:1.0.0\n          env:\n            - name: MODEL_URI\n              value: models:/m/latest\n';
    expect(findings('LIN-006', { ...TRAINING, 'k8s/m.yaml': manifest })).toMatchObject([{ line: 12 }]);
    expect(findings('LIN-006', { ...TRAINING, 'k8s/overlays/dev/m.yaml': manifest })).toEqual([]);
  });

  it('takes an alias amiss only where the alias is moved without a gate', () => {
    const alias = serve('model = mlflow.pyfunc.load_model("models:/scorer@champion")');
    expect(findings('LIN-006', alias)).toEqual([]);
    expect(findings('LIN-006', { ...alias, ...PROMOTES_BLINDLY })).toMatchObject([
      { severity: 'medium', subject: 'models:/scorer@champion' },
    ]);
  });

  it.each([
    ['a version', serve('model = mlflow.pyfunc.load_model("models:/scorer/7")')],
    [
      'code that trains',
      { 'src/train.py': 'import mlflow\nold = mlflow.pyfunc.load_model("models:/m/latest")\nmodel.fit(x, y)\n' },
    ],
    ['tests', { 'tests/serve.py': serve('m = load("models:/scorer/latest")')['app/serve.py'] as string }],
    ['a storage URI with a version', isvc('s3://models/scorer/v7/')],
  ])('is silent on %s', (_, files) => {
    expect(findings('LIN-006', files)).toEqual([]);
  });
});
