import type { EncodedPath } from './encodedPath.js';
import type { Severity } from './severity.js';
import type { LifecycleStage, ValidationPath } from './stage.js';

export const FOCUS_AREAS = [
  'determinism',
  'lineage-and-promotion',
  'rollout',
  'rollback',
  'monitoring',
  'reproducibility',
  'incident-response',
] as const;
export type FocusArea = (typeof FOCUS_AREAS)[number];

/** From the least to the surest. `certain`: parsed from configuration; `likely`: concluded from names or roles; `hint`: worth a look. */
export const CONFIDENCES = ['hint', 'likely', 'certain'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** A rule's finding at a place. */
export interface Risk {
  /** `<rule id>:<12 hex digits of the digest of path and subject>`: stays the same when lines move. */
  id: string;
  /** Catalogue id, for example `MON-001`. */
  rule: string;
  /** The rule's name, which is also the name of its documentation page. */
  name: string;
  area: FocusArea;
  stage: LifecycleStage;
  severity: Severity;
  confidence: Confidence;
  path: EncodedPath;
  line: number;
  /** What it is about: an alert's name, a function, an image … Part of the identity. */
  subject: string;
  /** What is wrong, in one sentence. */
  message: string;
  /** What it leads to, in one sentence. */
  consequence: string;
  /** Lines quoted from the repository, or facts, at most 5 of 200 characters. */
  evidence: string[];
  /** The validation path that it blocks, where it blocks one. */
  blocks?: ValidationPath;
  /** Whether the rule has a mechanical fix for this finding. */
  fixable: boolean;
  /** Why there is no mechanical fix, where there is none. */
  unfixableBecause?: string;
}
