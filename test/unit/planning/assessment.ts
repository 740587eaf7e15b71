import type { LifecycleMap } from '../../../src/contract/lifecycle.js';
import { changePolicySchema } from '../../../src/contract/policy.js';
import type { Trigger } from '../../../src/contract/request.js';
import type { Risk } from '../../../src/contract/risk.js';
import type { FileEdit, Snapshot } from '../../../src/contract/snapshot.js';
import type { FixResult, PlanChangeInput } from '../../../src/planning/planChange.js';
import type { RuleContext } from '../../../src/risks/rule.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

/** A rule of a test: finds `bad` in a file, and makes `good` of it. */
export interface FakeRule {
  rule: string;
  path: string;
  bad: RegExp;
  risk?: Partial<Risk>;
  fix?: (text: string, snapshot: Snapshot) => Record<string, string> | FixResult;
}

export function risk(part: Partial<Risk>): Risk {
  return {
    id: `${part.rule ?? 'MON-001'}:${part.subject ?? 'DriftHigh'}`,
    rule: 'MON-001',
    name: 'alert-on-never-exported-metric',
    area: 'monitoring',
    stage: 'monitoring',
    severity: 'high',
    confidence: 'certain',
    path: 'monitoring/rules.yml',
    line: 1,
    subject: 'DriftHigh',
    message: 'The alert reads a metric that nothing exports.',
    consequence: 'It never fires.',
    evidence: [],
    blocks: 'alerting',
    fixable: true,
    ...part,
  };
}

export function incident(alert: string, labels: Record<string, string> = {}): Trigger {
  return {
    kind: 'incident',
    incident: {
      source: 'alertmanager',
      episode: 'e1',
      title: alert,
      status: 'firing',
      severity: 'critical',
      startsAt: '2026-11-25T10:00:00Z',
      alerts: [
        { name: alert, status: 'firing', labels, annotations: {}, startsAt: '2026-11-25T10:00:00Z', fingerprint: 'f1' },
      ],
      omittedAlerts: 0,
    },
  };
}

export function request(text = 'Please look after the repository'): Trigger {
  return { kind: 'request', text };
}

export const noMap: LifecycleMap = { commit: 'memory', components: [], edges: [], unknowns: [], unreadable: [] };

export function assessmentOf(rules: readonly FakeRule[]) {
  return (snapshot: Snapshot): Risk[] =>
    rules.flatMap(({ rule, path, bad, risk: part }) => {
      const text = snapshot.text(path);
      const at = text?.search(bad) ?? -1;
      if (text === undefined || at < 0) return [];
      return [risk({ rule, path, subject: rule, line: text.slice(0, at).split('\n').length, ...part })];
    });
}

/** The input of `planChange` for some files and rules; everything is allowed unless `more` says otherwise. */
export function planInput(
  files: Record<string, string | Uint8Array>,
  rules: readonly FakeRule[],
  more: Partial<PlanChangeInput> & { map?: LifecycleMap } = {},
): PlanChangeInput {
  const reassess = assessmentOf(rules);
  const contextOf = (snapshot: Snapshot) => ({ snapshot, map: more.map ?? noMap, facts: {} }) as unknown as RuleContext;
  const snapshot = memorySnapshot(files);
  return {
    context: contextOf(snapshot),
    risks: reassess(snapshot),
    reassess,
    contextOf,
    fixFor: (one, context) => {
      const rule = rules.find((candidate) => candidate.rule === one.rule);
      const made = rule?.fix?.(context.snapshot.text(rule.path) ?? '', context.snapshot) ?? { unfixable: 'no fix' };
      if ('unfixable' in made || 'edits' in made) return made as FixResult;
      return {
        edits: editsOf(made as Record<string, string>),
        reason: 'mends it',
        tradeOff: `Trade-off of ${one.rule}.`,
      };
    },
    trigger: request(),
    goal: 'harden',
    policy: changePolicySchema.parse({}),
    models: ['fraud-scorer'],
    stages: ['monitoring'],
    judgePaths: () => [],
    ...more,
  };
}

export function editsOf(files: Record<string, string>): FileEdit[] {
  return Object.entries(files).map(([path, text]) => ({ path, content: new TextEncoder().encode(text) }));
}

/** A rule that finds a word in a file and puts another in its place. */
export function rename(rule: string, path: string, from: string, to: string, part: Partial<Risk> = {}): FakeRule {
  return {
    rule,
    path,
    bad: new RegExp(`\\b${from}\\b`),
    risk: part,
    fix: (text) => ({ [path]: text.replace(new RegExp(`\\b${from}\\b`, 'g'), to) }),
  };
}
