import { z } from 'zod';
import { CONFIDENCES } from './risk.js';
import { SEVERITIES } from './severity.js';

/**
 * Key `scan` of `mlops.yaml`: what `temporal-mlops scan` reports of this repository. It changes no policy;
 * options of the command line win over it.
 */
export const scanConfigSchema = z.strictObject({
  /** Least severity that is reported. */
  severity: z.enum(SEVERITIES).optional(),
  /** Least confidence that is reported. */
  confidence: z.enum(CONFIDENCES).optional(),
  /** Findings that the repository's owners live with. */
  ignore: z
    .array(
      z.strictObject({
        /** Id of a rule, for example `REP-001`. */
        rule: z.string().min(1).max(64),
        /** Globs of paths; without any the rule is ignored everywhere. */
        paths: z.array(z.string().min(1).max(512)).max(100).optional(),
        because: z.string().min(3).max(500),
      }),
    )
    .max(200)
    .default([]),
});
export type ScanConfig = z.infer<typeof scanConfigSchema>;
