import { approversOf } from '../approval/approvers.js';
import { verifyToken } from '../approval/tokens.js';
import type { ChangeActivities } from '../contract/activities.js';
import { digestOf } from '../contract/digest.js';
import { type ErrorCode, MlopsError } from '../contract/errors.js';
import type { Policy } from '../contract/policy.js';
import { type ChangeRequest, changeRequestSchema, requestWithoutToken } from '../contract/request.js';
import { targetOf } from '../worker/config.js';
import { type ActivityDependencies, audienceOf } from './dependencies.js';
import { whileBeating } from './heartbeat.js';
import { branchesOf, openClone, policyAtHead, resolvedTarget, storePolicy, withFloor } from './repositoryAccess.js';

export function resolveTarget(deps: ActivityDependencies): ChangeActivities['resolveTarget'] {
  return ({ identity, request }) =>
    whileBeating(async (signal) => {
      checkRequest(request);
      const config = targetOf(deps.config, request.target);
      const clone = await openClone(deps, request.target, signal);
      const target = resolvedTarget(request.target, config, clone);
      await clone.fetch(identity.task, { branches: branchesOf(target), tags: true });
      const base = await clone.branchHead(identity.task, target.branch);
      const policy = await policyAtHead(clone, identity.task, target);
      const stored = await storePolicy(deps, policy);
      const effective = withFloor(deps, policy);
      const audience = audienceOf(deps, request.tenant);
      const requester = await requesterOf(request, effective, { task: identity.task, audience });
      checkWidening(request, policy, requester);
      return {
        target,
        base,
        baseTree: await clone.treeOf(base),
        audience,
        policy: { $artifact: stored.$artifact },
        policyDigest: stored.digest,
        approval: effective.approval,
        approvers: approversOf(effective),
        ...(requester ? { requester } : {}),
      };
    });
}

function checkRequest(request: unknown): void {
  const parsed = changeRequestSchema.safeParse(request);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  throw new MlopsError('MLOPS-INPUT-001', `the request is not valid: ${issue?.message ?? 'unknown'}`, {
    where: `$.${issue?.path.join('.') ?? ''}`,
  });
}

/** The person whose key signed the request; unknown without a token. */
export async function requesterOf(
  request: ChangeRequest,
  policy: Policy,
  expected: { task: string; audience: string },
): Promise<string | undefined> {
  if (request.requesterToken === undefined) return undefined;
  const verified = await verifyToken('request', request.requesterToken, policy, {
    ...expected,
    run: '',
    request: digestOf(requestWithoutToken(request)),
    // A request is as old as its task; what matters is that it was valid when it was made.
    now: issuedAt(request.requesterToken),
  });
  if (!verified.accepted)
    throw new MlopsError(verified.code as ErrorCode, `the request's signature does not count: ${verified.reason}`, {
      where: 'requesterToken',
    });
  return verified.person;
}

function issuedAt(token: string): number {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      iat?: unknown;
    };
    return typeof claims.iat === 'number' ? claims.iat : 0;
  } catch {
    return 0;
  }
}

function checkWidening(request: ChangeRequest, policy: Policy, requester: string | undefined): void {
  const widen = request.widenTo ?? [];
  if (widen.length === 0) return;
  if (request.trigger.kind !== 'request' || requester === undefined) {
    throw new MlopsError('MLOPS-POL-004', 'only a signed request of a person can widen the boundary', {
      where: 'widenTo',
    });
  }
  const refused = widen.filter(
    (stage) => !policy.change.widenTo.includes(stage) && !policy.change.stages.includes(stage),
  );
  if (refused.length > 0) {
    throw new MlopsError('MLOPS-POL-004', `the policy lets no request add: ${refused.join(', ')}`, {
      where: 'change.widenTo',
    });
  }
}
