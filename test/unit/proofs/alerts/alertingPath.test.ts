import { beforeAll, expect, it } from 'vitest';
import { sha256Hex } from '../../../../src/contract/digest.js';
import { type ProofResult, probeSchema } from '../../../../src/contract/probe.js';
import { findTool } from '../../../../src/monitoring/tool.js';
import { type AlertingInput, proveAlerting } from '../../../../src/proofs/alerts/alertingPath.js';
import { summarise } from '../../../../src/proofs/summarise.js';
import { describeWithPromTools, itWithPromTools } from '../../../support/promTools.js';

let tools: { promtool: string; amtool: string };

beforeAll(async () => {
  tools = { promtool: await findTool('promtool'), amtool: await findTool('amtool') };
});

function rulesWith(expr: string, more = ''): string {
  return [
    'groups:',
    '- name: model',
    '  interval: 1m',
    '  rules:',
    '  - alert: Quality',
    `    expr: ${JSON.stringify(expr)}`,
    '    for: 5m',
    '    labels: {severity: critical, team: ml}',
    '    annotations: {summary: "{{ $labels.model }} is at {{ $value }}"}',
    more,
  ].join('\n');
}

const ALERTMANAGER = {
  path: 'alertmanager.yml',
  text: `
route:
  receiver: nobody
  routes:
  - {receiver: hook, matchers: ['severity="critical"'], continue: true}
  - {receiver: oncall, matchers: ['team="ml"']}
receivers:
- name: nobody
- name: hook
  webhook_configs: [{url: http://hook.example/}]
- name: oncall
  slack_configs: [{api_url: http://chat.example/secret-token, channel: '#ml'}]
templates: ['/etc/alertmanager/*.tmpl']
`,
};

function prove(input: Partial<AlertingInput>): Promise<ProofResult> {
  return proveAlerting({
    rulesText: rulesWith('auc{model="m"} < 0.85'),
    rulesPath: 'monitoring/rules.yml',
    alerts: ['Quality'],
    tools,
    now: 1_767_225_600,
    ...input,
  });
}

function verdicts(result: ProofResult): string[] {
  return result.probes.map(({ id, sign, verdict }) => `${sign} ${verdict} ${id}`);
}

function probe(result: ProofResult, part: string) {
  const found = result.probes.find(({ id }) => id.includes(part));
  if (found === undefined) throw new Error(`no probe ${part} in ${verdicts(result).join(', ')}`);
  return found;
}

describeWithPromTools('an alert on a level', () => {
  it('is proved: fires, waits, stays silent, is routed, and the test can fail', async () => {
    const result = await prove({ alertmanager: ALERTMANAGER });
    expect(verdicts(result)).toEqual([
      'positive passed alerting/rule-file-loads/monitoring/rules.yml',
      'positive passed alerting/fires/Quality',
      'positive passed alerting/waits/Quality',
      'positive passed alerting/silent-when-healthy/Quality',
      'positive passed alerting/recovers/Quality',
      'negative passed alerting/wrong-versions-are-noticed/Quality',
      'positive passed alerting/routes-to-a-receiver-that-notifies/Quality',
    ]);
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
    expect(probe(result, 'fires').observed).toContain('fires 5m after the values turn bad');
    expect(probe(result, 'wrong-versions').observed).toMatch(/^(\d+) of \1 wrong versions fail the test$/);
    expect(probe(result, 'routes').observed).toMatch(
      /^Goes to hook \(webhook; .*\) and oncall \(slack; .*\)\. amtool .* says the same\./,
    );
    for (const one of result.probes) expect(probeSchema.safeParse({ ...one, evidence: [] }).success).toBe(true);
  });

  it('writes the labels and annotations that promtool gives into the test', async () => {
    const test = probe(await prove({}), 'fires').evidence.find(({ name }) => name === 'test.yml')?.content;
    // 1 % of the threshold below it; the annotation shows the value as promtool writes it.
    expect(test).toContain('m is at 0.84575');
    expect(test).toContain('"severity":"critical"');
  });

  it('gives the same probes and evidence twice', async () => {
    const hashes = (result: ProofResult) =>
      result.probes.map(({ evidence, ...rest }) => ({
        ...rest,
        evidence: evidence.map(({ content }) => sha256Hex(content)),
      }));
    const input = { alertmanager: ALERTMANAGER, before: { rulesText: rulesWith('auc{model="m"} > 0.85') } };
    expect(hashes(await prove(input))).toEqual(hashes(await prove(input)));
  });

  it('keeps secrets and paths of the routing out of the evidence', async () => {
    const evidence = (await prove({ alertmanager: ALERTMANAGER })).probes.flatMap((one) => one.evidence);
    expect(evidence.some(({ content }) => /secret-token|tmpl|mlops-proof-/.test(content))).toBe(false);
  });
});

describeWithPromTools('rules of other forms', () => {
  it.each(['1s', '1m', '90s', '2h'])('proves a wait of %s', async (wait) => {
    const result = await prove({ rulesText: rulesWith('auc < 0.85').replace('for: 5m', `for: ${wait}`) });
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
  });

  it.each([
    'rate(errors_total[5m]) > 0.5',
    'increase(errors_total[10m]) > 3',
    'sum by (job) (rate(r_total{status=~"5.."}[5m])) / sum by (job) (rate(r_total[5m])) * 100 > 5',
    '1 - sum(rate(ok_total[5m])) / sum(rate(all_total[5m])) > 0.01',
    'sum(rate(d_seconds_sum[5m])) / sum(rate(d_seconds_count[5m])) > 0.3',
    'histogram_quantile(0.99, sum by (le) (rate(d_seconds_bucket[5m]))) > 0.25',
    'histogram_quantile(0.95, rate(d_seconds_bucket[5m])) > 2',
    'up{job=~".*-predictor|x"} == 0',
    'avg_over_time(psi[1h]) > 0.25',
    'max(age_seconds) without (pod) > 3600 * 24',
    'absent(auc)',
    'auc < auc offset 1d',
    'auc < 0.5 or on () vector(0) > 1',
    'queue > 100 and on (job) rate(done_total[5m]) < 1',
    '0.9 > auc',
    'free{disk="/"} / size{disk="/"} < 0.1',
    'used / size > 0.9 and size > 0',
    'rate(wide_total[5m]) > 1e9',
  ])('proves %s', async (expr) => {
    const result = await prove({ rulesText: rulesWith(expr) });
    expect(
      result.probes.filter(({ verdict }) => verdict !== 'passed').map(({ id, observed }) => [id, observed]),
    ).toEqual([]);
    expect(summarise(result).verdict).toBe('proved');
  });

  it('says that a rule is not provable, never that it passed, where the answer hangs on the scrape interval', async () => {
    const rulesText = rulesWith('rate(errors_total[30s]) > 1');
    expect(probe(await prove({ rulesText }), 'fires')).toMatchObject({
      verdict: 'not-run',
      observed: expect.stringMatching(/^not provable: scrape interval unknown/),
    });
    expect(probe(await prove({ rulesText, scrapeInterval: 60 }), 'fires')).toMatchObject({
      verdict: 'failed',
      observed: expect.stringMatching(/^never fires: /),
    });
  });

  it('proves a rule on a series that a recording rule of the file makes', async () => {
    const recording = '  rules:\n  - record: job:auc\n    expr: avg(auc)\n';
    const result = await prove({ rulesText: rulesWith('job:auc < 0.85').replace('  rules:\n', recording) });
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
    expect(probe(result, 'fires').evidence.find(({ name }) => name === 'rules.yml')?.content).toContain('avg(auc)');
  });

  it('names a threshold that a part of a whole cannot reach', async () => {
    const expr = 'sum(rate(r_total{status=~"5.."}[5m])) / sum(rate(r_total[5m])) > 5';
    const fires = probe(await prove({ rulesText: rulesWith(expr) }), 'fires');
    expect(fires).toMatchObject({
      verdict: 'failed',
      observed: expect.stringContaining('is between 0 and 1 for all plausible values, so never > 5'),
    });
  });

  it('names a rule that always fires', async () => {
    const silent = probe(await prove({ rulesText: rulesWith('count(auc) > 0') }), 'silent');
    expect(silent).toMatchObject({ verdict: 'failed', observed: expect.stringContaining('always fires') });
  });
});

describeWithPromTools('the alert and its file', () => {
  it('fails for a misspelt alert and says which there are', async () => {
    const fires = probe(await prove({ alerts: ['Qualty'] }), 'fires');
    expect(fires).toMatchObject({ verdict: 'failed', observed: 'there is no alert Qualty; the file has Quality' });
  });

  it('proves every rule of a name and keeps their probes apart', async () => {
    const twin = ['  - alert: Quality', '    expr: auc < 0.7', '    labels: {severity: page}'].join('\n');
    const result = await prove({ rulesText: rulesWith('auc < 0.85', twin) });
    expect(summarise(result).verdict).toBe('proved');
    const ids = result.probes.map(({ id }) => id);
    expect(ids).toContain('alerting/fires/Quality[2]');
    expect(new Set(ids).size).toBe(ids.length);
    // Without `for` there is nothing to wait for.
    expect(ids).not.toContain('alerting/waits/Quality[2]');
  });

  it('fails the whole file for a fault in another rule of it', async () => {
    const broken = '  - alert: Other\n    expr: "sum(("\n';
    const result = await prove({ rulesText: rulesWith('auc < 0.85', broken) });
    expect(probe(result, 'rule-file-loads').verdict).toBe('failed');
    expect(summarise(result).verdict).toBe('not-proved');
  });

  it('fails, with the reason, for a file that is no rule file', async () => {
    const result = await prove({ rulesText: 'groups: nonsense' });
    expect(verdicts(result)).toEqual([
      'positive failed alerting/rule-file-loads/monitoring/rules.yml',
      'positive failed alerting/fires/Quality',
    ]);
  });

  it('reads the rules of a Kubernetes PrometheusRule', async () => {
    const spec = rulesWith('auc < 0.85')
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n');
    const rulesText = `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\nspec:\n${spec}`;
    expect(summarise(await prove({ rulesText })).verdict).toBe('proved');
  });

  it('fails for a metric that no code exports', async () => {
    const result = await prove({ exported: ['feature_psi', 'd_seconds'] });
    expect(probe(result, 'reads-exported')).toMatchObject({
      verdict: 'failed',
      observed: 'nothing in the code exports auc',
    });
    const rulesText = rulesWith('histogram_quantile(0.9, rate(d_seconds_bucket[5m])) > 1');
    expect(probe(await prove({ rulesText, exported: ['d_seconds'] }), 'reads-exported').verdict).toBe('passed');
  });

  it('does not apply when no alert is named', async () => {
    expect((await prove({ alerts: [] })).notApplicable).toBe('no alerting rule was named');
  });
});

describeWithPromTools('the unfixed state', () => {
  it.each([
    ['the wrong way round', 'auc{model="m"} > 0.85'],
    ['on a misspelt metric', 'aucc{model="m"} < 0.85'],
    ['on a label that never matches', 'auc{model="n"} < 0.85'],
    ['in percent', 'auc{model="m"} < 0.0085'],
  ])('does not fire %s', async (_, expr) => {
    const result = await prove({ before: { rulesText: rulesWith(expr) } });
    expect(probe(result, 'unfixed-rule')).toMatchObject({ sign: 'negative', verdict: 'passed' });
    expect(summarise(result).verdict).toBe('proved');
  });

  it('fails the negative probe when the unfixed rule fires just as well', async () => {
    const result = await prove({ before: { rulesText: rulesWith('(auc{model="m"}) < 0.850') } });
    expect(probe(result, 'unfixed-rule')).toMatchObject({ verdict: 'failed' });
  });

  it('is not looked at when only white space differs', async () => {
    const result = await prove({ before: { rulesText: rulesWith('auc{model="m"}   <  0.85') } });
    expect(verdicts(result).some((line) => line.includes('unfixed'))).toBe(false);
  });

  it('reaches nobody by the unfixed routing', async () => {
    const before = ALERTMANAGER.text.replace(/ {2}slack_configs.*\n/, '');
    const result = await prove({ alertmanager: { ...ALERTMANAGER, before } });
    expect(probe(result, 'unfixed-routing')).toMatchObject({
      sign: 'negative',
      verdict: 'passed',
      observed: expect.stringMatching(/ and oncall \(no integration; /),
    });
    expect(summarise(result).verdict).toBe('proved');
  });
});

describeWithPromTools('an alert that the change adds or changes otherwise than in its query', () => {
  const added = ['  - alert: Added', '    expr: drift > 0.25', '    for: 5m', '    labels: {severity: critical}'];

  it('is shown from no such alert to proved', async () => {
    const result = await prove({
      rulesText: rulesWith('auc < 0.85', added.join('\n')),
      before: { rulesText: rulesWith('auc < 0.85') },
      alerts: ['Added'],
      touched: ['Added'],
    });
    expect(summarise(result)).toEqual({ verdict: 'proved', reason: '' });
    expect(probe(result, 'no-such-alert-before')).toMatchObject({
      sign: 'negative',
      observed: expect.stringMatching(/^before: there was no such alert; now: proved: .*fires 5m after/),
    });
  });

  it('fails where a new rule can’t be proved, which is no fault of one that was there', async () => {
    const rulesText = rulesWith('auc < 0.85', added.join('\n').replace('drift > 0.25', 'rate(drift_total[30s]) > 1'));
    const input = { rulesText, alerts: ['Added'] };
    const fires = (result: ProofResult) => probe(result, '/fires/');
    expect(fires(await prove({ ...input, before: { rulesText: rulesWith('auc < 0.85') } }))).toMatchObject({
      verdict: 'failed',
      observed: expect.stringMatching(/^before: there was no such alert; now: not provable: /),
    });
    expect(fires(await prove(input)).verdict).toBe('not-run');
  });

  it('fails where a new rule reaches nobody, though the routing is untouched', async () => {
    const alertmanager = { ...ALERTMANAGER, before: ALERTMANAGER.text };
    const rulesText = rulesWith('auc < 0.85', added.join('\n').replace('critical', 'info'));
    const result = await prove({
      rulesText,
      before: { rulesText: rulesWith('auc < 0.85') },
      alerts: ['Added'],
      alertmanager,
    });
    expect(probe(result, 'routes-')).toMatchObject({ verdict: 'failed' });
    expect(probe(result, 'routes-').surroundings).toBeUndefined();
  });

  it('is shown before and after where only its wait changes', async () => {
    const before = { rulesText: rulesWith('auc{model="m"} < 0.85').replace('for: 5m', 'for: 0s') };
    expect(probe(await prove({ before }), 'unfixed-rule')).toMatchObject({
      verdict: 'passed',
      observed: expect.stringMatching(/^before: proved: .*as soon as.*; now: proved: .*5m after/),
    });
  });

  it('is shown before and after where only its labels change', async () => {
    const before = { rulesText: rulesWith('auc{model="m"} < 0.85').replace('team: ml', 'team: data') };
    expect(probe(await prove({ before }), 'before-and-after')).toMatchObject({ sign: 'positive', verdict: 'passed' });
  });
});

describeWithPromTools('an alert that the change doesn’t touch', () => {
  it('is of the surroundings, so that its faults refute nothing', async () => {
    const rulesText = rulesWith('count(auc) == 0');
    const untouched = await prove({ rulesText, touched: ['Other'] });
    expect(untouched.probes.every(({ surroundings }) => surroundings === true)).toBe(true);
    expect(summarise(untouched).verdict).toBe('not-proved');
    expect((await prove({ rulesText, touched: ['Quality'] })).probes.some(({ surroundings }) => surroundings)).toBe(
      false,
    );
  });
});

describeWithPromTools('the repository’s other rule files', () => {
  const inhibiting = {
    ...ALERTMANAGER,
    text: `${ALERTMANAGER.text}inhibit_rules:\n- {source_matchers: ['alertname="Down"'], target_matchers: ['team="ml"']}\n`,
  };
  const other = {
    path: 'monitoring/other.yml',
    text: rulesWith('up{job="m"} == 0').replace('alert: Quality', 'alert: Down'),
  };

  it('count for inhibition: another alert of the same Alertmanager may hold it back', async () => {
    const result = await prove({ alertmanager: inhibiting, otherFiles: [other] });
    expect(probe(result, 'routes-')).toMatchObject({
      verdict: 'passed',
      observed: expect.stringContaining('Inhibited while Down (severity critical) fires.'),
    });
  });

  it('count for inhibition: one of its own group that fires whenever it does always holds it back', async () => {
    const twin = ['  - alert: Down', '    expr: auc{model="m"} < 0.9', '    labels: {severity: critical}'].join('\n');
    const result = await prove({ rulesText: rulesWith('auc{model="m"} < 0.85', twin), alertmanager: inhibiting });
    expect(probe(result, 'routes-')).toMatchObject({
      verdict: 'failed',
      observed: expect.stringContaining('It is always inhibited'),
    });
  });

  it('give the recordings that an alert reads', async () => {
    const text = 'groups:\n- name: r\n  interval: 1m\n  rules:\n  - {record: "job:auc", expr: avg(auc)}\n';
    const otherFiles = [{ path: 'monitoring/recordings.yml', text }];
    const result = await prove({ rulesText: rulesWith('job:auc < 0.85'), otherFiles });
    expect(probe(result, '/fires/').evidence.find(({ name }) => name === 'rules.yml')?.content).toContain('avg(auc)');
  });

  it('don’t bring in their own alerts of the same name', async () => {
    const otherFiles = [{ path: 'monitoring/other.yml', text: rulesWith('other > 5') }];
    const ids = (await prove({ otherFiles })).probes.map(({ id }) => id);
    expect(ids.filter((id) => id.includes('/fires/'))).toEqual(['alerting/fires/Quality']);
  });
});

describeWithPromTools('a route that is decided by a label whose value the rule doesn’t state', () => {
  const byPlant = {
    path: 'alertmanager.yml',
    text: `
route:
  receiver: nobody
  routes:
  - {receiver: hook, matchers: ['plant="north"']}
receivers:
- name: nobody
- name: hook
  webhook_configs: [{url: http://hook.example/}]
`,
  };

  it('is not failed for the value that was made up for the series', async () => {
    const rulesText = rulesWith('max by (plant) (heat) > 80');
    expect(probe(await prove({ rulesText, alertmanager: byPlant }), 'routes-')).toMatchObject({
      verdict: 'passed',
      observed: expect.stringContaining("By the label plant, which the rule doesn't state, it may go to hook."),
    });
  });

  it('is failed for a value that the rule states itself', async () => {
    const rulesText = rulesWith('max by (plant) (heat{plant="south"}) > 80');
    expect(probe(await prove({ rulesText, alertmanager: byPlant }), 'routes-')).toMatchObject({
      verdict: 'failed',
      observed: expect.stringContaining('No route matches it'),
    });
  });
});

describeWithPromTools('missing tools', () => {
  it('runs nothing without promtool, and passes nothing that needs it', async () => {
    const result = await prove({ alertmanager: ALERTMANAGER, tools: { amtool: tools.amtool } });
    const others = result.probes.filter(({ id }) => !id.includes('/routes-'));
    expect(probe(result, 'routes-').verdict).toBe('not-run');
    expect(others.map(({ verdict, observed }) => `${verdict}: ${observed}`)).toEqual(
      others.map(() => 'not-run: not run: promtool not found'),
    );
    expect(others).toHaveLength(2);
    expect(summarise(result).verdict).toBe('not-proved');
  });

  it('does not pass the route without amtool', async () => {
    const result = await prove({ alertmanager: ALERTMANAGER, tools: { promtool: tools.promtool } });
    expect(probe(result, 'routes-')).toMatchObject({
      verdict: 'not-run',
      observed: expect.stringContaining('amtool not found'),
    });
    expect(summarise(result).verdict).toBe('not-proved');
  });
});

itWithPromTools('stops when it is aborted', async () => {
  await expect(prove({ signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
});
