import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../../../src/lifecycle/yamlDocument.js';
import {
  RelabelError,
  readRelabelRule,
  relabel,
  withExternalLabels,
} from '../../../../../src/proofs/alerts/route/relabel.js';

/** The labels after the rules of a YAML list; the dropping rule's line when they are dropped. */
function relabelled(labels: Record<string, string>, yaml: string): Record<string, string> | number {
  const reading = readYaml(yaml);
  if ('reason' in reading) throw new Error(reading.reason);
  const result = relabel(labels, reading.documents[0]?.items().map(readRelabelRule) ?? []);
  return 'labels' in result ? result.labels : result.droppedBy.line;
}

describe('replace', () => {
  it('is the default, with the whole value of the joined source labels', () => {
    expect(relabelled({ a: '1', b: '2' }, '[{source_labels: [a, b], target_label: c}]')).toEqual({
      a: '1',
      b: '2',
      c: '1;2',
    });
    expect(relabelled({ a: '1' }, "[{source_labels: [a, b], separator: '', target_label: c}]")).toEqual({
      a: '1',
      c: '1',
    });
    expect(relabelled({}, '[{target_label: env, replacement: prod}]')).toEqual({ env: 'prod' });
  });

  it('fills groups by number and by name, in the target too', () => {
    const rule =
      "[{source_labels: [instance], regex: '([^:]+):(?P<port>\\d+)', target_label: 'p_$port', replacement: '${1}x'}]";
    expect(relabelled({ instance: 'db:80' }, rule)).toEqual({ instance: 'db:80', p_80: 'dbx' });
  });

  it('changes nothing without a match of the whole value, and takes the label away for an empty result', () => {
    expect(relabelled({ a: 'xyz' }, '[{source_labels: [a], regex: y, target_label: a, replacement: z}]')).toEqual({
      a: 'xyz',
    });
    expect(relabelled({ a: 'x', b: 'y' }, "[{source_labels: [a], target_label: b, replacement: ''}]")).toEqual({
      a: 'x',
    });
    expect(
      relabelled({ a: 'x', b: 'y' }, '[{regex: null, source_labels: [a], target_label: b, replacement: z}]'),
    ).toEqual({
      a: 'x',
      b: 'y',
    });
  });

  it('drops nothing for a target that is no label name', () => {
    expect(relabelled({ a: '1-x' }, "[{source_labels: [a], target_label: '${1}', replacement: v}]")).toEqual({
      a: '1-x',
    });
  });
});

describe('keep and drop', () => {
  it('go by the pattern, anchored', () => {
    const labels = { severity: 'info' };
    expect(relabelled(labels, '[{source_labels: [severity], regex: info|none, action: drop}]')).toBe(1);
    expect(relabelled(labels, '[{source_labels: [severity], regex: inf, action: drop}]')).toEqual(labels);
    expect(relabelled(labels, '[{source_labels: [severity], regex: in.*, action: keep}]')).toEqual(labels);
    expect(relabelled(labels, '\n- {source_labels: [team], regex: .+, action: Keep}')).toBe(2);
  });

  it('go by another label with keepequal and dropequal', () => {
    const labels = { a: '1', b: '1', c: '2' };
    expect(relabelled(labels, '[{source_labels: [a], target_label: b, action: dropequal}]')).toBe(1);
    expect(relabelled(labels, '[{source_labels: [a], target_label: c, action: dropequal}]')).toEqual(labels);
    expect(relabelled(labels, '[{source_labels: [a], target_label: b, action: keepequal}]')).toEqual(labels);
    expect(relabelled(labels, '[{source_labels: [x], target_label: c, action: keepequal}]')).toBe(1);
  });
});

describe('labels by name', () => {
  it('are copied, dropped and kept by pattern', () => {
    const labels = { __meta_team: 'ml', team: 'x', zone: 'a' };
    expect(relabelled(labels, '[{regex: __meta_(.+), action: labelmap}]')).toEqual({ ...labels, team: 'ml' });
    expect(relabelled(labels, "[{regex: '.*e.*', action: labeldrop}]")).toEqual({});
    expect(relabelled(labels, '[{regex: team|zone, action: labelkeep}]')).toEqual({ team: 'x', zone: 'a' });
    expect(relabelled({ a: '1' }, "[{regex: a, replacement: 'b_$0', action: labelmap}]")).toEqual({ a: '1', b_a: '1' });
  });
});

describe('values', () => {
  it('change case, each letter by itself', () => {
    expect(relabelled({ a: 'Straße ΣΑΣ' }, '[{source_labels: [a], target_label: b, action: lowercase}]')).toEqual({
      a: 'Straße ΣΑΣ',
      b: 'straße σασ',
    });
    expect(relabelled({ a: 'straße' }, '[{source_labels: [a], target_label: a, action: uppercase}]')).toEqual({
      a: 'STRAßE',
    });
    expect(relabelled({ a: 'x', b: 'y' }, '[{source_labels: [none], target_label: b, action: uppercase}]')).toEqual({
      a: 'x',
    });
  });

  it('are hashed as Prometheus does: the last eight bytes of the MD5, by the modulus', () => {
    // md5("a;b")[8:] and md5("db-1")[8:], as big-endian numbers, modulo 10.
    expect(
      relabelled({ a: 'a', b: 'b' }, '[{source_labels: [a, b], modulus: 10, target_label: h, action: hashmod}]'),
    ).toEqual({
      a: 'a',
      b: 'b',
      h: '4',
    });
    expect(relabelled({ a: 'db-1' }, '[{source_labels: [a], modulus: 10, target_label: h, action: hashmod}]')).toEqual({
      a: 'db-1',
      h: '0',
    });
  });
});

it('rules see what those before them made', () => {
  const rules = `
- {source_labels: [severity], regex: page, target_label: severity, replacement: critical}
- {source_labels: [severity], regex: critical, target_label: pager, replacement: 'yes'}
- {regex: severity, action: labeldrop}
- {source_labels: [severity], regex: '', target_label: lost, replacement: 'yes'}`;
  expect(relabelled({ severity: 'page' }, rules)).toEqual({ pager: 'yes', lost: 'yes' });
});

it('external labels are added where the alert has none of the name', () => {
  expect(withExternalLabels({ cluster: 'own', env: '' }, { cluster: 'c1', env: 'prod', zone: 'a' })).toEqual({
    cluster: 'own',
    env: 'prod',
    zone: 'a',
  });
});

it.each([
  '[{action: rename}]',
  '[{source_labels: [a]}]',
  '[{source_labels: [a], target_label: b, action: hashmod}]',
  "[{regex: '(', target_label: a}]",
  '[{source_labels: a, target_label: b}]',
  '[{target_label: [a]}]',
  '[5]',
])('%s is refused, as by Prometheus', (yaml) => {
  expect(() => relabelled({}, yaml)).toThrow(RelabelError);
});
