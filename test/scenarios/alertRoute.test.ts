import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPrometheusAlerting, sentAs } from '../../src/proofs/alerts/route/prometheusAlerting.js';
import { proveRoute } from '../../src/proofs/alerts/route/proveRoute.js';
import { type AlertmanagerConfig, readAlertmanager } from '../../src/proofs/alerts/route/readAlertmanager.js';
import { routeAlert } from '../../src/proofs/alerts/route/routeAlert.js';

type Labels = Record<string, string>;

/** What the webhook integration posts. */
interface Notification {
  receiver: string;
  groupLabels: Labels;
  alerts: { labels: Labels }[];
}

/** An alert as Alertmanager's API shows it. */
interface ShownAlert {
  labels: Labels;
  fingerprint: string;
  receivers: { name: string }[];
  status: { state: string; inhibitedBy: string[]; mutedBy?: string[] };
}

const WAIT = { timeout: 60_000, interval: 50 };
const now = Date.now() / 1000;

/** The server that stands beside a tool of the same package. */
function beside(tool: string | undefined, ...names: string[]): string {
  const found = names.map((name) => join(dirname(tool ?? '/'), name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`none of ${names.join(', ')} stands beside ${tool}`);
  return found;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

const started: ChildProcess[] = [];
let folder: string;
let webhook: Server;
let alertmanager: string;
let port: number;
let config: AlertmanagerConfig;
const received: Notification[] = [];

async function start(program: string, args: string[], address: string): Promise<void> {
  const child = spawn(program, args, { cwd: folder, stdio: 'ignore' });
  started.push(child);
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    expect((await fetch(`${address}/-/ready`)).status).toBe(200);
  }, WAIT);
}

async function post(...alerts: Labels[]): Promise<void> {
  const answer = await fetch(`${alertmanager}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  });
  expect(answer.status).toBe(200);
}

async function shown(alertname: string): Promise<ShownAlert> {
  const query = `filter=${encodeURIComponent(`alertname="${alertname}"`)}`;
  const answer = await fetch(`${alertmanager}/api/v2/alerts?${query}`);
  const [alert] = (await answer.json()) as ShownAlert[];
  if (alert === undefined) throw new Error(`${alertname} isn't there yet`);
  return alert;
}

function notificationsOf(alertname: string): Notification[] {
  return received.filter(({ alerts }) => alerts.some(({ labels }) => labels.alertname === alertname));
}

/** Waits until the notification has come that is sent after all that are in question. */
async function arrived(alertname: string): Promise<void> {
  await vi.waitFor(() => expect(notificationsOf(alertname)).not.toEqual([]), WAIT);
}

function alertmanagerConfig(hook: string): string {
  const receiver = (name: string) => `  - name: ${name}\n    webhook_configs: [{url: '${hook}'}]\n`;
  return `route:
  receiver: default
  group_by: [alertname]
  group_wait: 100ms
  routes:
    - matchers: [severity="critical"]
      receiver: pager
      group_by: ['...']
      continue: true
    - match_re: {model: fraud|churn}
      receiver: model-team
      group_by: [model, absent]
    - matchers: ['severity=~"quiet.*"']
      receiver: quiet
      mute_time_intervals: [days, rest]
    - matchers: [severity="last"]
      group_wait: 800ms
time_intervals:
  - name: days
    time_intervals: [{times: [{start_time: '00:00', end_time: '12:00'}], location: Asia/Kolkata}]
  - name: rest
    time_intervals: [{times: [{start_time: '12:00', end_time: '24:00'}], location: Asia/Kolkata}]
inhibit_rules:
  - source_match: {alertname: ServiceDown}
    target_matchers: [alertname=~".*Slow"]
    equal: [service]
receivers:
${['default', 'pager', 'model-team', 'quiet'].map(receiver).join('')}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alert-route-'));
  webhook = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      received.push(JSON.parse(body) as Notification);
      response.end();
    });
  });
  const text = alertmanagerConfig(`http://127.0.0.1:${await listening(webhook)}/`);
  config = readAlertmanager(text, 'alertmanager.yml');
  await writeFile(join(folder, 'alertmanager.yml'), text);
  port = await freePort();
  alertmanager = `http://127.0.0.1:${port}`;
  await start(
    beside(process.env.AMTOOL, 'alertmanager', 'prometheus-alertmanager'),
    [
      '--config.file=alertmanager.yml',
      '--storage.path=alertmanager',
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=${alertmanager}`,
      '--cluster.listen-address=',
    ],
    alertmanager,
  );
});

afterAll(async () => {
  for (const child of started) {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  }
  webhook?.closeAllConnections();
  webhook?.close();
  if (folder) await rm(folder, { recursive: true });
});

describe('the real Alertmanager', () => {
  it('sends an alert to the receivers that were foretold, in the groups that were foretold', async () => {
    const labels = { alertname: 'AucLow', severity: 'critical', model: 'fraud', text: 'below "0.85"' };
    const amtool = process.env.AMTOOL as string;
    const verdict = await proveRoute({ config, labels, now, amtool });
    expect(verdict).toMatchObject({ notifies: true, findings: [], checkedByAmtool: 'agrees' });
    const foretold = verdict.reached.map(({ receiver, group }) => ({ receiver, groupLabels: group }));
    expect(foretold.map(({ receiver }) => receiver)).toEqual(['pager', 'model-team']);

    await post(labels);
    await vi.waitFor(() => expect(notificationsOf('AucLow')).toHaveLength(foretold.length), WAIT);
    const sent = notificationsOf('AucLow').map(({ receiver, groupLabels }) => ({ receiver, groupLabels }));
    expect(sent).toEqual(expect.arrayContaining(foretold));
    expect((await shown('AucLow')).receivers.map(({ name }) => name)).toEqual(['pager', 'model-team']);
  });

  it('inhibits what was foretold to be inhibited, and nothing else', async () => {
    const down = { alertname: 'ServiceDown', service: 'scorer' };
    const slow = { alertname: 'ScorerSlow', service: 'scorer', severity: 'critical' };
    const elsewhere = { alertname: 'GatewaySlow', service: 'gateway', severity: 'critical' };
    const others = [{ labels: down, always: true }];
    expect(routeAlert(config, slow, { now, others })).toMatchObject({ notifies: false, inhibited: [{ line: 24 }] });
    expect(routeAlert(config, elsewhere, { now, others })).toMatchObject({ notifies: true, inhibited: [] });

    await post(down);
    const source = await vi.waitFor(() => shown('ServiceDown'), WAIT);
    await arrived('ServiceDown');
    await post(slow);
    await vi.waitFor(async () => {
      expect((await shown('ScorerSlow')).status).toMatchObject({
        state: 'suppressed',
        inhibitedBy: [source.fingerprint],
      });
    }, WAIT);
    await post(elsewhere, { alertname: 'AfterInhibition', severity: 'last' });
    await arrived('GatewaySlow');
    await arrived('AfterInhibition');
    expect((await shown('GatewaySlow')).status).toMatchObject({ state: 'active', inhibitedBy: [] });
    expect(notificationsOf('ScorerSlow')).toEqual([]);
  });

  it('sends nothing on a route that was foretold to be muted at every minute', async () => {
    const quiet = { alertname: 'Nightly', severity: 'quiet' };
    const result = routeAlert(config, quiet, { now });
    expect(result).toMatchObject({ notifies: false, reached: [{ receiver: 'quiet', muted: 'always' }] });

    // The second one's group waits longer, so that the first would have come before.
    await post(quiet, { alertname: 'AfterMuted', severity: 'last' });
    await arrived('AfterMuted');
    expect(notificationsOf('Nightly')).toEqual([]);
    const { receivers, status } = await shown('Nightly');
    expect(receivers).toEqual([{ name: 'quiet' }]);
    // Alertmanager tells of muted groups since 0.28, in another list.
    const groups = (await (await fetch(`${alertmanager}/api/v2/alerts/groups`)).json()) as { alerts: ShownAlert[] }[];
    const inGroup = groups.flatMap(({ alerts }) => alerts).find(({ labels }) => labels.alertname === 'Nightly');
    expect(inGroup?.labels).toEqual(quiet);
    if (status.mutedBy !== undefined) expect(inGroup?.status.mutedBy).not.toEqual([]);
  });
});

describe('the real Prometheus before it', () => {
  it('sends alerts with the labels that were foretold, and none that its rules drop', async () => {
    const text = `global:
  evaluation_interval: 500ms
  external_labels: {cluster: c1, env: outer, replica: r1}
rule_files: [rules.yml]
alerting:
  alert_relabel_configs:
    - {regex: replica, action: labeldrop}
    - {source_labels: [severity], regex: none|debug, action: drop}
    - {source_labels: [team, cluster], target_label: joined}
    - {source_labels: [instance], regex: '([^:]+):(?P<port>\\d+)', target_label: 'p_$port', replacement: '\${1}-x$2y'}
    - {source_labels: [joined], modulus: 1000, target_label: shard, action: hashmod}
    - {source_labels: [shout], target_label: shout, action: uppercase}
    - {source_labels: [joined], target_label: quiet, action: lowercase}
    - {regex: 'meta_(.+)', replacement: 'from_$1', action: labelmap}
    - {regex: 'meta_.+', action: labeldrop}
    - {source_labels: [same], target_label: other, action: dropequal}
    - {source_labels: [gone], target_label: team, replacement: ''}
    - {source_labels: [team], regex: '[\\w-]{2,}(?i:ML)?', target_label: matched, replacement: $0}
  alertmanagers:
    - static_configs: [{targets: ['127.0.0.1:${port}']}]
`;
    const alerts: Labels[] = [
      { alertname: 'Dropped', severity: 'none', other: 'x' },
      { alertname: 'SameDropped', same: 'x', other: 'x' },
      { alertname: 'Plain', other: 'x' },
      {
        alertname: 'Full',
        other: 'x',
        env: 'own',
        team: 'a-ml',
        instance: 'db:5432',
        shout: 'straße',
        meta_owner: 'Ann',
      },
      { alertname: 'Last', other: 'y', team: 'Team-ML', instance: 'no port', meta_a_b: 'c', severity: 'nonet' },
    ];
    const rules = alerts.map(({ alertname, ...labels }) => ({ alert: alertname, expr: 'vector(1)', labels }));
    await writeFile(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules }] }));
    await writeFile(join(folder, 'prometheus.yml'), text);
    const address = `127.0.0.1:${await freePort()}`;
    const args = [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=prometheus',
      `--web.listen-address=${address}`,
      // Alertmanager is found some seconds after the first evaluation, when alerts must be sent again.
      '--rules.alert.resend-delay=500ms',
    ];
    await start(beside(process.env.PROMTOOL, 'prometheus'), args, `http://${address}`);

    const alerting = readPrometheusAlerting(text, 'prometheus.yml');
    const foretold = alerts.map((labels) => sentAs(alerting, labels));
    expect(foretold.map((sent) => 'labels' in sent)).toEqual([false, false, true, true, true]);
    // The rules of a group are evaluated, and their alerts sent, in order.
    await vi.waitFor(() => shown('Last'), WAIT);
    for (const [index, sent] of foretold.entries()) {
      const alertname = (alerts[index] as { alertname: string }).alertname;
      if ('labels' in sent) expect((await shown(alertname)).labels).toEqual(sent.labels);
      else await expect(shown(alertname)).rejects.toThrow("isn't there yet");
    }
  });
});
