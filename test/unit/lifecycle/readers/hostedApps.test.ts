import { describe, expect, it } from 'vitest';
import { readAppEngine, readProcfile, readServerless } from '../../../../src/lifecycle/readers/hostedApps.js';
import { yamlOf } from '../yamlOf.js';

describe('readProcfile', () => {
  it('reads the processes that start a server', () => {
    const parts = readProcfile('Procfile', 'release: python migrate.py\r\nweb: gunicorn app:app --port $PORT\r\n');
    expect(parts.map(({ name, line, stage, evidence }) => [name, line, stage, evidence])).toEqual([
      ['web', 2, 'deployment', 'web: gunicorn app:app --port $PORT'],
    ]);
    expect(readProcfile('Procfile', '')).toEqual([]);
  });
});

describe('readAppEngine', () => {
  it('is a service with a runtime, and no Kubernetes object', () => {
    const parts = readAppEngine(
      'app.yaml',
      yamlOf('service: scorer\nruntime: python311\nentrypoint: gunicorn main:app\n'),
    );
    expect(parts).toMatchObject([{ name: 'scorer', line: 2, evidence: 'runtime: python311' }]);
    expect(parts[0]?.commands[0]?.line).toBe(3);
    expect(readAppEngine('app.yaml', yamlOf('apiVersion: v1\nkind: Pod\nruntime: x\n'))).toEqual([]);
    expect(readAppEngine('app.yaml', yamlOf('debug: true\n'))).toEqual([]);
  });
});

describe('readServerless', () => {
  it('reads the functions', () => {
    const text = 'service: churn\nprovider: { name: aws }\nfunctions:\n  predict:\n    handler: app.predict\n';
    expect(readServerless('serverless.yml', yamlOf(text))).toMatchObject([
      { name: 'predict', line: 4, evidence: 'handler: app.predict', labels: ['predict', 'churn'] },
    ]);
    expect(readServerless('serverless.yml', yamlOf('functions: { a: {} }\n'))).toEqual([]);
  });
});
