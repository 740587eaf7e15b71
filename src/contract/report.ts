import type { LifecycleMap } from './lifecycle.js';
import type { Outcome } from './outcome.js';
import type { Validation } from './probe.js';
import type { Trigger } from './request.js';
import type { Risk } from './risk.js';
import type { LifecycleStage } from './stage.js';

export interface QualityCheck {
  name: 'provenance' | 'gate-criteria' | 'rollback' | 'monitoring' | 'environment-only';
  /** `met`, `not-met` (with what is missing) or `unknown` (couldn't be told from the repository). */
  verdict: 'met' | 'not-met' | 'unknown';
  statement: string;
  /** Ids of probes, risks or components. */
  evidence: string[];
}

/** What a task returns: the five things, the five quality checks and where the evidence is. */
export interface Report {
  format: 'temporal-mlops/report/1';
  task: string;
  run: string;
  outcome: Outcome;
  sentence: string;
  trigger: Trigger;
  target: { id: string; repository: string; branch: string };
  /** 1. The exact MLOps boundary changed. */
  boundary: {
    stages: LifecycleStage[];
    files: { path: string; added: number; removed: number }[];
    aliases: string[];
    commit?: string;
    base?: string;
  };
  /** 2. The primary operational risk, and why. */
  primaryRisk?: { risk: Risk; why: string };
  /** 3. The smallest safe change and its trade-off. */
  change?: {
    summary: string;
    tradeOff: string;
    diff: string;
    hunks: { path: string; line: number; closes: string[]; reason: string }[];
    plan: string;
  };
  /** 4. Validations performed, and the checks that only a live environment can do. */
  validations: Validation[];
  /** 5. Residual risk and prioritised follow-ups. */
  residual: string[];
  followUps: { priority: number; risk: string; message: string; path: string; line: number; why: string }[];
  qualityChecks: QualityCheck[];
  approval?: {
    by: { person: string; comment: string; at: string }[];
    digest: string;
    identity: 'signed' | 'self-declared';
    recordHead: string;
  };
  /** Only for `no_change_needed`, `no_safe_change`, `failed` and the like. */
  reasons: string[];
  undo?: string;
  map?: LifecycleMap;
}
