/**
 * How a change task can end. A task always ends in exactly one of these, each with its own exit
 * code in the command line and its own sentence for a person.
 */
export const OUTCOMES = [
  'verified',
  'applied_unverified',
  'rolled_back',
  'rejected',
  'expired',
  'withdrawn',
  'superseded',
  'no_change_needed',
  'no_safe_change',
  'failed',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/**
 * Exit codes of the command line, one an outcome. 1 and 2 stay free for "the command itself
 * failed" and "wrong usage"; 130 is Ctrl-C.
 */
export const OUTCOME_EXIT_CODES: Record<Outcome, number> = {
  verified: 0,
  no_change_needed: 0,
  applied_unverified: 10,
  rolled_back: 11,
  rejected: 12,
  expired: 13,
  withdrawn: 14,
  superseded: 15,
  no_safe_change: 16,
  failed: 17,
};

/** What each outcome means, in one sentence for the person who was woken. */
export const OUTCOME_SENTENCES: Record<Outcome, string> = {
  verified: 'The approved change is applied, and all paths were proved.',
  applied_unverified: 'The approved change is applied, but not every path could be proved.',
  rolled_back: 'The change was applied, a check failed, and it was undone again.',
  rejected: 'A person rejected the plan; nothing was changed.',
  expired: 'Nobody decided in time; nothing was changed.',
  withdrawn: 'The task was withdrawn before anything was changed.',
  superseded: 'The branch moved too often while the task waited; nothing was changed.',
  no_change_needed: 'No risk that concerns this trigger was found; nothing needs to change.',
  no_safe_change: 'Risks were found, but no change that is safe to propose; nothing was changed.',
  failed: 'The task failed; the step, the code and the way out are in the report.',
};
