import { describe, expect, it } from 'vitest';
import { type Files, findings, TRAINING } from '../ruleTrial.js';

const job = (rest = '', image = 'me/trainer:1.0.0') =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: ml}\nspec:\n  template:\n    spec:\n      containers:\n        - name: c\n          image: ${image}\n${rest}`;
const rule = (files: Files) => findings('INC-009', { ...TRAINING, ...files });

describe('INC-009 container-without-resource-limits', () => {
  it('finds a workload that asks for nothing, also where the key is empty', () => {
    expect(rule({ 'k8s/j.yaml': job() })).toMatchObject([{ line: 8, severity: 'medium' }]);
    expect(rule({ 'k8s/j.yaml': job('          resources: {}\n') })).toHaveLength(1);
    expect(rule({ 'k8s/j.yaml': job('', 'postgres:14') })).toMatchObject([{ severity: 'low' }]);
  });

  it('is silent where requests or limits are set, there or for the namespace', () => {
    expect(rule({ 'k8s/j.yaml': job('          resources:\n            limits: {memory: 1Gi}\n') })).toEqual([]);
    expect(rule({ 'k8s/j.yaml': job('          resources: {requests: {cpu: 1}}\n') })).toEqual([]);
    const range = (namespace: string) =>
      `apiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: ${namespace}}\n`;
    expect(rule({ 'k8s/j.yaml': job(), 'k8s/l.yaml': range('ml') })).toEqual([]);
    expect(rule({ 'k8s/j.yaml': job(), 'k8s/l.yaml': range('other') })).toHaveLength(1);
  });

  it('finds a chart whose template has no place for them', () => {
    const chart = (rest: string) => ({
      'chart/Chart.yaml': 'name: a\n',
      'chart/templates/d.yaml': `kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: {{ .Values.name }}\n        image: {{ .Values.image }}\n${rest}`,
    });
    expect(rule(chart(''))).toMatchObject([{ path: 'chart/templates/d.yaml', line: 5 }]);
    expect(rule(chart('        resources: {{ toYaml .Values.resources }}\n'))).toEqual([]);
  });
});
