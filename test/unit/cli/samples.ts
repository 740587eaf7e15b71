import type { Incident } from '../../../src/contract/incident.js';
import type { LifecycleMap } from '../../../src/contract/lifecycle.js';
import { type Plan, type Proposal, planDigest } from '../../../src/contract/plan.js';
import type { Validation } from '../../../src/contract/probe.js';
import type { Risk } from '../../../src/contract/risk.js';
import type { TaskStatus } from '../../../src/contract/status.js';

export const incident: Incident = {
  source: 'alertmanager',
  episode: 'f@2026-11-25T10:08:34Z',
  title: 'ModelQualityDegraded on fraud-scorer',
  status: 'firing',
  severity: 'critical',
  startsAt: '2026-11-25T10:08:34Z',
  omittedAlerts: 2,
  alerts: [
    {
      name: 'ModelQualityDegraded',
      status: 'firing',
      labels: { model: 'fraud-scorer' },
      annotations: { summary: 'Live AUC of fraud-scorer is below 0.85 for 15 minutes' },
      startsAt: '2026-11-25T10:08:34Z',
      fingerprint: 'f',
    },
  ],
};

export const lifecycleMap: LifecycleMap = {
  commit: 'cd'.repeat(20),
  components: [
    {
      id: 't',
      stage: 'training',
      kind: 'training script',
      name: 'train',
      path: 'src/train.py',
      lines: { start: 12, end: 40 },
      evidence: 'fit(',
    },
    {
      id: 'm',
      stage: 'registration',
      kind: 'registered model',
      name: 'fraud-scorer',
      path: 'models/fraud-scorer.json',
      lines: { start: 1, end: 1 },
      evidence: 'tag',
    },
  ],
  edges: [{ from: 't', to: 'm', kind: 'writes-model', reason: 'dump(' }],
  unknowns: [{ stage: 'training', text: 'where the data comes from' }],
  unreadable: [],
};

const risk = (over: Partial<Risk>): Risk => ({
  id: 'MON-001:aa',
  rule: 'MON-001',
  name: 'alert-never-fires',
  area: 'monitoring',
  stage: 'monitoring',
  severity: 'high',
  confidence: 'certain',
  path: 'monitoring/rules.yml',
  line: 34,
  subject: 'FeatureDriftHigh',
  message: 'The alert can never fire.',
  consequence: 'Nobody is told.',
  evidence: [],
  fixable: true,
  ...over,
});

export const risks: Risk[] = [
  risk({}),
  risk({
    id: 'PRO-002:bb',
    rule: 'PRO-002',
    severity: 'critical',
    path: '.github/workflows/train.yml',
    line: 40,
    message: 'The gate logs the metric and never compares it.',
    fixable: false,
  }),
];

export const validations: Validation[] = [
  {
    path: 'alerting',
    verdict: 'proved',
    reason: '',
    probes: [
      {
        id: 'a/1',
        path: 'alerting',
        sign: 'positive',
        statement: 'FeatureDriftHigh fires after 15 minutes',
        expected: 'e',
        observed: 'o',
        verdict: 'passed',
        evidence: [],
      },
      {
        id: 'a/2',
        path: 'alerting',
        sign: 'negative',
        statement: 'it stays silent just under the threshold',
        expected: 'e',
        observed: 'o',
        verdict: 'passed',
        evidence: [],
      },
    ],
    liveOnly: [{ path: 'alerting', statement: 'the receiver is reached', command: 'amtool alert add x' }],
  },
  {
    path: 'rollback',
    verdict: 'not-proved',
    reason: 'the artifact is gone',
    probes: [
      {
        id: 'r/1',
        path: 'rollback',
        sign: 'positive',
        statement: 'the previous artifact is intact',
        expected: 'hash 8b76',
        observed: 'no file',
        verdict: 'failed',
        evidence: [],
      },
    ],
    liveOnly: [],
  },
];

export const AFTER = 'groups:\n  - expr: feature_drift_psi > 0.25\n  for: 15m\n';
/** `printf … | git hash-object --stdin` of the two texts. */
export const BEFORE_BLOB = '142d96a296958f963351d35ffe5a45e74272dbed';
export const AFTER_BLOB = '8fc3fff7d9b67dc486f2b30980ec19e163899bdb';
/** `printf … | sha256sum` of the new text. */
export const AFTER_SHA256 = 'cd070afaab61518253e0a679b2dd4739767722254ddddb370af35c3536ed570b';

export const plan: Plan = {
  format: 1,
  task: 'chg/alertmanager/x',
  round: 1,
  target: {
    id: 'fraud-scorer',
    repository: '/srv/fraud-scorer.git',
    branch: 'main',
    mode: 'push',
    registry: { kind: 'git-tags' },
    policyBranch: 'main',
    policyPath: 'mlops.yaml',
  },
  base: 'cd'.repeat(20),
  tree: 'ef'.repeat(20),
  operations: [
    {
      kind: 'editFile',
      path: 'monitoring/rules.yml',
      before: BEFORE_BLOB,
      after: AFTER_BLOB,
      mode: '100644',
      closes: ['MON-001:aa'],
    },
  ],
  inverse: {
    operations: [
      {
        kind: 'editFile',
        path: 'monitoring/rules.yml',
        before: AFTER_BLOB,
        after: BEFORE_BLOB,
        mode: '100644',
        closes: [],
      },
    ],
    tree: '01'.repeat(20),
    aliases: {},
  },
  message: 'Watch the metric that is exported',
  checks: ['alerting'],
  rehearsal: [],
  watch: [],
  onFailure: 'ask',
  policy: '23'.repeat(32),
};

export const proposal: Proposal = {
  plan,
  digest: planDigest(plan),
  summary: 'Make the drift alert watch the metric that is exported.',
  primaryRisk: 'MON-001:aa',
  hunks: [
    {
      path: 'monitoring/rules.yml',
      line: 2,
      diff: '@@ -2,1 +2,1 @@\n-  - expr: drift > 0.25\n+  - expr: feature_drift_psi > 0.25\n',
      closes: ['MON-001:aa'],
      reason: 'without it the alert FeatureDriftHigh can never fire',
    },
  ],
  diff: [
    '--- a/monitoring/rules.yml',
    '+++ b/monitoring/rules.yml',
    '@@ -1,3 +1,3 @@',
    ' groups:',
    '-  - expr: drift > 0.25',
    '+  - expr: feature_drift_psi > 0.25',
    '   for: 15m',
    '',
  ].join('\n'),
  tradeOff: 'The alert may fire for the first time.',
  blastRadius: 'one alert rule',
  contents: { [AFTER_BLOB]: AFTER_SHA256 },
  validations,
  size: { files: 1, lines: 1 },
  stages: ['monitoring'],
};

export const status: TaskStatus = {
  task: 'chg/alertmanager/x',
  run: 'run-1',
  audience: 'demo/default/default',
  target: 'fraud-scorer',
  goal: 'harden',
  stage: 'approve',
  stages: {
    map: 'done',
    assess: 'done',
    plan: 'done',
    rehearse: 'done',
    approve: 'running',
    apply: 'waiting',
    validate: 'waiting',
    report: 'waiting',
  },
  sentence: 'Waits for one approval.',
  incident,
  question: {
    plan: 'ab'.repeat(32),
    base: 'cd'.repeat(20),
    summary: 'Make the drift alert watch the metric that is exported.',
    askedAt: '2026-11-25T10:00:00Z',
    deadline: '2026-11-26T10:00:00Z',
    required: 2,
    approvedBy: ['alice'],
    whoMay: ['alice', 'bob'],
    askedAgainBecause: 'the branch moved',
  },
  timeline: [
    {
      at: '2026-11-25T10:05:00.000Z',
      what: 'decision of mallory',
      refused: { code: 'MLOPS-APR-002', reason: 'the signature is not by their key' },
    },
  ],
  refusedBeyond: 0,
};
