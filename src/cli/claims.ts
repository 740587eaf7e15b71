import { randomUUID } from 'node:crypto';
import type { DecisionClaims, ExtendClaims, RequestClaims, WithdrawClaims } from '../contract/decision.js';
import type { TaskStatus } from '../contract/status.js';

/** How long a token of the command line counts: long enough for a worker to come back, seconds. */
const TOKEN_LIFETIME_SECONDS = 24 * 3600;

/** What every token about a task names. */
export interface TokenSubject {
  name: Pick<TaskStatus, 'task' | 'run' | 'audience'>;
  person: string;
  /** Milliseconds since 1970. Default: now. */
  now?: number;
}

export function decisionClaims(
  subject: TokenSubject,
  decision: { plan: string; verdict: DecisionClaims['verdict']; comment: string },
): DecisionClaims {
  return { ...commonClaims(subject), ...decision };
}

export function withdrawClaims(subject: TokenSubject, comment: string): WithdrawClaims {
  return { ...commonClaims(subject), comment };
}

export function extendClaims(subject: TokenSubject, extension: { plan: string; seconds: number }): ExtendClaims {
  return { ...commonClaims(subject), ...extension };
}

/** `request` is the digest of the request without its token; a request's run is not known yet. */
export function requestClaims(subject: TokenSubject, request: string): RequestClaims {
  return { ...commonClaims(subject), run: '', request };
}

function commonClaims({ name, person, now = Date.now() }: TokenSubject) {
  const iat = Math.floor(now / 1000);
  return {
    iss: 'temporal-mlops-cli',
    aud: name.audience,
    task: name.task,
    run: name.run,
    sub: person,
    via: 'own-key' as const,
    iat,
    exp: iat + TOKEN_LIFETIME_SECONDS,
    jti: randomUUID(),
  };
}
