import { describe, expect, it } from 'vitest';
import { findings } from '../ruleTrial.js';

const REGISTER = { 'src/r.py': 'import mlflow\n\nmlflow.register_model("runs:/1/m", "scorer")\n' };
const database = (mount: string, volume: string, image = 'postgres:14') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: db\nspec:\n  template:\n    spec:\n      containers:\n        - name: db\n          image: ${image}\n          volumeMounts:\n            - name: data\n              mountPath: ${mount}\n      volumes:\n        - name: data\n          ${volume}\n`;
const rule = (text: string) => findings('RBK-012', { ...REGISTER, 'k8s/db.yaml': text });

describe('RBK-012 ephemeral-registry-store', () => {
  it('finds a database whose data is lost with the pod', () => {
    expect(rule(database('/var/lib/postgresql/data', 'emptyDir: {}'))).toMatchObject([
      { path: 'k8s/db.yaml', line: 15, severity: 'high' },
    ]);
  });

  it('is silent on a claim, on a cache, on other servers and without a registry', () => {
    expect(rule(database('/var/lib/postgresql/data', 'persistentVolumeClaim: {claimName: a}'))).toEqual([]);
    expect(rule(database('/tmp', 'emptyDir: {}'))).toEqual([]);
    expect(rule(database('/data', 'emptyDir: {}', 'redis:7'))).toEqual([]);
    const files = { 'k8s/db.yaml': database('/var/lib/postgresql/data', 'emptyDir: {}') };
    expect(findings('RBK-012', { 'train.py': 'import sklearn\n', ...files })).toEqual([]);
  });
});
