import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPrometheusAlerting } from '../../../../../src/proofs/alerts/route/prometheusAlerting.js';
import { proveRoute, type RouteProofInput } from '../../../../../src/proofs/alerts/route/proveRoute.js';
import { readAlertmanager } from '../../../../../src/proofs/alerts/route/readAlertmanager.js';

const NOW = Date.UTC(2026, 10, 25) / 1000;
const LABELS = { alertname: 'ModelAucLow', severity: 'critical', model: 'fraud' };

const CONFIG = `route:
  receiver: default
  group_by: [alertname]
  routes:
    - matchers: [severity="critical"]
      receiver: pager
      continue: true
    - matchers: [severity=~"critical|warning", model="fraud"]
      receiver: fraud-team
      group_by: [model]
      group_wait: 10s
    - matchers: [severity="none"]
      receiver: sink
    - matchers: [severity="info"]
      receiver: pager
      mute_time_intervals: [ever]
time_intervals:
  - name: ever
    time_intervals: [{weekdays: ['sunday:wednesday']}, {weekdays: ['thursday:saturday']}]
inhibit_rules:
  - source_matchers: [alertname="ModelDown"]
    target_matchers: [alertname="ModelAucLow"]
    equal: [model]
receivers:
  - name: default
  - name: sink
  - name: pager
    pagerduty_configs: [{routing_key: 0123456789abcdef0123456789abcdef}]
  - name: fraud-team
    slack_configs: [{channel: '#fraud', api_url_file: /etc/slack}]
    webhook_configs: [{url: 'http://127.0.0.1:1/'}]
`;

function prove(input: Partial<RouteProofInput>, text = CONFIG) {
  return proveRoute({ config: readAlertmanager(text, 'am.yml'), labels: LABELS, now: NOW, ...input });
}

async function codes(input: Partial<RouteProofInput>, text = CONFIG): Promise<string[]> {
  const { findings } = await prove(input, text);
  return findings.map(({ code }) => code).filter((code) => code !== 'inline-secret');
}

describe('findings', () => {
  it('are none for an alert that reaches receivers with integrations', async () => {
    expect(await codes({})).toEqual([]);
  });

  it('tell of a default receiver that notifies nobody', async () => {
    const verdict = await prove({ labels: { alertname: 'A' } });
    expect(verdict).toMatchObject({ notifies: false, reached: [{ receiver: 'default', integrations: [] }] });
    expect(await codes({ labels: { alertname: 'A' } })).toEqual(['no-route']);
  });

  it('tell of a receiver without integrations, of a route that is always muted and of an unknown severity', async () => {
    expect(await codes({ labels: { severity: 'none' } })).toEqual(['receiver-without-integration']);
    expect(await codes({ labels: { severity: 'info' } })).toEqual(['always-muted']);
    expect(await codes({ labels: { severity: 'page' } })).toEqual(['no-route', 'unknown-severity']);
  });

  it('tell of a rule that always inhibits it, only for alerts that always fire together', async () => {
    const labels = { alertname: 'ModelDown', model: 'fraud' };
    expect(await codes({ others: [{ labels, always: true }] })).toEqual(['always-inhibited']);
    const perhaps = await prove({ others: [{ labels, always: false }] });
    expect(perhaps.findings.map(({ code }) => code)).toEqual(['inline-secret']);
    expect(perhaps).toMatchObject({
      notifies: true,
      shown: expect.stringContaining('Inhibited while ModelDown fires'),
    });
  });

  it('name a secret by its place and never show it', async () => {
    const verdict = await prove({});
    expect(verdict.findings).toEqual([
      {
        code: 'inline-secret',
        message: expect.stringMatching(/^am\.yml:28: receivers\[2\]\.pagerduty_configs\[0\]\.routing_key/),
      },
    ]);
    expect(JSON.stringify(verdict)).not.toContain('0123456789abcdef');
  });
});

describe('labels that the rule leaves to its series', () => {
  const stated = (...labels: string[]) => ({ stated: (label: string) => ['alertname', ...labels].includes(label) });

  it('are no reason to say that nobody is told when another value than the chosen one leads to somebody', async () => {
    const labels = { alertname: 'A', severity: 'critical-made-up' };
    const verdict = await prove({ labels, ...stated() });
    expect(verdict).toMatchObject({ notifies: true, reached: [{ receiver: 'default' }] });
    expect(verdict.findings.map(({ code }) => code)).toEqual(['inline-secret']);
    expect(verdict.possible?.map(({ receiver, decidedBy }) => [receiver, decidedBy])).toEqual([
      ['pager', ['severity']],
      ['fraud-team', ['model', 'severity']],
      ['sink', ['model', 'severity']],
      ['pager', ['model', 'severity']],
    ]);
    expect(verdict.shown).toContain(
      "By the labels model, severity, which the rule doesn't state, it may go to pager, fraud-team.",
    );
  });

  it('are named where the alert lacks one that a route asks for', async () => {
    const { findings, notifies } = await prove({ labels: { alertname: 'A' }, ...stated() });
    expect(notifies).toBe(true);
    expect(findings[0]).toEqual({
      code: 'no-route',
      message:
        'No route matches it, and the receiver by default, default, has no integration. ' +
        "By the labels model, severity, which the rule doesn't state, it may go to pager, fraud-team.",
    });
  });

  it('change nothing about what the others decide', async () => {
    const labels = { alertname: 'A', severity: 'none', model: 'made-up' };
    const verdict = await prove({ labels, ...stated('severity') });
    expect(verdict).toMatchObject({ notifies: false, reached: [{ receiver: 'sink' }] });
    expect(verdict.possible).toBeUndefined();
    expect(verdict.findings[0]?.code).toBe('receiver-without-integration');
    expect(await codes({ labels: { alertname: 'A', severity: 'page' }, ...stated('severity') })).toEqual([
      'no-route',
      'unknown-severity',
    ]);
  });

  it('keep a rule of inhibition that asks for one from being sure', async () => {
    const text = CONFIG.replace('target_matchers: [alertname="ModelAucLow"]', 'target_matchers: [model="fraud"]');
    const others = [{ labels: { alertname: 'ModelDown', model: 'fraud' }, always: true }];
    expect(await codes({ others, ...stated('severity', 'model') }, text)).toEqual(['always-inhibited']);
    const verdict = await prove({ others, ...stated('severity') }, text);
    expect(verdict).toMatchObject({ notifies: true, shown: expect.stringContaining('Inhibited while ModelDown') });
  });

  it('keep a relabelling rule that drops by one from being sure', async () => {
    const prometheus = readPrometheusAlerting(
      'alerting: {alertmanagers: [{static_configs: [{targets: [am]}]}], alert_relabel_configs: [{source_labels: [model], regex: prod, action: keep}]}',
      'prometheus.yml',
    );
    expect(await codes({ prometheus })).toEqual(['no-route']);
    const verdict = await prove({ prometheus, ...stated('severity') });
    expect(verdict).toMatchObject({ notifies: true, checkedByAmtool: 'not-asked' });
    expect(verdict.shown).toContain('drops it, unless the label model has another value.');
  });
});

describe('what Prometheus does before', () => {
  const through = (text: string, labels = LABELS) =>
    prove({ labels, prometheus: readPrometheusAlerting(text, 'prometheus.yml') });
  const alertmanagers = 'alertmanagers: [{static_configs: [{targets: [am]}]}]';

  it('decides the labels that are routed', async () => {
    const rule = '{source_labels: [severity], regex: critical, target_label: severity, replacement: warning}';
    const verdict = await through(
      `global: {external_labels: {env: prod}}\nalerting: {${alertmanagers}, alert_relabel_configs: [${rule}]}`,
    );
    expect(verdict.labels).toEqual({ ...LABELS, severity: 'warning', env: 'prod' });
    expect(verdict.reached.map(({ receiver }) => receiver)).toEqual(['fraud-team']);
  });

  it('also those of the alerts that inhibit', async () => {
    const drop = '{source_labels: [alertname], regex: ModelDown, action: drop}';
    const prometheus = readPrometheusAlerting(
      `alerting: {${alertmanagers}, alert_relabel_configs: [${drop}]}`,
      'p.yml',
    );
    expect(
      await codes({ prometheus, others: [{ labels: { alertname: 'ModelDown', model: 'fraud' }, always: true }] }),
    ).toEqual([]);
  });

  it('may keep it from being sent, by a rule or for want of an Alertmanager', async () => {
    const dropped = await through(
      `alerting: {${alertmanagers}, alert_relabel_configs: [{regex: nothing, action: keep}]}`,
    );
    expect(dropped).toMatchObject({ notifies: false, reached: [], checkedByAmtool: 'not-asked' });
    expect(dropped.findings[0]).toMatchObject({
      code: 'no-route',
      message: expect.stringContaining('prometheus.yml:1'),
    });
    for (const nowhere of ['scrape_configs: []', 'alerting: {alertmanagers: [{static_configs: [{targets: []}]}]}']) {
      expect((await through(nowhere)).findings[0]?.message).toContain('names no Alertmanager');
    }
  });
});

describe('without amtool', () => {
  it('the route is told by our own reading, and said not to be checked', async () => {
    const verdict = await prove({});
    expect(verdict.checkedByAmtool).toBe('not-found');
    expect(verdict.shown).toBe(
      'Goes to pager (pagerduty; group alertname="ModelAucLow"; first after 30s, again after 4h) and ' +
        'fraud-team (slack, webhook; group model="fraud"; first after 10s, again after 4h). ' +
        'Not checked: amtool not found.',
    );
  });
});

describe.runIf(process.env.AMTOOL)('with the real amtool', () => {
  const amtool = process.env.AMTOOL as string;

  it('agrees on receivers, also for values that need escapes', async () => {
    const labels = { ...LABELS, text: 'a "quoted" \\ back\nslash, {x="y"}', empty: '' };
    const verdict = await prove({ amtool, labels });
    expect(verdict.checkedByAmtool).toBe('agrees');
    expect(verdict.shown).toMatch(/amtool \d+\.\d+\.\d+\S* says the same\.$/);
  });

  it('takes a field that it does not know for its own age, and checks the routing all the same', async () => {
    const text = CONFIG.replace('webhook_configs:', 'carrier_pigeon_configs: [{loft: 5}]\n    webhook_configs:');
    const verdict = await prove({ amtool }, text);
    expect(verdict.checkedByAmtool).toBe('agrees');
    expect(verdict.shown).toContain(
      "Not checked: amtool too old for the rest (it doesn't know the field `carrier_pigeon_configs`, which is newer or misspelt)",
    );
    expect(verdict.reached[1]?.integrations.map(({ kind }) => kind)).toEqual(['slack', 'carrier_pigeon', 'webhook']);
  });

  it('takes a null as Alertmanager does, for an empty value', async () => {
    const text = `route: {receiver: a, routes: [{receiver: b, match: {team: ~}}, {receiver: a, match: {team: '~'}}]}
receivers: [{name: a, webhook_configs: [{url: 'http://x/'}]}, {name: b, webhook_configs: [{url: 'http://x/'}]}]
`;
    for (const [team, receiver] of [
      ['', 'b'],
      ['~', 'a'],
    ] as const) {
      const verdict = await prove({ amtool, labels: { alertname: 'A', team } }, text);
      expect(verdict).toMatchObject({ checkedByAmtool: 'agrees', reached: [{ receiver }] });
    }
  });

  it('is said to be too old, never the file to be broken, when it does not know a field of a route', async () => {
    const verdict = await prove({ amtool }, CONFIG.replace('continue: true', 'continue: true\n      holiday: true'));
    expect(verdict.checkedByAmtool).toBe('too-old');
    expect(verdict.shown).toContain('Not checked: amtool too old');
    expect(verdict.notifies).toBe(true);
  });

  it('disagrees when it refuses what we read: a receiver by mail without a server', async () => {
    const verdict = await prove(
      { amtool },
      CONFIG.replace('- name: sink', '- name: sink\n    email_configs: [{to: x}]'),
    );
    expect(verdict.checkedByAmtool).toBe('disagrees');
    expect(verdict.shown).toContain('no global SMTP smarthost set');
  });
});

describe('an amtool of another version', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amtool-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A program that answers as told: version, check-config, routes test. */
  async function stub(name: string, check: string, routes: string): Promise<string> {
    const path = join(folder, name);
    const text = `#!/bin/sh
case "$1" in
  --version) echo "amtool, version 9.9.9 (branch: x)" ;;
  check-config) ${check} ;;
  *) ${routes} ;;
esac
`;
    await writeFile(path, text);
    await chmod(path, 0o755);
    return path;
  }

  it('that names other receivers is quoted beside our reading', async () => {
    const amtool = await stub('other', 'exit 0', 'echo default');
    const verdict = await prove({ amtool });
    expect(verdict.checkedByAmtool).toBe('disagrees');
    expect(verdict.shown).toContain('amtool 9.9.9 says ["default"], we read ["pager","fraud-team"].');
  });

  it('that answers with no receivers at all disagrees as well', async () => {
    const amtool = await stub('strange', 'exit 0', 'echo what');
    expect(await prove({ amtool })).toMatchObject({ checkedByAmtool: 'disagrees' });
  });

  it('that does not know label names in UTF-8 is too old for them', async () => {
    const refusal = 'printf "Checking \'f\'  FAILED: bad matcher format: x\\n\\n"; exit 1';
    const amtool = await stub('old', refusal, 'echo "amtool: error: bad matcher format: x" >&2; exit 1');
    const text = CONFIG.replace('severity="none"', `'"my severity"="none"'`);
    const verdict = await prove({ amtool }, text);
    expect(verdict.checkedByAmtool).toBe('too-old');
    expect(verdict.shown).toContain('"my severity"="none" at line 12');
    // The same words for a file that has no such name are a refusal.
    expect(await prove({ amtool })).toMatchObject({ checkedByAmtool: 'disagrees' });
  });

  it('that can not be run is an error of its own, not a verdict', async () => {
    await expect(prove({ amtool: join(folder, 'none') })).rejects.toMatchObject({ code: 'MLOPS-PRF-003' });
  });
});
