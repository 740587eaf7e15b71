import { describe, expect, it } from 'vitest';
import { jsonAt, jsonString, readJson } from '../../../../src/lifecycle/jsonDocument.js';
import { grafanaDashboard, readGrafanaDashboard } from '../../../../src/lifecycle/readers/grafanaDashboard.js';

const read = (text: string) => {
  const reading = readJson(text);
  if ('reason' in reading) throw new Error(reading.reason);
  const dashboard = grafanaDashboard(reading.root);
  return dashboard && readGrafanaDashboard('grafana/d.json', dashboard, reading.lines);
};

describe('readGrafanaDashboard', () => {
  it('reads the queries of panels, also inside rows, with the metrics that they read', () => {
    const text = `{
 "title": "Model",
 "panels": [
  {"targets": [{"expr": "rate(predictions_total{job=\\"$job\\"}[$__rate_interval])"}]},
  {"type": "row", "panels": [{"targets": [{"expr": "live_auc"}, {"expr": ""}, {"rawSql": "select 1"}]}]}
 ]
}`;
    expect(read(text)).toMatchObject({
      title: 'Model',
      line: 2,
      queries: [
        { line: 4, metrics: ['predictions_total'] },
        { line: 5, metrics: ['live_auc'] },
      ],
    });
  });

  it('reads a dashboard as the API wraps it, and takes other JSON for none', () => {
    expect(read('{"dashboard": {"title": "A", "rows": []}}')?.title).toBe('A');
    expect(read('{"title": "A schema", "properties": {}}')).toBeUndefined();
    expect(read('[1]')).toBeUndefined();
  });
});

describe('readJson', () => {
  it('keeps offsets and decodes escapes; of equal keys the last counts', () => {
    const text = '\uFEFF{ "a": "x\\n\\u0041", "a": [true, -1.5e3, null] , "b":""}';
    const reading = readJson(text);
    if ('reason' in reading) throw new Error(reading.reason);
    const first = reading.root.entries[0]?.value;
    expect(first?.text).toBe('x\nA');
    expect(text.slice(first?.start, first?.end)).toBe('"x\\n\\u0041"');
    expect(jsonAt(reading.root, 'a')?.items.map(({ text: value }) => value)).toEqual(['true', '-1.5e3', 'null']);
    expect(jsonString(jsonAt(reading.root, 'b'))).toBe('');
  });

  it.each(['', '{', '{"a"}', '{"a":}', '[1,]', '{"a":1} x', '"\\q"', '"open', 'nul', '{a:1}'])(
    'refuses %j with a reason',
    (text) => {
      expect(readJson(text)).toHaveProperty('reason');
    },
  );
});
