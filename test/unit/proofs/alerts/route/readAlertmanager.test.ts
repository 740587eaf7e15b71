import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MlopsError } from '../../../../../src/contract/errors.js';
import { readAlertmanager } from '../../../../../src/proofs/alerts/route/readAlertmanager.js';

const CONFIG = `global:
  resolve_timeout: 5m
route:
  receiver: default
  group_by: [alertname, job]
  group_wait: 10s
  routes:
    - match:
        severity: critical
      match_re: {team: ml|data}
      matchers: ['env="prod"', '{zone!="a",rack!~"r[0-9]"}']
      receiver: pager
      group_by: ['...']
      repeat_interval: 1h30m
      continue: yes
      mute_time_intervals: [nights]
      routes:
        - receiver: pager
          group_by: []
    - group_by: [instance]
      active_time_intervals: [office]
      group_wait: 0s
time_intervals:
  - name: office
    time_intervals: [{weekdays: ['monday:friday']}]
mute_time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: 22:00, end_time: 24:00}]}]
inhibit_rules:
  - source_match: {severity: critical}
    target_match_re: {severity: warning|info}
    equal: [alertname, job]
  - source_matchers: ['alertname = "Down"']
    target_matchers: ['alertname != "Down"']
receivers:
  - name: default
  - name: pager
    pagerduty_configs:
      - routing_key_file: /etc/key
    slack_configs:
      - channel: '#ml'
      - channel: '#all'
        send_resolved: true
    webhook_configs: []
`;

/** Line of a file's first line that has the text. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

function fault(text: string): string {
  try {
    readAlertmanager(text, 'am.yml');
  } catch (error) {
    if (error instanceof MlopsError) return `${error.where} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('the routing tree', () => {
  const config = readAlertmanager(CONFIG, 'am.yml');
  const [first, second] = config.route.routes;

  it('has the matchers of all three kinds, with the line of each route', () => {
    expect(first?.matchers.map(({ label, operator, value }) => `${label} ${operator} ${value}`)).toEqual([
      'severity = critical',
      'team =~ ml|data',
      'env = prod',
      'zone != a',
      'rack !~ r[0-9]',
    ]);
    expect(first?.line).toBe(lineOf(CONFIG, '- match:'));
    expect([first?.continue, second?.continue]).toEqual([true, false]);
  });

  it('inherits receiver, grouping and waits, but not intervals', () => {
    expect(first).toMatchObject({ receiver: 'pager', groupBy: 'all', groupWait: 10, groupInterval: 300 });
    expect(first?.repeatInterval).toBe(5400);
    // An empty list of labels is as good as none.
    expect(first?.routes[0]).toMatchObject({ groupBy: 'all', repeatInterval: 5400, muteTimeIntervals: [] });
    expect(first?.muteTimeIntervals).toEqual(['nights']);
    expect(second).toMatchObject({ receiver: 'default', groupBy: ['instance'], groupWait: 0, repeatInterval: 14_400 });
    expect(second?.activeTimeIntervals).toEqual(['office']);
  });

  it('has receivers with each of their integrations, none for a name alone or an empty list', () => {
    expect(config.receivers.get('default')?.integrations).toEqual([]);
    expect(config.receivers.get('pager')?.integrations.map(({ kind, sendResolved }) => [kind, sendResolved])).toEqual([
      ['pagerduty', true],
      ['slack', false],
      ['slack', true],
    ]);
  });

  it('has inhibition rules in the old and the new syntax', () => {
    const printed = config.inhibitRules.map(({ source, target, equal }) => [
      ...[...source, ...target].map(({ label, operator, value }) => `${label}${operator}${value}`),
      ...equal,
    ]);
    expect(printed).toEqual([
      ['severity=critical', 'severity=~warning|info', 'alertname', 'job'],
      ['alertname=Down', 'alertname!=Down'],
    ]);
  });
});

describe('a configuration within Kubernetes objects', () => {
  const inner = 'route: {receiver: a}\nreceivers:\n  - name: a\n    webhook_configs: [{url: "http://x/"}]\n';
  const indented = inner.replace(/^(?=.)/gm, '    ');

  it('is found in stringData and in the data of a ConfigMap, with the lines of the whole file', () => {
    for (const [kind, block] of [
      ['Secret', 'stringData'],
      ['ConfigMap', 'data'],
    ]) {
      const text = `kind: Other\n---\napiVersion: v1\nkind: ${kind}\n${block}:\n  other.txt: hello\n  alertmanager.yaml: |\n${indented}`;
      const config = readAlertmanager(text, 'secret.yaml');
      expect(config.receivers.get('a')?.line).toBe(lineOf(text, '- name: a'));
      expect(config.amtool.whole).toContain('url: "http://x/"');
      expect(config.amtool.whole).not.toContain('kind');
    }
  });

  it('is decoded from the data of a Secret', () => {
    const data = Buffer.from(inner).toString('base64');
    const config = readAlertmanager(`kind: Secret\ndata:\n  alertmanager.yaml: ${data}\n`, 'secret.yaml');
    expect([...config.receivers.keys()]).toEqual(['a']);
    expect(config.route.line).toBe(3);
  });
});

describe('what the Prometheus Operator makes and reads', () => {
  const inner = 'route: {receiver: a}\nreceivers: [{name: a}]\n';
  const secret = (data: Buffer) => `kind: Secret\ndata:\n  alertmanager.yaml.gz: ${data.toString('base64')}\n`;

  it('is read from the compressed Secret, also within a list', () => {
    const text = secret(gzipSync(inner));
    const list = `kind: List\nitems:\n  - ${text.trimEnd().replaceAll('\n', '\n    ')}\n`;
    for (const given of [text, list]) {
      expect([...readAlertmanager(given, 'secret.yaml').receivers.keys()]).toEqual(['a']);
    }
  });

  it('is refused when what is compressed is broken or too large', () => {
    const broken = gzipSync(inner).subarray(0, 20);
    for (const data of [broken, gzipSync('#'.repeat(2 ** 21))]) {
      expect(fault(secret(data))).toMatch(/am\.yml:3 .*broken, or larger than 1 MiB/);
    }
  });

  it.each(['AlertmanagerConfig', 'Alertmanager'])('is named with what to give instead: %s', (kind) => {
    const text = `apiVersion: monitoring.coreos.com/v1alpha1\nkind: ${kind}\nspec: {route: {receiver: a}}\n`;
    expect(() => readAlertmanager(text, 'am.yml')).toThrow(
      expect.objectContaining({
        where: 'am.yml:1',
        message: expect.stringContaining(`it is an ${kind}, from which the Prometheus Operator`),
        mend: expect.stringContaining('alertmanager-NAME-generated'),
      }),
    );
  });

  it.each([
    ['alertmanager:\n  config: {route: {receiver: a}}\n', 2],
    ['kube-prometheus-stack:\n  alertmanager: {config: {route: {receiver: a}}}\n', 2],
  ])('is told from values of a Helm chart: %s', (text, line) => {
    expect(fault(text)).toMatch(new RegExp(`am\\.yml:${line} .*values of a Helm chart`));
  });
});

describe('what Alertmanager refuses as well', () => {
  const receivers = 'receivers: [{name: a}]';
  it.each([
    ['{', /broken YAML/],
    ['a: 1', /no `route`/],
    [receivers, /am\.yml:1 .*no `route`/],
    [`route: {}\n${receivers}`, /am\.yml:1 .*root route has no receiver/],
    [`route: {receiver: a, matchers: ['a=b']}\n${receivers}`, /must not have `matchers`/],
    [`route: {receiver: a, continue: true}\n${receivers}`, /must not have `continue`/],
    [`route: {receiver: b}\n${receivers}`, /there is no receiver b/],
    [`route: {receiver: a, routes: [{receiver: c}]}\n${receivers}`, /there is no receiver c/],
    [`route: {receiver: a}\nreceivers: [{name: a}, {name: a}]`, /am\.yml:2 .*receiver a occurs twice/],
    [`route: {receiver: a, routes: [{mute_time_intervals: [x]}]}\n${receivers}`, /no time interval x/],
    [`route:\n  receiver: a\n  routes:\n    - matchers: [severity]\n${receivers}`, /am\.yml:4 .*bad matcher format/],
    [`route: {receiver: a, routes: [{match_re: {a: '['}}]}\n${receivers}`, /missing closing \]/],
    [`route: {receiver: a, routes: [{matchers: 'a="b"'}]}\n${receivers}`, /`matchers` must be a list/],
    [`route: {receiver: a, group_by: [a, '...']}\n${receivers}`, /`\.\.\.` and other labels/],
    [`route: {receiver: a, group_by: [a, a]}\n${receivers}`, /occurs twice in `group_by`/],
    [`route: {receiver: a, group_interval: 0s}\n${receivers}`, /must not be zero/],
    [`route: {receiver: a, group_wait: soon}\n${receivers}`, /no duration/],
    [`route: {receiver: a}\nroute: {receiver: a}\n${receivers}`, /am\.yml:2 .*`route` occurs twice/],
    [`route: {receiver: a}\n${receivers}\ntime_intervals: [{name: x, time_intervals: [{months: [13x]}]}]`, /am\.yml:3/],
  ])('%s', (text, message) => {
    expect(fault(text)).toMatch(message);
  });

  it('a file beyond the bounds is refused quickly, not read', () => {
    expect(fault(`# ${'x'.repeat(2 ** 21)}\n`)).toMatch(/larger than 1 MiB/);
    const pattern = "[{match_re: {a: '(?:abcdefghij){1000}'}}]".slice(1, -1);
    expect(fault(`route: {receiver: a, routes: [${`${pattern},`.repeat(200)}]}\n${receivers}`)).toMatch(/too large/);
  });
});

describe('what amtool is given', () => {
  it('is the routing tree without intervals, integrations and secrets', () => {
    const { routing } = readAlertmanager(CONFIG, 'am.yml').amtool;
    expect(routing).toContain('severity: critical');
    expect(routing).toContain('continue: true');
    expect(routing).not.toMatch(/intervals|slack|routing_key/);
  });

  it('has neither the secrets nor the templates of the whole file', () => {
    const text = `global: {slack_api_url: 'https://hooks.slack.com/services/T024BE7LD/B024BE7LH/a8Dk2mQ0zXv7LpWc'}
templates: [/etc/passwd]
route: {receiver: a}
receivers:
  - name: a
    opsgenie_configs: [{api_key: 7ab0d1c9-f00d, api_url: '\${URL}', details: {key: value}}]
    email_configs: [{to: x, smarthost: '\${HOST}', send_resolved: yes}]
`;
    const { whole } = readAlertmanager(text, 'am.yml').amtool;
    expect(whole).not.toMatch(/a8Dk2mQ0|7ab0d1c9|passwd|\$\{/);
    expect(whole).toContain('send_resolved: yes');
    expect(whole.match(/https:\/\/redacted\.invalid\//g)).toHaveLength(2);
  });
});
