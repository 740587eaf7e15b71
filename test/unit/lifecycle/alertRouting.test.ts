import { describe, expect, it } from 'vitest';
import { receiversOf } from '../../../src/lifecycle/alertRouting.js';
import type { AlertmanagerRoute } from '../../../src/lifecycle/facts.js';
import { readAlertmanagerConfig } from '../../../src/lifecycle/readers/alertmanager.js';
import { readYaml } from '../../../src/lifecycle/yamlDocument.js';

const CONFIG = `route:
  receiver: default
  routes:
    - receiver: hook
      matchers: ['severity = "critical"', model=~".+"]
      continue: true
    - match: { model: fraud }
      routes:
        - receiver: night
          match_re: { severity: "warn.*|info" }
    - receiver: pager
      matchers:
        - service="api"
        - severity!=info
receivers:
  - name: default
  - name: hook
    webhook_configs: [{ url: "http://h" }]
`;

function read(text: string) {
  const reading = readYaml(text);
  if ('reason' in reading) throw new Error(reading.reason);
  return readAlertmanagerConfig('am.yml', reading.documents[0] as never, text);
}

// Expected receivers are those that `amtool config routes test` prints for the same file.
describe('receiversOf', () => {
  const route = read(CONFIG).route as AlertmanagerRoute;

  it.each([
    [{}, ['default']],
    [{ severity: 'critical', model: 'fraud' }, ['hook', 'default']],
    [{ severity: 'warning', model: 'fraud' }, ['night']],
    [{ service: 'api', severity: 'critical' }, ['pager']],
    [{ service: 'api', severity: 'info' }, ['default']],
    [{ service: 'api', severity: 'critical', model: 'x' }, ['hook', 'pager']],
  ])('routes %j to %j', (labels, receivers) => {
    expect(receiversOf(route, labels)).toEqual(receivers);
  });

  it('does not run a pattern that could take for ever', () => {
    const evil = read(
      'route:\n  receiver: a\n  routes: [{ receiver: b, match_re: { x: "(a+)+$" } }]\nreceivers: []\n',
    ).route;
    expect(receiversOf(evil as AlertmanagerRoute, { x: `${'a'.repeat(200)}!` })).toEqual(['a']);
  });
});

describe('readAlertmanagerConfig', () => {
  it('gives receivers with integrations, and the place of each receiver for splicing', () => {
    const config = read(CONFIG);
    expect(config.receivers.map(({ name, integrations }) => [name, integrations.map(({ kind }) => kind)])).toEqual([
      ['default', []],
      ['hook', ['webhook']],
    ]);
    const range = config.route?.routes[0]?.receiver?.range;
    expect(CONFIG.slice(range?.start, range?.end)).toBe('hook');
    expect(config.route?.routes[0]?.receiver?.line).toBe(4);
  });

  it('keeps a matcher that it cannot parse apart', () => {
    const config = read(
      'route:\n  receiver: a\n  routes: [{ receiver: b, matchers: ["not a matcher"] }]\nreceivers: []\n',
    );
    expect(config.route?.routes[0]).toMatchObject({ matchers: [], badMatchers: ['not a matcher'] });
  });
});
