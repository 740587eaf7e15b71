import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAlertmanager } from '../../../../../src/proofs/alerts/route/readAlertmanager.js';
import { type OtherAlert, routeAlert, unknownValue } from '../../../../../src/proofs/alerts/route/routeAlert.js';

const NOW = Date.UTC(2026, 10, 25) / 1000;

function config(route: string, rest = '') {
  const receivers = ['root', 'a', 'b', 'c'].map((name) => `{name: ${name}, webhook_configs: [{url: 'http://x/'}]}`);
  return readAlertmanager(`route: ${route}\nreceivers: [${receivers.join(', ')}, {name: nobody}]\n${rest}`, 'am.yml');
}

function receivers(route: string, labels: Record<string, string>): string[] {
  return routeAlert(config(route), labels, { now: NOW }).reached.map(({ receiver }) => receiver);
}

describe('the way through the tree', () => {
  const TREE = `{receiver: root, routes: [
    {matchers: [severity=critical], receiver: a, continue: true, routes: [{matchers: [team=ml], receiver: b}]},
    {matchers: [severity=critical], receiver: c},
    {matchers: [severity=critical], receiver: root}]}`;

  it('takes the first child that matches, and goes on to its siblings after one that continues', () => {
    expect(receivers(TREE, { severity: 'critical' })).toEqual(['a', 'c']);
    expect(receivers(TREE, { severity: 'critical', team: 'ml' })).toEqual(['b', 'c']);
    expect(receivers(TREE, { severity: 'info' })).toEqual(['root']);
  });

  it('stays within a route that matches although none of its children does', () => {
    const tree = '{receiver: root, routes: [{receiver: a, routes: [{matchers: [x=y], receiver: b}]}, {receiver: c}]}';
    expect(receivers(tree, {})).toEqual(['a']);
  });

  it('names each step with its line and matchers, and what a person gets', () => {
    const text = `route:
  receiver: root
  group_by: [alertname, missing]
  routes:
    - match: {severity: critical}
      group_wait: 5s
      routes:
        - matchers: ['team=~"ml|data"']
          receiver: a
          repeat_interval: 1d
receivers: [{name: root}, {name: a, slack_configs: [{channel: x}]}]
`;
    const { reached, notifies } = routeAlert(
      readAlertmanager(text, 'am.yml'),
      { alertname: 'Slow', severity: 'critical', team: 'ml' },
      { now: NOW },
    );
    expect(reached).toHaveLength(1);
    expect(reached[0]).toMatchObject({
      receiver: 'a',
      integrations: [{ kind: 'slack', line: 11, sendResolved: false }],
      path: [
        { line: 2, matchers: [] },
        { line: 5, matchers: ['severity="critical"'] },
        { line: 8, matchers: ['team=~"ml|data"'] },
      ],
      group: { alertname: 'Slow' },
      groupWait: 5,
      groupInterval: 300,
      repeatInterval: 86_400,
      muted: 'never',
    });
    expect(notifies).toBe(true);
  });

  it('groups by all labels for `...`', () => {
    const { reached } = routeAlert(config("{receiver: a, group_by: ['...']}"), { b: '2', a: '1' }, { now: NOW });
    expect(reached[0]?.group).toEqual({ a: '1', b: '2' });
  });

  it('tells nobody where the receiver has no integration or the route is always muted', () => {
    const always = "time_intervals: [{name: ever, time_intervals: [{weekdays: ['sunday:saturday']}]}, {name: none}]";
    const muted = (route: string) => {
      const { reached, notifies } = routeAlert(
        config(`{receiver: root, routes: [${route}]}`, always),
        {},
        { now: NOW },
      );
      return [reached[0]?.muted, notifies];
    };
    expect(muted('{receiver: a}')).toEqual(['never', true]);
    expect(muted('{receiver: nobody}')).toEqual(['never', false]);
    expect(muted('{receiver: a, mute_time_intervals: [ever]}')).toEqual(['always', false]);
    expect(muted('{receiver: a, active_time_intervals: [none]}')).toEqual(['always', false]);
    expect(muted('{receiver: a, active_time_intervals: [none, ever]}')).toEqual(['never', true]);
    // Intervals belong to the route alone, not to those below it.
    expect(muted('{receiver: a, mute_time_intervals: [ever], routes: [{receiver: b}]}')).toEqual(['never', true]);
  });
});

describe('inhibition', () => {
  const RULES = `inhibit_rules:
  - source_match: {severity: critical}
    target_match_re: {severity: warning|info}
    equal: [instance]
  - source_matchers: [alertname=~"Down.*"]
    target_matchers: [severity=~".+"]
`;
  const inhibitedAt = (labels: Record<string, string>, ...others: OtherAlert[]) => {
    const result = routeAlert(config('{receiver: a}', RULES), labels, { now: NOW, others });
    return [result.inhibited.map(({ line }) => line), result.notifies];
  };
  const warning = { alertname: 'Slow', severity: 'warning', instance: 'a' };

  it('needs a source that matches and equal labels', () => {
    expect(inhibitedAt(warning)).toEqual([[], true]);
    expect(inhibitedAt(warning, { labels: { severity: 'critical', instance: 'a' }, always: true })).toEqual([
      [4],
      false,
    ]);
    expect(inhibitedAt(warning, { labels: { severity: 'critical', instance: 'b' }, always: true })).toEqual([[], true]);
    expect(inhibitedAt(warning, { labels: { severity: 'info', instance: 'a' }, always: true })).toEqual([[], true]);
  });

  it('takes labels that both lack for equal', () => {
    const labels = { alertname: 'Slow', severity: 'warning' };
    expect(inhibitedAt(labels, { labels: { severity: 'critical' }, always: true })).toEqual([[4], false]);
  });

  it('does not silence for good what only perhaps fires together', () => {
    expect(inhibitedAt(warning, { labels: { severity: 'critical', instance: 'a' }, always: false })).toEqual([
      [4],
      true,
    ]);
  });

  it('spares an alert that matches both sides from others that do, and so from itself', () => {
    const down = { alertname: 'DownDb', severity: 'critical' };
    expect(inhibitedAt(down, { labels: down, always: true })).toEqual([[], true]);
    expect(inhibitedAt(down, { labels: { alertname: 'DownWeb', severity: 'critical' }, always: true })).toEqual([
      [],
      true,
    ]);
    expect(inhibitedAt(down, { labels: { alertname: 'DownNet' }, always: true })).toEqual([[7], false]);
  });
});

describe('a value that no route knows', () => {
  const unknown = (route: string, labels: Record<string, string>, rest = '') => {
    const read = config(route, rest);
    return unknownValue(read, labels, 'severity', routeAlert(read, labels, { now: NOW }).reached);
  };
  const TREE = `{receiver: root, routes: [
    {matchers: [severity=~"critical|error"], receiver: a}, {matchers: [severity=warning], receiver: b},
    {matchers: [alertname=Watchdog], receiver: c}]}`;

  it('is told with those that they decide by', () => {
    expect(unknown(TREE, { severity: 'page' })).toEqual(['critical|error', 'warning']);
  });

  it('is none for one that they know, for none at all, or where another route took the alert', () => {
    expect(unknown(TREE, { severity: 'warning' })).toBeUndefined();
    expect(unknown(TREE, {})).toBeUndefined();
    expect(unknown(TREE, { severity: 'none', alertname: 'Watchdog' })).toBeUndefined();
    expect(
      unknown('{receiver: root, routes: [{matchers: [team=ml], receiver: a}]}', { severity: 'x' }),
    ).toBeUndefined();
  });

  it('is none when an inhibition rule or a negative matcher names it', () => {
    const rule = 'inhibit_rules: [{source_match: {severity: critical}, target_match: {severity: page}}]';
    expect(unknown(TREE, { severity: 'page' }, rule)).toBeUndefined();
    const tree =
      '{receiver: root, routes: [{matchers: [severity=critical], receiver: a}, {matchers: [severity!=page], receiver: b}]}';
    expect(unknown(tree, { severity: 'page' })).toBeUndefined();
  });

  it('is not judged by routes that the alert can not reach for other labels', () => {
    const tree = '{receiver: root, routes: [{matchers: [team=ml, severity=critical], receiver: a}]}';
    expect(unknown(tree, { team: 'web', severity: 'page' })).toBeUndefined();
    expect(unknown(tree, { team: 'ml', severity: 'page' })).toEqual(['critical']);
  });
});

interface Tree {
  receiver?: string;
  match?: Record<string, string>;
  match_re?: Record<string, string>;
  matchers?: string[];
  continue?: boolean;
  routes?: Tree[];
}

describe.runIf(process.env.AMTOOL)('the real amtool', () => {
  const NAMES = ['severity', 'team', 'env'];
  const VALUES = ['critical', 'ml', 'a b', 'x"y', 'back\\slash', 'Ünï', 'new\nline', ''];
  const PATTERNS = ['crit.*', 'ml|a b', '.*', '.+', '[a-z]+', '', '(?i)CRITICAL', 'x.y', '\\w+ \\w', 'a{0,3} ?b'];
  const name = fc.constantFrom(...NAMES);
  const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const equality = fc
    .tuple(name, fc.constantFrom('=', '!='), fc.constantFrom(...VALUES))
    .map(([label, operator, value]) => `${label}${operator}${quote(value)}`);
  const regular = fc
    .tuple(name, fc.constantFrom('=~', '!~'), fc.constantFrom(...PATTERNS))
    .map(([label, operator, pattern]) => `${label} ${operator} ${quote(pattern)}`);
  const matcher = fc.oneof(equality, regular);
  const list = fc.oneof(
    matcher,
    fc.tuple(matcher, matcher).map(([a, b]) => `{${a}, ${b}}`),
  );
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.record(
      {
        receiver: fc.constantFrom('root', 'a', 'b', 'with,comma', 'with'),
        match: fc.dictionary(name, fc.constantFrom(...VALUES), { maxKeys: 1 }),
        match_re: fc.dictionary(name, fc.constantFrom(...PATTERNS), { maxKeys: 1 }),
        matchers: fc.array(list, { maxLength: 2 }),
        continue: fc.boolean(),
        routes: fc.array(tie('tree'), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
  }));
  const labelSet = fc.dictionary(name, fc.constantFrom(...VALUES), { minKeys: 1, maxKeys: 3 });

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'routes-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('names the same receivers as we, for random trees and labels', { timeout: 120_000 }, async () => {
    const run = promisify(execFile);
    let kinds = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), labelSet, async (routes, labels) => {
        // JSON is YAML, and is written by neither our reader nor our writer.
        const text = JSON.stringify({
          route: { receiver: 'root', routes },
          receivers: ['root', 'a', 'b', 'with,comma', 'with'].map((receiver) => ({ name: receiver })),
        });
        const file = join(folder, 'am.yml');
        await writeFile(file, text);
        const given = Object.entries(labels).map(([label, value]) => `${label}=${quote(value)}`);
        const args = ['config', 'routes', 'test', `--config.file=${file}`, '--', ...given];
        const { stdout } = await run(process.env.AMTOOL as string, args);
        const ours = routeAlert(readAlertmanager(text, 'am.yml'), labels, { now: NOW }).reached;
        if (ours.length > 1 || (ours[0]?.path.length ?? 0) > 1) kinds += 1;
        expect(`${ours.map(({ receiver }) => receiver).join(',')}\n`).toBe(stdout);
      }),
      { seed: 20_261_125, numRuns: 100 },
    );
    // Most of them go further than to the root.
    expect(kinds).toBeGreaterThan(50);
  });
});
