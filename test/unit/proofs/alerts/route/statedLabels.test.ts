import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../../src/promql/parse.js';
import { statedLabels } from '../../../../../src/proofs/alerts/route/statedLabels.js';

const ASKED = ['severity', 'job', 'env', 'team', 'instance'];

/** Which of some labels are stated by a rule with this query, and which by its labels. */
function stated(query: string, labels: Record<string, string> = {}): string {
  return ASKED.filter(statedLabels(parseQuery(query), labels)).join(' ');
}

describe('labels whose values a rule states', () => {
  it('are its own ones without a template, and its name', () => {
    expect(stated('up == 0', { severity: 'critical', team: '{{ $labels.team }}' })).toBe('severity');
    expect(statedLabels(parseQuery('up == 0'), {})('alertname')).toBe(true);
    expect(stated('up{team="a"} == 0', { team: '{{ $labels.job }}' })).toBe('');
  });

  it.each([
    // A selector's series may have any other label.
    ['up{job="api", env=~"prod|test", team!="x"} == 0', 'job'],
    // An aggregation leaves no label but those it names.
    ['sum(up) < 1', 'severity job env team instance'],
    ['sum by (env) (up{job="api"}) < 1', 'severity job team instance'],
    ['sum by (env, job) (up{job="api"}) < 1', 'severity job team instance'],
    ['sum without (env) (up{job="api", env="prod"}) < 1', 'job env'],
    ['topk(1, up{job="api"}) < 1', 'job'],
    ['count_values by (job) ("env", up{job="api", env="prod"}) > 3', 'severity job team instance'],
    // Sides with the same labels: what one of them states holds for the other.
    ['a{job="api"} / b{env="prod"} > 1', 'job env'],
    ['sum by (env) (a) / b{team="x"} > 1', 'severity job team instance'],
    ['a{job="api", team="x"} / on (job, env) b > 1', 'severity job team instance'],
    ['a{job="api", team="x"} / ignoring (team) b > 1', 'job team'],
    ['a{job="api"} * ignoring (team) group_left b{env="prod"} > 1', 'job env'],
    ['a{team="x"} * on (job) group_left (team, env) b{job="api", env="prod"} > 1', 'job env'],
    ['b{job="api", env="prod"} * on (job) group_right (env) a{env="test"} > 1', 'job env'],
    ['100 * a{job="api"} > 1 + 2', 'job'],
    ['vector(1)', 'severity job env team instance'],
    // Of either side only what both say.
    ['a{job="api", env="prod"} or b{job="api", env="test"}', 'job'],
    ['a{job="api"} or vector(1)', ''],
    ['a{job="api"} and on (env) b{env="prod"}', 'job'],
    ['absent(up{job="api", env=~"p.*"})', 'severity job env team instance'],
    ['absent_over_time(up{job="api"}[5m])', 'severity job env team instance'],
    ['label_replace(a{job="api", env="prod"}, "env", "$1", "team", "(.*)")', 'job'],
    ['histogram_quantile(0.9, rate(a_bucket{job="api"}[5m])) > 1', 'job'],
    ['max_over_time(rate(a{job="api"}[5m])[1h:]) > 1', 'job'],
    ['-clamp_min(a{job="api"}, 1) < -5', 'job'],
  ])('%s: %s', (query, labels) => {
    expect(stated(query)).toBe(labels);
  });
});
