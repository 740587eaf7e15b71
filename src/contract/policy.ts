import { z } from 'zod';
import { scanConfigSchema } from './scanConfig.js';
import { LIFECYCLE_STAGES } from './stage.js';

/** A span of time: a whole number and a unit, `90s`, `15m`, `24h`, `7d`. */
export const durationSchema = z.string().regex(/^[1-9][0-9]{0,5}(s|m|h|d)$/, 'a duration such as 90s, 15m, 24h or 7d');

const DURATION_UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration that {@link durationSchema} accepts. */
export function durationMs(duration: string): number {
  const unit = duration.at(-1) as keyof typeof DURATION_UNITS;
  return Number(duration.slice(0, -1)) * DURATION_UNITS[unit];
}

const personId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const glob = z.string().min(1).max(512);

export const personKeySchema = z.strictObject({
  kid: z.string().min(1).max(128),
  /** Ed25519 public key, base64url without padding (the JWK member `x`). */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'an Ed25519 public key: 43 characters of base64url'),
  /** Set when the key is revoked; its decisions no longer count, earlier ones included. */
  revoked: z.boolean().default(false),
});

/** Counting is by person: one person may have several keys and still counts once. */
export const personSchema = z.strictObject({
  id: personId,
  name: z.string().min(1).max(200),
  keys: z.array(personKeySchema).max(20).default([]),
});

export const approvalPolicySchema = z.strictObject({
  /** Ids of people, or `@group`. */
  approvers: z.array(z.string().min(1)).min(1),
  groups: z.record(z.string(), z.array(personId)).default({}),
  required: z.number().int().min(1).max(20).default(1),
  /** Approvals needed from this severity on; the highest that applies counts, never fewer than `required`. */
  bySeverity: z
    .partialRecord(z.enum(['low', 'medium', 'high', 'critical']), z.number().int().min(1).max(20))
    .default({}),
  /** Proposer and requester can't be the sole approver; with an unknown requester one approval more is needed. */
  separationOfDuties: z.boolean().default(true),
  remindAfter: durationSchema.optional(),
  escalateAfter: durationSchema.optional(),
  escalateTo: z.array(z.string()).default([]),
  expiresAfter: durationSchema.default('24h'),
  applyWithin: durationSchema.default('1h'),
  carry: z.enum(['never', 'disjoint']).default('never'),
  onResolved: z.enum(['keep', 'withdraw']).default('keep'),
  maxRevisions: z.number().int().min(0).max(10).default(3),
  /** How often the question may be put again because the branch moved, before the task ends `superseded`. */
  maxMoves: z.number().int().min(0).max(20).default(3),
  identity: z.enum(['signed', 'declared']).default('signed'),
});
export type ApprovalPolicy = z.infer<typeof approvalPolicySchema>;

export const changePolicySchema = z.strictObject({
  /** Only paths that one of these globs names may change. */
  allowedPaths: z.array(glob).default(['monitoring/**', 'prometheus/**', '**/*.rules.yml', '**/*.rules.yaml']),
  /** Files that run in CI, each named in full; globs don't count for them. */
  executablePaths: z.array(z.string().min(1).max(512)).default([]),
  /** The stages that a task may touch by itself. */
  stages: z.array(z.enum(LIFECYCLE_STAGES)).min(1).default(['monitoring']),
  /** The stages that a person's request may add. */
  widenTo: z.array(z.enum(LIFECYCLE_STAGES)).default([]),
  budget: z
    .strictObject({ files: z.number().int().min(1).max(100), lines: z.number().int().min(1).max(2000) })
    .default({ files: 3, lines: 40 }),
  /** What happens when a path isn't proved after the change: undo at once, or leave it and say so. */
  onFailure: z.enum(['rollback', 'ask']).default('ask'),
});
export type ChangePolicy = z.infer<typeof changePolicySchema>;

export const modelPolicySchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Path of the model artifact within the repository. */
  artifact: z.string().max(512).optional(),
  /** Path of the evaluation metrics (JSON) within the repository. */
  metrics: z.string().max(512).optional(),
  alias: z.string().min(1).max(100).default('champion'),
});

export const gateSchema = z.strictObject({
  name: z.string().min(1).max(100),
  model: z.string().min(1).max(200),
  alias: z.string().min(1).max(100).default('champion'),
  metrics: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100),
        direction: z.enum(['higher', 'lower']),
        threshold: z.number(),
        /** How much worse than the champion a candidate may be, in the metric's own unit. */
        tolerance: z.number().min(0).optional(),
      }),
    )
    .min(1)
    .max(50),
  provenance: z.array(z.enum(['commit', 'data', 'artifact'])).default([]),
  /** The candidate must be measured on the same data version as the champion. */
  sameData: z.boolean().default(false),
  /** Oldest evaluation that still counts. */
  maxAge: durationSchema.optional(),
});
export type Gate = z.infer<typeof gateSchema>;

/**
 * `mlops.yaml`: who may approve what, how many, how long, and what may be touched. It lives on the
 * policy branch that the worker's configuration names.
 */
export const policySchema = z.strictObject({
  version: z.literal(1),
  people: z.array(personSchema).max(500),
  approval: approvalPolicySchema,
  change: changePolicySchema.default(() => changePolicySchema.parse({})),
  models: z.array(modelPolicySchema).max(200).default([]),
  gates: z.array(gateSchema).max(200).default([]),
  /** Reserved for watch rules after the change; kept in the digest. */
  watch: z.array(z.string().max(200)).default([]),
  /** What `temporal-mlops scan` reports; no part of who may do what. */
  scan: scanConfigSchema.optional(),
});
export type Policy = z.infer<typeof policySchema>;
