import { describe, expect, it } from 'vitest';
import { isTemplatedFile } from '../../../src/planning/templatedFile.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

function templated(path: string, text: string, others: Record<string, string> = {}): boolean {
  return isTemplatedFile(memorySnapshot({ [path]: text, ...others }), path, text);
}

describe('isTemplatedFile', () => {
  it.each([
    ['a Jinja file', 'deploy/a.yaml.j2', 'a: 1\n'],
    ['a bare value', 'a.yaml', 'image: {{ .Values.image }}\n'],
    ['a control line', 'a.yaml', '{{- if .Values.x }}\na: 1\n{{- end }}\n'],
    ['a Jinja block', 'a.yml', '{% if x %}\na: 1\n{% endif %}\n'],
  ])('knows %s', (_, path, text) => {
    expect(templated(path, text)).toBe(true);
  });

  it('knows a chart’s template even when it is valid YAML', () => {
    const text = 'a: "{{ .Values.a }}"\n';
    expect(templated('chart/templates/a.yaml', text, { 'chart/Chart.yaml': 'name: c\n' })).toBe(true);
    expect(templated('templates/a.yaml', text, { 'Chart.yaml': 'name: c\n' })).toBe(true);
    expect(templated('web/templates/a.yaml', text)).toBe(false);
  });

  it.each([
    [
      'a Prometheus annotation',
      'annotations:\n  summary: "{{ $labels.model }} is slow"\n  long: |\n    {{ $value }}\n    more\n',
    ],
    ['a plain scalar', 'summary: p99 is {{ $value }}\n'],
    ['no template at all', 'a: {b: 1}\n'],
  ])('takes %s for what it is', (_, text) => {
    expect(templated('monitoring/rules.yml', text)).toBe(false);
  });
});
