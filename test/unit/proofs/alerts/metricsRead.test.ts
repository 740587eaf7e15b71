import { describe, expect, it } from 'vitest';
import { metricsReadBy } from '../../../../src/proofs/alerts/metricsRead.js';

describe('metricsReadBy', () => {
  it('names each metric once, of alerts and recordings, but not what a recording of another file makes', () => {
    const alerts = `groups:
- name: a
  rules:
  - alert: Ratio
    expr: job:errors:rate5m / sum(rate(requests_total[5m])) > 0.1 and up{job="x"} == 1
  - alert: Broken
    expr: sum(
  - alert: Up
    expr: up == 0 or {__name__="quoted"} > 1
`;
    const recordings = `groups:
- name: r
  rules:
  - record: job:errors:rate5m
    expr: sum(rate(errors_total[5m]))
`;
    const files = [
      { path: 'a.yml', text: alerts },
      { path: 'r.yml', text: recordings },
      { path: 'broken.yml', text: 'groups: [' },
    ];
    expect(metricsReadBy(files).sort()).toEqual(['errors_total', 'quoted', 'requests_total', 'up']);
  });
});
