import type { PlannedHunk } from '../contract/plan.js';
import type { Risk } from '../contract/risk.js';
import type { LifecycleStage } from '../contract/stage.js';

/** A risk that the change leaves open, in the order in which it is worth doing. */
export interface FollowUp {
  /** 1 is the first. */
  priority: number;
  /** Id of the risk. */
  risk: string;
  message: string;
  path: string;
  line: number;
  why: string;
}

/** What the planner proposes; nothing is written yet. Texts may quote the repository: escape them on display. */
export interface ChangeDraft {
  outcome: 'change';
  /** Sorted by path. */
  edits: { path: string; before: Uint8Array; after: Uint8Array }[];
  /** Risks that are found before and no longer after; the one that the plan is for comes first. */
  closes: Risk[];
  /** The highest-ranked risk. Not among `closes` when it has no safe mechanical fix; `primaryWhy` then says so. */
  primaryRisk: Risk;
  primaryWhy: string;
  hunks: PlannedHunk[];
  /** Unified diff of all files, three lines of context, prefixes `a/` and `b/`. */
  diff: string;
  /** One sentence; holds ids and counts only, no text of the repository. */
  summary: string;
  tradeOff: string;
  blastRadius: string;
  /** Conventional commit message without trailers. */
  commitMessage: string;
  /** Files, and lines as `changedLines` counts them. */
  size: { files: number; lines: number };
  /** Stages that the edited places and the closed risks belong to. */
  stages: LifecycleStage[];
  followUps: FollowUp[];
  /** Fixes that were considered and left out. */
  skipped: { risk: string; reason: string }[];
  /** Reviewers' comments that the planner couldn't act on; to be shown with the plan. */
  unanswered: string[];
}

/** Why there is no change to propose. */
export interface NoChange {
  outcome: 'no_change_needed' | 'no_safe_change';
  /** What was looked at, or a sentence for each risk. */
  reasons: string[];
  primaryRisk?: Risk;
  primaryWhy?: string;
  followUps: FollowUp[];
  skipped: { risk: string; reason: string }[];
  unanswered: string[];
}
