import { beforeAll, expect, it } from 'vitest';
import { proveAlerts } from '../../../../src/proofs/alerts/proveAlerts.js';
import { readAlertmanager } from '../../../../src/proofs/alerts/route/readAlertmanager.js';
import type { RuleVerdict } from '../../../../src/proofs/alerts/verdict.js';
import { describeWithPromTools } from '../../../support/promTools.js';

interface Side {
  expr: string;
  for?: string;
  keep?: string;
  labels?: string;
}

/** Two rules of one group, unless the case is about groups: the critical one that could be inhibited, and the warning. */
const CASES: [name: string, critical: Side, warning: Side, inhibited: boolean, apart?: boolean][] = [
  ['a looser bound above', { expr: 'heat > 90' }, { expr: 'heat > 80' }, true],
  ['a looser bound below', { expr: 'heat < 5' }, { expr: 'heat < 10' }, true],
  ['the same bound, inclusive', { expr: 'heat > 80' }, { expr: 'heat >= 80' }, true],
  ['the same query for a shorter time', { expr: 'up == 0', for: '15m' }, { expr: 'up == 0', for: '5m' }, true],
  ['the same query in other writing', { expr: 'sum(heat)  > 5' }, { expr: '(sum(heat)) > 5' }, true],
  ['one that keeps firing longer', { expr: 'heat > 90' }, { expr: 'heat > 80', keep: '5m' }, true],
  ['a stricter bound above', { expr: 'heat > 80' }, { expr: 'heat > 90' }, false],
  ['a stricter bound below', { expr: 'heat < 10' }, { expr: 'heat < 5' }, false],
  ['the same bound, exclusive', { expr: 'heat >= 80' }, { expr: 'heat > 80' }, false],
  ['the same query for a longer time', { expr: 'up == 0', for: '5m' }, { expr: 'up == 0', for: '15m' }, false],
  ['a looser bound for a longer time', { expr: 'heat > 90' }, { expr: 'heat > 80', for: '5m' }, false],
  ['one that stops firing earlier', { expr: 'heat > 90', keep: '5m' }, { expr: 'heat > 80' }, false],
  ['another direction', { expr: 'heat > 90' }, { expr: 'heat < 95' }, false],
  ['another metric', { expr: 'heat > 90' }, { expr: 'cold > 80' }, false],
  ['a group evaluated at other moments', { expr: 'heat > 90' }, { expr: 'heat > 80' }, false, true],
  [
    'one whose labels depend on the value',
    { expr: 'heat > 90' },
    { expr: 'heat > 80', labels: ', size: "{{ if gt $value 85.0 }}big{{ else }}small{{ end }}"' },
    false,
  ],
];

function rule(name: string, severity: string, side: Side, index: number): string {
  return [
    `  - alert: ${name}`,
    `    expr: ${JSON.stringify(side.expr)}`,
    `    for: ${side.for ?? '1m'}`,
    ...(side.keep === undefined ? [] : [`    keep_firing_for: ${side.keep}`]),
    `    labels: { severity: ${severity}, case: "${index}"${side.labels ?? ''} }`,
  ].join('\n');
}

const RULES = `groups:\n${CASES.map(([, critical, warning, , apart], index) =>
  [
    `- name: case${index}\n  rules:`,
    rule(`Critical${index}`, 'critical', critical, index),
    ...(apart ? [`- name: apart${index}\n  rules:`] : []),
    rule(`Warning${index}`, 'warning', warning, index),
  ].join('\n'),
).join('\n')}\n`;

const ALERTMANAGER = `route: { receiver: team }
receivers:
- name: team
  webhook_configs: [{ url: 'http://127.0.0.1:9/' }]
inhibit_rules:
- source_matchers: [severity = "warning"]
  target_matchers: [severity = "critical"]
  equal: [case]
`;

describeWithPromTools('an alert that another one of the files inhibits', () => {
  let verdicts: RuleVerdict[];
  beforeAll(async () => {
    verdicts = await proveAlerts({
      files: [{ path: 'rules.yml', text: RULES }],
      promtool: process.env.PROMTOOL as string,
      jobs: 2,
      now: 1_800_000_000,
      scrapeInterval: 30,
      alertmanager: readAlertmanager(ALERTMANAGER, 'alertmanager.yml'),
    });
  }, 60_000);

  it.each(CASES.map(([name, , , inhibited], index) => ({ name, inhibited, index })))(
    'is always inhibited by $name: $inhibited',
    ({ inhibited, index }) => {
      const critical = verdicts.find(({ alert }) => alert === `Critical${index}`) as RuleVerdict;
      expect(critical.verdict).toBe('proved');
      expect(critical.findings.some(({ code }) => code === 'always-inhibited')).toBe(inhibited);
    },
  );

  it('gives verdicts in the order of the file, each with its route, and never inhibits the warning', () => {
    expect(verdicts.map(({ alert }) => alert)).toEqual(
      CASES.flatMap((_, index) => [`Critical${index}`, `Warning${index}`]),
    );
    for (const { alert, route } of verdicts) {
      expect(route?.reached.map(({ receiver }) => receiver)).toEqual(['team']);
      if (alert.startsWith('Warning')) expect(route?.notifies).toBe(true);
    }
  });
});
