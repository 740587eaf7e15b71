import { describe, expect, it } from 'vitest';
import { findings, TRAINING } from '../ruleTrial.js';

const upload = (key: string) => ({
  'src/train.py': `${TRAINING['src/train.py']}\nimport boto3\n\nboto3.client("s3").upload_file("m.pkl", "bucket", ${key})\n`,
});

describe('RBK-005 no-rollback-path', () => {
  it('finds a model that is uploaded over the one before', () => {
    expect(findings('RBK-005', upload('"models/prod_model.pkl"'))).toMatchObject([{ path: 'src/train.py', line: 7 }]);
  });

  it('finds an image that is only ever pushed as latest', () => {
    const push = (...lines: string[]) => ({ ...TRAINING, 'deploy.sh': `#!/bin/sh\n${lines.join('\n')}\n` });
    expect(findings('RBK-005', push('docker push r.io/scorer:latest'))).toMatchObject([{ path: 'deploy.sh', line: 2 }]);
    expect(findings('RBK-005', push('docker push r.io/scorer:latest', 'docker push r.io/scorer:$SHA'))).toEqual([]);
  });

  it('is silent on a key with a version, on a way back, and on workloads that keep revisions', () => {
    expect(findings('RBK-005', upload('f"models/{version}/model.pkl"'))).toEqual([]);
    const files = upload('"models/prod_model.pkl"');
    expect(findings('RBK-005', { ...files, 'rollback.sh': 'echo rollback\n' })).toEqual([]);
    const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n';
    expect(findings('RBK-005', { ...files, 'k8s/a.yaml': deployment })).toEqual([]);
  });
});
