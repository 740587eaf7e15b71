import { describe, expect, it } from 'vitest';
import { type Files, findings, TRAINING } from '../ruleTrial.js';

const server = (image: string, rest = '') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: s}\nspec:\n  template:\n    spec:\n      containers:\n        - name: c\n          image: ${image}\n          ports: [{containerPort: 5000}]\n${rest}`;
const rule = (files: Files) => findings('INC-010', { ...TRAINING, ...files });

describe('INC-010 workload-without-probes', () => {
  it('finds a registry that nothing asks whether it is well', () => {
    expect(rule({ 'k8s/m.yaml': server('ghcr.io/mlflow/mlflow:v2.9.2') })).toMatchObject([{ line: 8 }]);
  });

  it('is silent on any probe and on other infrastructure', () => {
    const probe = '          livenessProbe: {tcpSocket: {port: 5000}}\n';
    expect(rule({ 'k8s/m.yaml': server('ghcr.io/mlflow/mlflow:v2.9.2', probe) })).toEqual([]);
    expect(rule({ 'k8s/m.yaml': server('grafana/grafana:11.0.0') })).toEqual([]);
  });

  it('finds a chart that names a port for probes and has none', () => {
    const chart = (rest: string) => ({
      'chart/Chart.yaml': 'name: a\n',
      'chart/templates/d.yaml': `kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: {{ .Values.name }}\n        image: {{ .Values.image }}\n        ports:\n        - name: probe\n          containerPort: 8086\n${rest}`,
    });
    expect(rule(chart(''))).toMatchObject([{ path: 'chart/templates/d.yaml', line: 5 }]);
    expect(rule(chart('        livenessProbe: {httpGet: {path: /health, port: probe}}\n'))).toEqual([]);
  });
});
