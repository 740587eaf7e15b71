import { describe, expect, it } from 'vitest';
import type { Component } from '../../../src/contract/lifecycle.js';
import type { Proposal } from '../../../src/contract/plan.js';
import type { Probe, Validation } from '../../../src/contract/probe.js';
import { composeReport, type ReportInput } from '../../../src/report/composeReport.js';
import { renderMarkdown } from '../../../src/report/markdown.js';
import { incident, noMap, risk } from '../planning/assessment.js';

const DIGEST = 'd'.repeat(64);
const COMMIT = 'c'.repeat(40);

const mute = risk({
  id: 'INC-001:a',
  rule: 'INC-001',
  name: 'alert-routes-nowhere',
  severity: 'critical',
  path: 'monitoring/alertmanager.yml',
});
const unseeded = risk({
  id: 'DET-001:b',
  rule: 'DET-001',
  name: 'unseeded-data-split',
  area: 'determinism',
  stage: 'training',
  blocks: 'promotion',
  path: 'src/train.py',
  line: 12,
});

function probe(part: Partial<Probe>): Probe {
  return {
    id: 'alerting/fires/A',
    path: 'alerting',
    sign: 'positive',
    statement: 'It fires.',
    expected: 'firing',
    observed: 'firing',
    verdict: 'passed',
    evidence: [],
    ...part,
  };
}

function proved(path: Validation['path']): Validation {
  return {
    path,
    verdict: 'proved',
    reason: '',
    probes: [probe({ path, id: `${path}/good` }), probe({ path, id: `${path}/bad`, sign: 'negative' })],
    liveOnly: [{ path, statement: 'The real one does it too.', command: 'curl -s http://x/' }],
  };
}

const proposal: Proposal = {
  plan: {
    format: 1,
    task: 't',
    round: 1,
    target: {
      id: 'fraud',
      repository: 'r',
      branch: 'main',
      mode: 'push',
      registry: { kind: 'git-tags' },
      policyBranch: 'main',
      policyPath: 'mlops.yaml',
    },
    base: 'b'.repeat(40),
    tree: 'e'.repeat(40),
    operations: [
      {
        kind: 'editFile',
        path: mute.path,
        before: 'a'.repeat(40),
        after: 'f'.repeat(40),
        mode: '100644',
        closes: ['INC-001:a'],
      },
    ],
    inverse: {
      operations: [
        {
          kind: 'editFile',
          path: mute.path,
          before: 'f'.repeat(40),
          after: 'a'.repeat(40),
          mode: '100644',
          closes: [],
        },
      ],
      tree: 'e'.repeat(40),
      aliases: {},
    },
    message: 'm',
    checks: ['alerting'],
    rehearsal: [],
    watch: [],
    onFailure: 'ask',
    policy: 'f'.repeat(64),
  },
  digest: DIGEST,
  summary: 'Close 1 risk.',
  primaryRisk: 'INC-001:a',
  hunks: [
    {
      path: mute.path,
      line: 3,
      diff: '@@ -3,1 +3,2 @@\n-a\n+b\n+c\n',
      closes: ['INC-001:a'],
      reason: 'Without it, it stays open.',
    },
  ],
  diff: '--- a/x\n+++ b/x\n@@ -3,1 +3,2 @@\n-a\n+b\n+c\n',
  tradeOff: 'More pages.',
  blastRadius: 'routing',
  contents: {},
  validations: [],
  size: { files: 1, lines: 2 },
  stages: ['monitoring'],
};

function component(part: Partial<Component>): Component {
  return {
    id: `${part.kind ?? 'alert rule'}:${part.name}`,
    stage: 'monitoring',
    kind: 'alert rule',
    name: 'A',
    path: 'monitoring/rules.yml',
    lines: { start: 1, end: 2 },
    evidence: '',
    ...part,
  };
}

const map = {
  ...noMap,
  components: [
    component({ name: 'FeatureDriftHigh' }),
    component({ name: 'FraudApiDown', evidence: 'up{job="fraud-api"} == 0' }),
    component({ name: 'prod', kind: 'InferenceService', stage: 'deployment' }),
  ],
};

function input(more: Partial<ReportInput> = {}): ReportInput {
  return {
    task: 'chg/alertmanager/x',
    run: 'run-1',
    request: {
      version: 1,
      tenant: 'default',
      target: 'fraud',
      goal: 'harden',
      severity: 'low',
      trigger: incident('ModelQualityDegraded'),
    },
    target: { id: 'fraud', repository: 'file:///r.git', branch: 'main' },
    outcome: 'verified',
    map,
    risks: [unseeded, mute],
    ranked: [
      { risk: mute, why: 'It mutes the alert that fired.' },
      { risk: unseeded, why: 'It concerns fraud-scorer.' },
    ],
    proposal,
    validations: [proved('alerting'), proved('promotion'), proved('rollback')],
    approvals: [{ person: 'ada', comment: 'ok', at: '2026-11-25T10:00:00Z' }],
    recordHead: '9'.repeat(64),
    commit: COMMIT,
    base: 'b'.repeat(40),
    undo: 'temporal-mlops undo x',
    ...more,
  };
}

const verdicts = (more: Partial<ReportInput> = {}) =>
  Object.fromEntries(composeReport(input(more)).qualityChecks.map((check) => [check.name, check]));

describe('composeReport', () => {
  it('returns the five things of an applied change', () => {
    const report = composeReport(input());
    expect(report.boundary).toEqual({
      stages: ['monitoring'],
      files: [{ path: mute.path, added: 2, removed: 1 }],
      aliases: [],
      commit: COMMIT,
      base: 'b'.repeat(40),
    });
    expect(report.primaryRisk).toEqual({ risk: mute, why: 'It mutes the alert that fired.' });
    expect(report.change).toMatchObject({
      tradeOff: 'More pages.',
      plan: DIGEST,
      hunks: [{ line: 3, closes: ['INC-001:a'] }],
    });
    expect(report.residual).toEqual([
      '1 more risk of high or critical severity is open.',
      '3 checks can only be done in the real environment and were not done.',
      'The incident was firing when the task started. Nothing here shows that it has ended: look at the alert itself.',
    ]);
    expect(report.followUps).toEqual([
      {
        priority: 1,
        risk: 'DET-001:b',
        message: unseeded.message,
        path: 'src/train.py',
        line: 12,
        why: 'It concerns fraud-scorer.',
      },
    ]);
    expect(report.approval).toMatchObject({ digest: DIGEST, identity: 'signed', by: [{ person: 'ada' }] });
    expect(report.sentence).toBe('The approved change is applied, and all paths were proved.');
  });

  it.each(['rejected', 'expired'] as const)('claims nothing changed or closed when the plan was %s', (outcome) => {
    const { commit: _, approvals: __, ...rest } = input({ outcome });
    const report = composeReport(rest);
    expect(report.boundary).toEqual({ stages: [], files: [], aliases: [], base: 'b'.repeat(40) });
    expect(report.followUps.map((followUp) => followUp.risk)).toEqual(['INC-001:a', 'DET-001:b']);
    expect(report.residual[0]).toBe(
      'The primary operational risk, INC-001:a (alert-routes-nowhere), is not closed: It never fires.',
    );
    expect(report.approval).toBeUndefined();
  });

  it('counts every risk as open again after a roll-back', () => {
    const report = composeReport(input({ outcome: 'rolled_back' }));
    expect(report.followUps.map((followUp) => followUp.risk)).toContain('INC-001:a');
    expect(report.boundary.commit).toBe(COMMIT);
    expect(renderMarkdown(report)).toContain('This was applied and undone again.');
  });

  it('names what is not proved, unread, unanswered or self-declared as residual risk', () => {
    const report = composeReport(
      input({
        outcome: 'applied_unverified',
        identity: 'self-declared',
        unanswered: ['Why now?'],
        map: {
          ...map,
          unreadable: [{ path: 'x', reason: 'too large' }],
          unknowns: [{ stage: 'training', text: 'No lock file.' }],
        },
        validations: [
          { path: 'alerting', verdict: 'not-proved', reason: 'promtool not found', probes: [], liveOnly: [] },
        ],
      }),
    );
    expect(report.residual).toEqual(
      expect.arrayContaining([
        'The alerting path is not proved: promtool not found',
        'Not known about training: No lock file.',
        '1 file could not be read, so what is in it was not assessed.',
        'A reviewer’s comment is not answered by the plan: Why now?',
        'The approver’s identity is self-declared: nothing proves who decided.',
      ]),
    );
  });
});

describe('residual risk', () => {
  const drift = risk({ id: 'MON-001:d', rule: 'MON-001', path: 'rules.yml', line: 2 });
  const unknowns = [
    { stage: 'monitoring' as const, text: 'Alert A (rules.yml:2) reads m, which nothing exports.' },
    { stage: 'monitoring' as const, text: 'Alert B (rules.yml:20) reads n, which nothing exports.' },
  ];
  const residual = (changes: Partial<ReportInput>) =>
    composeReport({
      ...input({ risks: [drift], ranked: [{ risk: drift, why: '' }], map: { ...map, unknowns } }),
      ...changes,
    }).residual.filter((text) => text.startsWith('Not known'));

  it('leaves out what the base commit’s map could not tell about a place that was mended since', () => {
    expect(residual({ closes: ['MON-001:d'] })).toEqual([
      'Not known about monitoring: Alert B (rules.yml:20) reads n, which nothing exports.',
    ]);
  });

  it('keeps it while the change is not applied', () => {
    expect(residual({ closes: ['MON-001:d'], outcome: 'rejected' })).toHaveLength(2);
  });

  it('says that a firing incident was not seen to end', () => {
    expect(composeReport(input()).residual).toContain(
      'The incident was firing when the task started. Nothing here shows that it has ended: look at the alert itself.',
    );
  });
});

describe('quality checks', () => {
  it('are met only from evidence', () => {
    const checks = verdicts({ risks: [mute], ranked: [{ risk: mute, why: '' }] });
    expect(Object.values(checks).map((check) => [check.name, check.verdict])).toEqual([
      ['provenance', 'met'],
      ['gate-criteria', 'met'],
      ['rollback', 'met'],
      ['monitoring', 'met'],
      ['environment-only', 'met'],
    ]);
    expect(checks['gate-criteria']?.evidence).toEqual(['promotion/good', 'promotion/bad']);
    expect(checks.monitoring?.evidence).toEqual(['alert rule:FraudApiDown', 'alert rule:FeatureDriftHigh']);
    expect(checks['environment-only']?.evidence).toEqual([
      'alerting/live-only/1',
      'promotion/live-only/1',
      'rollback/live-only/1',
    ]);
  });

  it('do not hold for open risks, whatever was proved', () => {
    expect(verdicts()['gate-criteria']).toMatchObject({ verdict: 'not-met', evidence: ['DET-001:b'] });
    expect(verdicts({ outcome: 'rolled_back' }).monitoring).toMatchObject({
      verdict: 'not-met',
      evidence: ['INC-001:a'],
    });
    const inStage = risk({ id: 'REP-1:x', rule: 'REP-1', area: 'reproducibility', stage: 'monitoring' });
    expect(verdicts({ risks: [inStage], ranked: [{ risk: inStage, why: '' }] }).provenance).toMatchObject({
      verdict: 'not-met',
      evidence: ['REP-1:x'],
    });
  });

  it('do not hold for failed probes, and stay unknown for those that did not run', () => {
    const failed: Validation = {
      ...proved('rollback'),
      verdict: 'not-proved',
      reason: 'hash differs',
      probes: [probe({ id: 'rollback/x', verdict: 'failed' })],
    };
    const notRun: Validation = {
      ...failed,
      reason: 'no tool',
      probes: [probe({ id: 'rollback/x', verdict: 'not-run' })],
    };
    expect(verdicts({ validations: [failed] }).rollback).toMatchObject({
      verdict: 'not-met',
      evidence: ['rollback/x'],
    });
    expect(verdicts({ validations: [notRun] }).rollback).toMatchObject({
      verdict: 'unknown',
      statement: 'The rollback path could not be proved: no tool',
    });
  });

  it('are unknown or not met when there is nothing to judge by', () => {
    const {
      commit: _,
      map: __,
      ...rest
    } = input({ outcome: 'no_change_needed', risks: [], ranked: [], validations: [] });
    expect(composeReport(rest).qualityChecks.map((check) => check.verdict)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
    const noGate: Validation = {
      path: 'promotion',
      verdict: 'not-applicable',
      reason: 'no gate',
      probes: [],
      liveOnly: [],
    };
    const closedOnly = { risks: [mute], ranked: [{ risk: mute, why: '' }] };
    expect(verdicts({ ...closedOnly, validations: [noGate] })['gate-criteria']?.verdict).toBe('not-met');
    const onlyHealth = { ...map, components: map.components.slice(1) };
    expect(verdicts({ ...closedOnly, map: onlyHealth }).monitoring?.statement).toBe(
      'No alert in the repository is about model quality.',
    );
    expect(
      verdicts({ ...closedOnly, validations: [{ ...proved('alerting'), liveOnly: [] }] })['environment-only'],
    ).toMatchObject({
      verdict: 'not-met',
      statement: 'No check of the real environment is listed for: alerting.',
    });
  });
});
