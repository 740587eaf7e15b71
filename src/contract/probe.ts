import { z } from 'zod';
import { VALIDATION_PATHS } from './stage.js';

/** A piece of evidence: content in the artifact store, by hash. */
export const evidenceSchema = z.strictObject({
  name: z.string().max(200),
  mediaType: z.string().max(100),
  /** SHA-256 of the content, 64 hex digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** One check of a validation path. A positive probe must pass; a negative one shows that the bad case is refused. */
export const probeSchema = z.strictObject({
  /** Stable name within its path, for example `alerting/fires/FeatureDriftHigh`. */
  id: z.string().max(300),
  path: z.enum(VALIDATION_PATHS),
  sign: z.enum(['positive', 'negative']),
  /** What is shown, as a sentence. */
  statement: z.string().max(500),
  expected: z.string().max(1000),
  observed: z.string().max(2000),
  verdict: z.enum(['passed', 'failed', 'not-run']),
  evidence: z.array(evidenceSchema),
  /** It judges what the change doesn't touch: when it fails the path isn't proved, but the change isn't refuted. */
  surroundings: z.literal(true).optional(),
});
export type Probe = z.infer<typeof probeSchema>;

/** A check that only the real environment can do. */
export const liveOnlyCheckSchema = z.strictObject({
  path: z.enum(VALIDATION_PATHS),
  statement: z.string().max(500),
  command: z.string().max(1000),
});
export type LiveOnlyCheck = z.infer<typeof liveOnlyCheckSchema>;

/**
 * One path with its probes.
 * `proved`: every probe passed, at least one positive and one negative among them.
 * `not-proved`: a probe failed or couldn't run. `not-applicable`: the repository has no such path.
 */
export const validationSchema = z.strictObject({
  path: z.enum(VALIDATION_PATHS),
  verdict: z.enum(['proved', 'not-proved', 'not-applicable']),
  /** Why it isn't proved or doesn't apply; empty when proved. */
  reason: z.string().max(1000),
  probes: z.array(probeSchema),
  liveOnly: z.array(liveOnlyCheckSchema),
});
export type Validation = z.infer<typeof validationSchema>;

/** A probe with its evidence still in memory, as the proofs return it; the activity stores the content. */
export interface ProbeResult extends Omit<Probe, 'evidence'> {
  evidence: { name: string; mediaType: string; content: string }[];
}

/** A path's result as the proofs return it. */
export interface ProofResult {
  path: Validation['path'];
  /** Set when the repository has no such path: says what was looked for. */
  notApplicable?: string;
  probes: ProbeResult[];
  liveOnly: LiveOnlyCheck[];
}
