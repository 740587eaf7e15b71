import { describe, expect, it } from 'vitest';
import { readAlertmanager, receiversIn } from '../../../../src/proofs/alerting/receivers.js';

describe('receiversIn', () => {
  it('takes names apart, also ones that hold a comma', () => {
    const names = ['a', 'b', 'b,c', 'a,b'];
    expect(receiversIn('a', names)).toEqual(['a']);
    expect(receiversIn('b,c', names)).toEqual(['b,c']);
    expect(receiversIn('b,c,a', ['a', 'b,c'])).toEqual(['b,c', 'a']);
    expect(receiversIn('', names)).toEqual([]);
    expect(receiversIn('x', names)).toBeUndefined();
  });
});

describe('readAlertmanager', () => {
  it('keeps routing and names alone for amtool', () => {
    const text = `
global: {slack_api_url_file: /etc/secret}
templates: [/etc/*.tmpl]
route: {receiver: a, group_wait: 30s, routes: [{receiver: a, matchers: ['x="1"'], active_time_intervals: [day]}]}
receivers: [{name: a, slack_configs: [{channel: '#a'}], webhook_configs: [{url: 'http://token@x/'}]}]
`;
    const config = readAlertmanager(text, 'am.yml');
    expect([...config.receivers]).toEqual([['a', ['slack', 'webhook']]]);
    expect([...config.timed]).toEqual(['a']);
    expect(config.routingOnly).not.toMatch(/etc|token|slack|interval|global/);
    expect(config.routingOnly).toContain('x="1"');
  });

  it.each([
    ['receivers: []', 'no `route`'],
    ['a: [', 'not valid'],
  ])('refuses %.20s', (text, reason) => {
    expect(() => readAlertmanager(text, 'am.yml')).toThrow(reason);
  });

  it('refuses a file that is too large', () => {
    expect(() => readAlertmanager('y'.repeat(1024 * 1024 + 1), 'am.yml')).toThrow('larger than 1 MiB');
  });
});
