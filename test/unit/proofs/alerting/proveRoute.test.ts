import { beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../../../src/monitoring/tool.js';
import { proveRoute } from '../../../../src/proofs/alerting/proveRoute.js';

let amtool: string;

beforeAll(async () => {
  amtool = await findTool('amtool');
});

async function route(text: string, labels: Record<string, string> | undefined = { alertname: 'A', severity: 'page' }) {
  const alertmanager = { text, path: 'am.yml' };
  const [probe] = await proveRoute({ alert: 'A', subject: 'A', labels, alertmanager, amtool });
  return { verdict: probe?.verdict, observed: probe?.observed };
}

const RECEIVERS =
  'receivers: [{name: a, webhook_configs: [{url: "http://x/"}]}, {name: none}, {name: empty, slack_configs: []}]';

describe('proveRoute', () => {
  it('passes for a receiver with an integration', async () => {
    expect(await route(`route: {receiver: a}\n${RECEIVERS}`)).toEqual({
      verdict: 'passed',
      observed: 'routed to a (webhook)',
    });
  });

  it.each(['none', 'empty'])('fails for the receiver %s, which has no integration', async (receiver) => {
    expect(await route(`route: {receiver: ${receiver}}\n${RECEIVERS}`)).toEqual({
      verdict: 'failed',
      observed: `routed to ${receiver} (no integration)`,
    });
  });

  it('looks at every receiver when a route continues', async () => {
    const routes =
      'routes: [{receiver: a, continue: yes, match: {severity: page}}, {receiver: none, match_re: {severity: "p.*"}}]';
    expect(await route(`route: {receiver: a, ${routes}}\n${RECEIVERS}`)).toEqual({
      verdict: 'failed',
      observed: 'routed to a (webhook) and none (no integration)',
    });
  });

  it('does not prove a route that is muted at times', async () => {
    const config = `route: {receiver: none, routes: [{receiver: a, mute_time_intervals: [nights]}]}\n${RECEIVERS}`;
    expect(await route(config)).toEqual({
      verdict: 'not-run',
      observed: 'not provable: a route to a is muted at times',
    });
  });

  it('fails for a routing that amtool refuses, and for a file that is no configuration', async () => {
    expect(await route(`route: {receiver: ghost}\n${RECEIVERS}`)).toMatchObject({
      verdict: 'failed',
      observed: expect.stringContaining('amtool refuses the routing'),
    });
    expect(await route('nothing: here')).toMatchObject({
      verdict: 'failed',
      observed: expect.stringContaining('no `route`'),
    });
  });

  it('does not guess a route for labels that are not known', async () => {
    const alertmanager = { text: `route: {receiver: a}\n${RECEIVERS}`, path: 'am.yml' };
    const [probe] = await proveRoute({ alert: 'A', subject: 'A', labels: undefined, alertmanager, amtool });
    expect(probe?.verdict).toBe('not-run');
  });

  it('matches values as they are written, without YAML’s guesses', async () => {
    const config = `route: {receiver: none, routes: [{receiver: a, match: {code: 012}}]}\n${RECEIVERS}`;
    expect(await route(config, { alertname: 'A', code: '012' })).toMatchObject({ verdict: 'passed' });
    expect(await route(config, { alertname: 'A', code: '12' })).toMatchObject({ verdict: 'failed' });
  });
});
