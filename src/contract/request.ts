import { z } from 'zod';
import { incidentSchema } from './incident.js';
import { SEVERITIES } from './severity.js';
import { LIFECYCLE_STAGES } from './stage.js';

export const targetIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, dot, dash and underscore, at most 64');

/** Characters of a person's request, at most. */
export const MAX_REQUEST_LENGTH = 2048;

export const triggerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('incident'), incident: incidentSchema }),
  z.object({ kind: z.literal('audit'), finding: z.string().max(512) }),
  z.object({ kind: z.literal('request'), text: z.string().max(MAX_REQUEST_LENGTH) }),
]);
export type Trigger = z.infer<typeof triggerSchema>;

/**
 * The input of the workflow `mlopsChange`. It names a target of the worker's configuration by id
 * and can never bring a URL.
 */
export const changeRequestSchema = z.object({
  version: z.literal(1),
  tenant: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .default('default'),
  target: targetIdSchema,
  goal: z.enum(['restore', 'harden']),
  trigger: triggerSchema,
  /** Severity of the route; with the incident's and the risks' it can only be raised. */
  severity: z.enum(SEVERITIES).default('low'),
  /**
   * Signed request token (typ `mlops-request+jwt`) of the person who asks. It is verified against the
   * policy; without it the requester is unknown, which separation of duties answers with one approver more.
   */
  requesterToken: z
    .string()
    .max(16 * 1024)
    .optional(),
  /** Stages by which a person's request widens the boundary, within the policy. Ignored for other triggers. */
  widenTo: z.array(z.enum(LIFECYCLE_STAGES)).max(4).optional(),
});
export type ChangeRequest = z.infer<typeof changeRequestSchema>;
export type Goal = ChangeRequest['goal'];

/** What a request token's `request` claim is the digest of: the request without the token itself. */
export function requestWithoutToken(request: ChangeRequest): Omit<ChangeRequest, 'requesterToken'> {
  const { requesterToken: _token, ...rest } = request;
  return rest;
}
