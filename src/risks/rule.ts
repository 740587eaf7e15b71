import type { LifecycleMap } from '../contract/lifecycle.js';
import type { Confidence, FocusArea, Risk } from '../contract/risk.js';
import type { Severity } from '../contract/severity.js';
import type { FileEdit, Snapshot } from '../contract/snapshot.js';
import type { LifecycleStage, ValidationPath } from '../contract/stage.js';
import type { LifecycleFacts } from '../lifecycle/facts.js';

/** What a rule may look at. Everything is data in memory: a rule does no I/O. */
export interface RuleContext {
  snapshot: Snapshot;
  /** What the readers parsed. */
  facts: LifecycleFacts;
  map: LifecycleMap;
}

/** A finding before the catalogue adds the rule's own fields and the id. */
export interface Finding {
  path: string;
  line: number;
  subject: string;
  message: string;
  consequence: string;
  evidence: string[];
  /** Only where it differs from the rule's own. */
  severity?: Severity;
  confidence?: Confidence;
  /** Set when this finding has no mechanical fix although the rule has one. */
  unfixableBecause?: string;
}

/**
 * One rule of the catalogue: its identity first, then what it needs, then the check and the fix.
 * One file a rule; test and documentation page have the same name.
 */
export interface Rule {
  /** Catalogue id, for example `MON-001`. */
  id: string;
  /** Kebab-case name: file, test and documentation page are called so. */
  name: string;
  area: FocusArea;
  stage: LifecycleStage;
  severity: Severity;
  confidence: Confidence;
  /** One line: what it detects. */
  summary: string;
  /** What it reads, in words, for the documentation. */
  reads: string;
  /** The validation path that a finding of it blocks. */
  blocks?: ValidationPath;
  /** Path of its page below `docs/risks/`. */
  page: string;
  /**
   * Kinds of label that a finding of it answers in a corpus of labelled repositories (`npm run corpus`);
   * empty where no label means the same.
   */
  answers: readonly string[];
  /** Pure: the same context gives the same findings, in order of path and line. */
  check(context: RuleContext): Finding[];
  /**
   * A mechanical fix: the new content of the files it needs to change, or a reason why there is
   * none. Only the lines meant change; comments, quoting and order stay.
   */
  fix?(
    finding: Risk,
    context: RuleContext,
  ): { edits: FileEdit[]; reason: string; tradeOff: string } | { unfixable: string };
}
