import type { Incident } from './incident.js';
import type { Outcome } from './outcome.js';
import type { LifecycleStage, TaskStage } from './stage.js';

export type StageState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed';

/** A decision or other message as the timeline shows it, refused ones included. */
export interface TimelineEntry {
  at: string;
  what: string;
  /** Set for what was refused or ignored. */
  refused?: { code: string; reason: string };
}

/** What the query `status` answers; small, and safe to show: it holds no repository or alert text but the incident. */
export interface TaskStatus {
  task: string;
  run: string;
  /** Audience that a decision's token must name. */
  audience: string;
  target: string;
  goal: string;
  stage: TaskStage;
  stages: Record<TaskStage, StageState>;
  outcome?: Outcome;
  /** Why it ended so, or what it waits for, in one sentence. */
  sentence: string;
  incident?: Incident;
  /** Question that is open now. */
  question?: {
    plan: string;
    base: string;
    summary: string;
    askedAt: string;
    deadline: string;
    required: number;
    approvedBy: string[];
    whoMay: string[];
    /** Set when an earlier question went stale, expired or was revised. */
    askedAgainBecause?: string;
  };
  map?: { components: Record<LifecycleStage, number>; artifact: string };
  risks?: { total: number; fixable: number; primary?: string; artifact: string };
  proposal?: { digest: string; artifact: string };
  commit?: string;
  branch?: string;
  /** SHA-256 of the report in the artifact store. */
  report?: { json: string; markdown: string };
  timeline: TimelineEntry[];
  /** Refused messages beyond those stored in the timeline. */
  refusedBeyond: number;
  error?: { code: string; message: string; where?: string; mend: string; stage: TaskStage };
}
