import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, SERVING, TRAINING } from '../ruleTrial.js';

const LIVENESS =
  '          livenessProbe: # restarts it\n            httpGet:\n              path: /healthz\n              port: 8080\n            periodSeconds: 10\n';

const files = (probes: string, kind = 'Deployment', image = 'registry/scorer:1.2.3') => ({
  ...TRAINING,
  ...SERVING,
  'k8s/api.yaml': `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers:\n        - name: api\n          image: ${image}\n          ports:\n            - containerPort: 8080\n${probes}          resources: {}\n`,
});

describe('INC-006 serving-without-readiness-gate', () => {
  it('finds a serving container without a readiness probe', () => {
    expect(findings('INC-006', files(LIVENESS))).toMatchObject([
      { path: 'k8s/api.yaml', line: 8, severity: 'high', subject: 'Deployment/api api', fixable: true },
    ]);
  });

  it('has no fix without an HTTP liveness probe', () => {
    expect(findings('INC-006', files(''))).toMatchObject([{ fixable: false }]);
    expect(findings('INC-006', files('          livenessProbe: {tcpSocket: {port: 8080}}\n'))).toMatchObject([
      { fixable: false },
    ]);
    expect(findings('INC-006', files(LIVENESS.replace('/healthz', '/metrics')))).toMatchObject([{ fixable: false }]);
  });

  it('finds a readiness probe that asks a page which says nothing', () => {
    expect(
      findings('INC-006', files('          readinessProbe: {httpGet: {path: /docs, port: 8080}}\n')),
    ).toMatchObject([{ line: 12, severity: 'medium', fixable: false }]);
  });

  it.each([
    ['a readiness probe', files('          readinessProbe: {httpGet: {path: /ready, port: 8080}}\n')],
    ['infrastructure', files('', 'Deployment', 'grafana/grafana:11.0.0')],
    ['a batch job', files('', 'Job')],
    ['a cron job', files('', 'CronJob')],
    ['broken YAML', { ...files(''), 'k8s/api.yaml': 'kind: Deployment\nspec: [\n' }],
  ])('is silent on %s', (_, each) => {
    expect(findings('INC-006', each)).toEqual([]);
  });

  it('is silent on KServe, which has probes of its own', () => {
    const isvc =
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\nspec:\n  predictor:\n    containers:\n      - name: c\n        image: registry/m:1.0.0\n        ports:\n          - containerPort: 8080\n';
    expect(findings('INC-006', { 'deploy/isvc.yaml': isvc })).toEqual([]);
  });

  it('copies the liveness probe in the file’s own style', () => {
    const before = files(LIVENESS);
    expect(changedLines(before['k8s/api.yaml'], fixed('INC-006', before))).toEqual([
      '+          readinessProbe: # restarts it',
      '+            httpGet:',
      '+              path: /healthz',
      '+              port: 8080',
      '+            periodSeconds: 10',
    ]);
  });

  it('copies a probe on one line, with CRLF', () => {
    const before = files('          livenessProbe: {httpGet: {path: /live, port: 8080}}\n');
    const crlf = { ...before, 'k8s/api.yaml': before['k8s/api.yaml'].replaceAll('\n', '\r\n') };
    expect(fixed('INC-006', crlf)).toBe(
      crlf['k8s/api.yaml'].replace(
        '          livenessProbe',
        '          readinessProbe: {httpGet: {path: /live, port: 8080}}\r\n          livenessProbe',
      ),
    );
  });
});
