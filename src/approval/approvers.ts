import type { Policy } from '../contract/policy.js';

// Pure and free of zod: workflow code may import it.

/** Ids of the people who may approve, groups resolved, each once, in the policy's order. */
export function approversOf(policy: Pick<Policy, 'approval'>): string[] {
  return resolvePeople(policy.approval.approvers, policy.approval.groups);
}

/** Ids of the people who are told when nobody answers. Being told gives no right to approve. */
export function escalateToOf(policy: Pick<Policy, 'approval'>): string[] {
  return resolvePeople(policy.approval.escalateTo, policy.approval.groups);
}

function resolvePeople(names: readonly string[], groups: Readonly<Record<string, string[]>>): string[] {
  const people = names.flatMap((name) => {
    if (!name.startsWith('@')) return [name];
    const group = name.slice(1);
    return Object.hasOwn(groups, group) ? (groups[group] ?? []) : [];
  });
  return [...new Set(people)];
}
