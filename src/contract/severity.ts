/** From the least to the most severe; `critical` can put an unverified model before users or makes an incident invisible. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** The most severe of those given. For policy a hint can raise severity, never lower it. */
export function mostSevere(first: Severity, ...others: Severity[]): Severity {
  return others.reduce((worst, next) => (severityRank(next) > severityRank(worst) ? next : worst), first);
}
