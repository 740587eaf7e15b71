import type { LifecycleMap } from '../../contract/lifecycle.js';
import { CONFIDENCES, type Confidence, type Risk } from '../../contract/risk.js';
import type { ScanConfig } from '../../contract/scanConfig.js';
import { type Severity, severityRank } from '../../contract/severity.js';
import { assess, type Fix, fixFor, RULES } from '../../risks/catalogue.js';
import type { RuleContext } from '../../risks/rule.js';
import { type Suppressed, type SuppressionNote, suppress } from '../../risks/suppressions.js';
import type { Baseline } from './baseline.js';

export interface ScanFinding {
  risk: Risk;
  fix: Fix;
}

/** What a scan found, sorted by what is to be done with it. */
export interface ScanReport {
  repository: string;
  commit: string;
  /** To be looked at, the worst first. */
  findings: ScanFinding[];
  /** In the baseline already. */
  known: ScanFinding[];
  suppressed: Suppressed[];
  /** Findings below the wanted severity or confidence. */
  hidden: { severity: number; confidence: number };
  /** Fingerprints of the baseline that are found no more. */
  gone: number;
  hasBaseline: boolean;
  notes: SuppressionNote[];
  unreadable: LifecycleMap['unreadable'];
}

export interface ScanWishes {
  repository: string;
  severity?: Severity | undefined;
  confidence?: Confidence | undefined;
  config?: ScanConfig | undefined;
  baseline?: Baseline | undefined;
  /** Report also what comments and the configuration suppress. */
  unsuppressed?: boolean | undefined;
}

/** Ids of all rules. */
export const RULE_IDS: readonly string[] = RULES.map(({ id }) => id);

/** Assesses a repository and sorts the findings; without a wish hints aren't reported. */
export function scanReport(context: RuleContext, wishes: ScanWishes): ScanReport {
  const { config, baseline } = wishes;
  const leastSeverity = severityRank(wishes.severity ?? config?.severity ?? 'low');
  const leastConfidence = confidenceRank(wishes.confidence ?? config?.confidence ?? 'likely');
  const all = assess(context);
  const { snapshot } = context;
  const { open, suppressed, notes } = wishes.unsuppressed
    ? { open: all, suppressed: [], notes: [] }
    : suppress(all, { snapshot, config, knownRules: RULE_IDS });
  const sure = open.filter(({ confidence }) => confidenceRank(confidence) >= leastConfidence);
  const wanted = sure.filter(({ severity }) => severityRank(severity) >= leastSeverity);
  const withFix = (risk: Risk): ScanFinding => ({ risk, fix: fixFor(risk, context) });
  const ids = new Set(all.map(({ id }) => id));
  return {
    repository: wishes.repository,
    commit: snapshot.commit,
    findings: wanted.filter(({ id }) => !baseline?.has(id)).map(withFix),
    known: wanted.filter(({ id }) => baseline?.has(id)).map(withFix),
    suppressed,
    hidden: { severity: sure.length - wanted.length, confidence: open.length - sure.length },
    gone: [...(baseline ?? [])].filter((id) => !ids.has(id)).length,
    hasBaseline: baseline !== undefined,
    notes,
    unreadable: context.map.unreadable,
  };
}

function confidenceRank(confidence: Confidence): number {
  return CONFIDENCES.indexOf(confidence);
}
