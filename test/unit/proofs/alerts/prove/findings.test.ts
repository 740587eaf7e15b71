import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { selectorsOf } from '../../../../../src/promql/walk.js';
import {
  narrowRanges,
  selectorsThatMustRead,
  templateFailures,
  templateLabels,
  watcherOf,
} from '../../../../../src/proofs/alerts/prove/findings.js';
import { readRuleFiles, type WrittenRule } from '../../../../../src/proofs/alerts/prove/readRuleFiles.js';

describe('narrowRanges', () => {
  const how = (expr: string, scrape: number) => narrowRanges(parseQuery(expr), scrape).map((range) => range.how);

  it('says never up to one interval and at times below two, for functions that need two samples', () => {
    expect(how('rate(x[1m]) > 1', 60)).toEqual(['never']);
    expect(how('rate(x[1m]) > 1', 45)).toEqual(['at times']);
    expect(how('rate(x[1m]) > 1', 30)).toEqual([]);
  });

  it('is content with one sample for functions over time', () => {
    expect(how('max_over_time(x[1m]) > 1', 60)).toEqual([]);
    expect(how('max_over_time(x[1m]) > 1', 90)).toEqual(['at times']);
  });
});

describe('selectorsThatMustRead', () => {
  it('leaves out what is asked for its absence', () => {
    expect([...selectorsThatMustRead([parseQuery('a > 1 unless b and absent(c) or d offset 1h')])].sort()).toEqual([
      'a',
      'd',
    ]);
  });
});

describe('templateFailures', () => {
  it('names the place and what Prometheus says', () => {
    const text =
      '<error expanding template: error executing template __alert_A: template: __alert_A:1:133: ' +
      'executing "__alert_A" at <first>: error calling first: first() called on vector with no elements>';
    expect(templateFailures({ labels: { team: 'core' }, annotations: { value: text, summary: 'fine' } })).toEqual([
      {
        where: 'annotation value',
        error: 'at <first>: error calling first: first() called on vector with no elements',
      },
    ]);
    expect(templateFailures({ labels: { team: text }, annotations: {} })).toMatchObject([{ where: 'label team' }]);
  });

  it('takes no text for a failure that only speaks of one', () => {
    expect(templateFailures({ labels: {}, annotations: { a: 'an <error expanding template: x> in the log' } })).toEqual(
      [],
    );
  });
});

describe('templateLabels', () => {
  it('names labels of templates with the place of the first', () => {
    const rule = {
      labels: { team: '{{ .Labels.team }}' },
      annotations: { s: '{{ $labels.a }} {{$labels.b}}', t: '{{ $labels.a }}' },
    };
    expect(templateLabels(rule)).toEqual([
      { label: 'a', where: 'annotation s' },
      { label: 'b', where: 'annotation s' },
      { label: 'team', where: 'label team' },
    ]);
  });
});

describe('watcherOf', () => {
  const rules = (exprs: string[]) =>
    readRuleFiles([
      {
        path: 'r.yml',
        text: `groups: [{name: g, rules: [${exprs.map((expr, index) => `{alert: A${index}, expr: '${expr}'}`).join(', ')}]}]`,
      },
    ]).rules;
  const watched = (own: string, other: string) => {
    const [self, watcher] = rules([own, other]) as [WrittenRule, WrittenRule];
    const selectors = selectorsOf(parseQuery(own));
    return (
      watcherOf(
        selectors,
        [
          { rule: self, query: parseQuery(own) },
          { rule: watcher, query: parseQuery(other) },
        ],
        self,
      ) !== undefined
    );
  };

  it('is a rule on the absence of the metric, unless it is about other series of it', () => {
    expect(watched('x{job="a"} > 1', 'absent(x)')).toBe(true);
    expect(watched('x{job="a"} > 1', 'absent_over_time(x{job="b"}[5m])')).toBe(false);
    expect(watched('x > 1', 'absent(y)')).toBe(false);
  });

  it('is a rule on up that does not exclude its job', () => {
    expect(watched('x{job="a"} > 1', 'up == 0')).toBe(true);
    expect(watched('x{job="a"} > 1', 'up{job="b"} == 0')).toBe(false);
  });

  it('is never the rule itself', () => {
    const [self] = rules(['absent(x)']) as [WrittenRule];
    expect(
      watcherOf(selectorsOf(parseQuery('absent(x)')), [{ rule: self, query: parseQuery('absent(x)') }], self),
    ).toBeUndefined();
  });
});
