import { z } from 'zod';

/** A target with everything resolved that a plan's digest binds. Holds no credential. */
export const resolvedTargetSchema = z.strictObject({
  id: z.string(),
  /** Repository URL without user, password or query. */
  repository: z.string(),
  branch: z.string(),
  mode: z.enum(['push', 'pull-request']),
  /** How aliases are kept. */
  registry: z.strictObject({ kind: z.literal('git-tags') }),
  policyBranch: z.string(),
  policyPath: z.string(),
});
export type ResolvedTarget = z.infer<typeof resolvedTargetSchema>;
