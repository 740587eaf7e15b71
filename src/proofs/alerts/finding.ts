export const FINDING_CODES = [
  'misses-first-event',
  'blind-when-absent',
  'intermittent',
  'resolves-only-on-reset',
  'annotation-label-missing',
  'template-fails',
  'mutant-survives',
  'far-from-threshold',
  'interval-chain',
  'no-route',
  'receiver-without-integration',
  'always-muted',
  'always-inhibited',
  'unknown-severity',
  'inline-secret',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding {
  code: FindingCode;
  message: string;
}
