import { z } from 'zod';
import { digestOf } from './digest.js';
import { operationSchema } from './operation.js';
import { VALIDATION_PATHS } from './stage.js';
import { resolvedTargetSchema } from './target.js';

const oid = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What the rehearsal found, reduced to what repeats: no times, no durations. */
export const rehearsalVerdictSchema = z.strictObject({
  probe: z.string(),
  verdict: z.enum(['passed', 'failed', 'not-run']),
  evidence: z.array(sha256),
});

/** Exactly what an approval binds. Its digest, {@link planDigest}, is what an approver signs. */
export const planSchema = z.strictObject({
  format: z.literal(1),
  /** Workflow id of the task. */
  task: z.string(),
  /**
   * How many plans the task has made, this one included. Two plans of a task never have the same
   * digest, so that an approval of an earlier one can't approve a later one with the same edits.
   */
  round: z.number().int().min(1),
  target: resolvedTargetSchema,
  base: oid,
  /** Tree of the branch after the operations. */
  tree: oid,
  operations: z.array(operationSchema).min(1),
  inverse: z.strictObject({
    operations: z.array(operationSchema).min(1),
    /** Tree that the inverse gives; equal to the base's tree. */
    tree: oid,
    /** `model@alias` → version after the inverse, as resolved before. */
    aliases: z.record(z.string(), z.string()),
  }),
  /** Commit message without trailers. */
  message: z.string().max(8192),
  checks: z.array(z.enum(VALIDATION_PATHS)),
  rehearsal: z.array(rehearsalVerdictSchema),
  watch: z.array(z.string()),
  onFailure: z.enum(['rollback', 'ask']),
  /** Digest of the policy that judged what may be touched. */
  policy: sha256,
});
export type Plan = z.infer<typeof planSchema>;

/** SHA-256 over the canonical JSON (RFC 8785) of a plan, 64 hex digits. */
export function planDigest(plan: Plan): string {
  return digestOf(plan);
}

/** A hunk of the plan with what it is for; explanation, derived from what the digest binds. */
export interface PlannedHunk {
  path: string;
  /** First line in the new file, counted from 1. */
  line: number;
  /** Unified diff of this hunk alone. */
  diff: string;
  closes: string[];
  /** Why it is needed: what comes back when it is dropped. */
  reason: string;
}

/** The plan with everything that a person needs to judge it. Stored by hash; histories hold the reference. */
export interface Proposal {
  plan: Plan;
  digest: string;
  /** One sentence: what will be changed. */
  summary: string;
  primaryRisk: string;
  hunks: PlannedHunk[];
  /** Whole unified diff. */
  diff: string;
  tradeOff: string;
  blastRadius: string;
  /** New blob id → SHA-256 of its content in the artifact store. */
  contents: Record<string, string>;
  validations: import('./probe.js').Validation[];
  /** Files and changed lines, as counted against the budget. */
  size: { files: number; lines: number };
  stages: import('./stage.js').LifecycleStage[];
}
