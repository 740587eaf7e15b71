import { describe, expect, it } from 'vitest';
import { alertsToProve } from '../../../src/activities/provedAlerts.js';
import type { Trigger } from '../../../src/contract/request.js';
import type { Risk } from '../../../src/contract/risk.js';
import { incident, request, risk } from '../planning/assessment.js';
import { contextOf, type Files } from '../risks/ruleTrial.js';

const rules = (...alerts: string[]) =>
  `groups:\n- name: g\n  rules:\n${alerts.map((alert) => `  - ${alert}\n`).join('')}`;
const alert = (name: string, expr: string, more = '') => `{alert: ${name}, expr: '${expr}'${more}}`;
const A = alert('A', 'a > 1');
const B = alert('B', 'b > 1', ', labels: {severity: critical}');

function chosen(before: Files, after: Files, more: { closes?: Risk[]; trigger?: Trigger } = {}) {
  const found = alertsToProve({
    before: contextOf(before),
    after: contextOf(after),
    closes: more.closes ?? [],
    trigger: more.trigger ?? request(),
  });
  return { ...found, files: found.files.map(({ path, alerts }) => `${path}: ${alerts.join(', ')}`) };
}

describe('the alerts that a change’s proof is about', () => {
  it('are those that it adds or changes', () => {
    const before = { 'r.yml': rules(A, B) };
    expect(chosen(before, { 'r.yml': rules(A, B, alert('C', 'c > 1')) })).toMatchObject({
      files: ['r.yml: C'],
      touched: ['C'],
    });
    expect(chosen(before, { 'r.yml': rules(alert('A', 'a > 2'), B) }).files).toEqual(['r.yml: A']);
    expect(chosen(before, { 'r.yml': rules(alert('A', 'a > 1', ', for: 5m'), B) }).files).toEqual(['r.yml: A']);
    expect(chosen(before, { 'r.yml': rules(A, B.replace('critical', 'page')) }).files).toEqual(['r.yml: B']);
  });

  it('are those that read a recording rule which it changes, through any number of them and files', () => {
    const reading = rules("{record: 'x:2', expr: 'x:1 * 2'}", alert('C', 'x:2 > 1'), A);
    const before = { 'a.yml': rules("{record: 'x:1', expr: 'x'}"), 'b.yml': reading };
    const after = { ...before, 'a.yml': rules("{record: 'x:1', expr: 'y'}") };
    expect(chosen(before, after).files).toEqual(['b.yml: C']);
  });

  it('are the incident’s and the closed risks’ besides, those of the incident not touched', () => {
    const before = { 'r.yml': rules(A, B, alert('C', 'c > 1')) };
    const after = { 'r.yml': rules(A, B, alert('C', 'c > 2')) };
    const closes = [risk({ subject: 'B' })];
    expect(chosen(before, after, { closes, trigger: incident('A') })).toEqual({
      files: ['r.yml: C, A, B'],
      touched: ['C', 'B'],
      omitted: [],
    });
  });

  it('are those within Kubernetes objects, too', () => {
    const object = (body: string) =>
      `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\nspec:\n${body.replace(/^/gm, '  ')}`;
    expect(
      chosen({ 'r.yaml': object(rules(A, B)) }, { 'r.yaml': object(rules(A, B)) }, { trigger: incident('A') }).files,
    ).toEqual(['r.yaml: A']);
  });

  it('is the most severe where nothing else leads to one', () => {
    const files = { 'r.yml': rules(A, B) };
    expect(chosen(files, files)).toEqual({ files: ['r.yml: B'], touched: [], omitted: [] });
    expect(chosen({}, {}).files).toEqual([]);
  });

  it('are not changed by white space, comments and order', () => {
    const after = { 'r.yml': `# moved\n${rules(B, A)}` };
    expect(chosen({ 'r.yml': rules(A, B) }, after, { trigger: incident('A') })).toMatchObject({
      files: ['r.yml: A'],
      touched: [],
    });
  });

  it('are counted where they are too many to be proved in one task', () => {
    const many = Array.from({ length: 30 }, (_, index) => alert(`M${index}`, `m > ${index}`));
    const { omitted, touched } = chosen({ 'r.yml': rules(A) }, { 'r.yml': rules(A, ...many) });
    expect([omitted.length, touched.length]).toEqual([6, 30]);
  });
});
