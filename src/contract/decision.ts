import { z } from 'zod';

/** Upper bound of a compact token, in characters; what is longer is refused unread. */
export const MAX_TOKEN_LENGTH = 16 * 1024;

export const TOKEN_TYPES = {
  decision: 'mlops-decision+jwt',
  withdraw: 'mlops-withdraw+jwt',
  extend: 'mlops-extend+jwt',
  request: 'mlops-request+jwt',
} as const;
export type TokenKind = keyof typeof TOKEN_TYPES;

const common = {
  /** Who made the token: the command line, a page … Informative. */
  iss: z.string().max(256),
  /** `<installation>/<namespace>/<tenant>`: a token for staging is worth nothing in production. */
  aud: z.string().max(512),
  /** Workflow id of the task. */
  task: z.string().max(512),
  /** Run id of the task's first execution. */
  run: z.string().max(64),
  /** Id of the person in the policy. */
  sub: z.string().max(128),
  via: z.enum(['own-key']),
  /** Seconds since 1970. */
  iat: z.number().int(),
  exp: z.number().int(),
  /** Unique; used once. */
  jti: z.string().min(8).max(128),
};

/** The claims of a decision: one person's answer to one plan of one task. */
export const decisionClaimsSchema = z.strictObject({
  ...common,
  /** The plan's full digest. */
  plan: z.string().regex(/^[0-9a-f]{64}$/),
  verdict: z.enum(['approve', 'reject', 'revise']),
  comment: z.string().max(2000).default(''),
});
export type DecisionClaims = z.infer<typeof decisionClaimsSchema>;

/** The claims with which a person ends a task before anything is written. */
export const withdrawClaimsSchema = z.strictObject({ ...common, comment: z.string().max(2000).default('') });
export type WithdrawClaims = z.infer<typeof withdrawClaimsSchema>;

/** The claims with which a person moves the deadline of a plan's question, at most {@link MAX_EXTENSIONS} times. */
export const extendClaimsSchema = z.strictObject({
  ...common,
  plan: z.string().regex(/^[0-9a-f]{64}$/),
  /** By how much, in seconds, from the current deadline; at most 7 days. */
  seconds: z
    .number()
    .int()
    .min(60)
    .max(7 * 24 * 3600),
});
export type ExtendClaims = z.infer<typeof extendClaimsSchema>;

/** The claims by which a request has an authenticated requester. `task` is the workflow id that it starts; `run` is empty. */
export const requestClaimsSchema = z.strictObject({
  ...common,
  run: z.literal(''),
  /** Digest of the request without requester. */ request: z.string().regex(/^[0-9a-f]{64}$/),
});
export type RequestClaims = z.infer<typeof requestClaimsSchema>;

export const MAX_EXTENSIONS = 3;

/** A decision that the gate let through. The token is kept: every writing activity judges it again. */
export interface AcceptedDecision {
  token: string;
  jti: string;
  person: string;
  kid: string;
  verdict: 'approve' | 'reject' | 'revise';
  plan: string;
  comment: string;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
}

/** What the gate says to a decision; a refusal is recorded and shown, never dropped. */
export type Judgement =
  | { accepted: true; decision: AcceptedDecision; note?: string }
  | { accepted: false; code: string; reason: string; person?: string; jti?: string };
