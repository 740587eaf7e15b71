import { describe, expect, it } from 'vitest';
import { type Files, findings, SERVING, TRAINING } from '../ruleTrial.js';

const IMAGE = { Dockerfile: 'FROM python:3.11.9\nCOPY src /src\nCMD ["uvicorn", "src.serve:app"]\n' };
const rule = (files: Files) => findings('INC-011', { ...TRAINING, ...SERVING, ...files });

describe('INC-011 service-without-health-check', () => {
  it('finds a service that cannot be asked', () => {
    expect(rule(IMAGE)).toMatchObject([{ path: 'src/serve.py', line: 4, fixable: false }]);
  });

  it('is silent on a route for health, on a HEALTHCHECK, on a probe and without an image', () => {
    const route = `${SERVING['src/serve.py']}\n\n@app.get("/healthz")\ndef ok():\n    return 1\n`;
    expect(rule({ ...IMAGE, 'src/serve.py': route })).toEqual([]);
    expect(rule({ Dockerfile: `${IMAGE.Dockerfile}HEALTHCHECK CMD curl -f localhost\n` })).toEqual([]);
    const probe =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      image: a:1\n      readinessProbe: {tcpSocket: {port: 80}}\n';
    expect(rule({ ...IMAGE, 'k8s/p.yaml': probe })).toEqual([]);
    expect(rule({})).toEqual([]);
  });
});
