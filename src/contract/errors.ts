/**
 * Every error that the product gives, in one table. `retryable` is what an activity tells Temporal:
 * a retryable one may go away by itself, the others need a person or a changed input.
 */
export const ERRORS = {
  'MLOPS-INPUT-001': {
    meaning: 'The payload or request is not valid.',
    retryable: false,
    mend: 'Correct the field that is named; `temporal-mlops start --help` shows an example.',
  },
  'MLOPS-INPUT-002': {
    meaning: 'The file cannot be read.',
    retryable: false,
    mend: 'Check the path and its permissions.',
  },
  'MLOPS-INPUT-003': {
    meaning: 'No route of the configuration matches the incident.',
    retryable: false,
    mend: 'Add a route to temporal-mlops.yaml, or name the target with --target.',
  },
  'MLOPS-INPUT-004': {
    meaning: 'The incident is already resolved; a resolved incident starts no task.',
    retryable: false,
    mend: 'Nothing to do. Start a task by hand with --request if something should still change.',
  },
  'MLOPS-CFG-001': {
    meaning: 'The configuration file is not valid.',
    retryable: false,
    mend: 'Correct every line that is listed; docs/configuration.md describes each key.',
  },
  'MLOPS-CFG-002': {
    meaning: 'The target is not in the configuration.',
    retryable: false,
    mend: 'Use one of the targets that are listed, or add it to temporal-mlops.yaml.',
  },
  'MLOPS-CFG-003': {
    meaning: 'A secret that the configuration refers to is missing.',
    retryable: false,
    mend: 'Set the environment variable or create the file that is named.',
  },
  'MLOPS-CFG-004': {
    meaning: 'A key file is missing or is no Ed25519 key.',
    retryable: false,
    mend: 'Make one with `temporal-mlops keys create`.',
  },
  'MLOPS-CFG-005': {
    meaning: 'The plugin clashes with something that the worker already has.',
    retryable: false,
    mend: 'Rename yours, or leave the plugin out in one of the two places; docs/plugin.md shows how.',
  },
  'MLOPS-CFG-006': {
    meaning: 'The worker has a prebuilt workflow bundle without the workflows of temporal-mlops.',
    retryable: false,
    mend: 'Re-export temporal-mlops/workflow from the entry module of your bundle; docs/plugin.md shows how.',
  },
  'MLOPS-TMP-001': {
    meaning: 'The Temporal server cannot be reached.',
    retryable: true,
    mend: 'Check the address, or start one with `temporal server start-dev`.',
  },
  'MLOPS-TMP-002': {
    meaning: 'There is no such task.',
    retryable: false,
    mend: 'List them with `temporal-mlops tasks`.',
  },
  'MLOPS-TMP-003': {
    meaning: 'No worker answers on the task queue.',
    retryable: true,
    mend: 'Start one with `temporal-mlops worker`.',
  },
  'MLOPS-TMP-004': {
    meaning: 'No Temporal server could be found or started.',
    retryable: false,
    mend: 'Install the Temporal CLI, or set TEMPORAL_ADDRESS.',
  },
  'MLOPS-TMP-005': {
    meaning: 'The task has ended.',
    retryable: false,
    mend: 'Read its report with `temporal-mlops report TASK`.',
  },
  'MLOPS-TMP-006': {
    meaning: 'A search attribute is not registered in the namespace.',
    retryable: false,
    mend: 'Register it with the command that `temporal-mlops doctor` prints.',
  },
  'MLOPS-TMP-007': {
    meaning: 'The profile file of the Temporal connection cannot be used.',
    retryable: false,
    mend: 'Correct it, or unset TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE.',
  },
  'MLOPS-TMP-008': {
    meaning: 'The Temporal namespace does not exist.',
    retryable: false,
    mend: 'Correct it, or make it with `temporal operator namespace create --namespace NAME`.',
  },
  'MLOPS-GIT-001': {
    meaning: 'The repository cannot be reached.',
    retryable: true,
    mend: 'Check the URL, the network and the credentials of the target.',
  },
  'MLOPS-GIT-002': {
    meaning: 'The repository is empty.',
    retryable: false,
    mend: 'Push a first commit, then start the task again.',
  },
  'MLOPS-GIT-003': {
    meaning: 'The branch does not exist.',
    retryable: false,
    mend: 'Correct `branch` of the target; the branches that exist are listed.',
  },
  'MLOPS-GIT-004': {
    meaning: 'The remote refused the credentials.',
    retryable: false,
    mend: 'Check the token or key that the target refers to.',
  },
  'MLOPS-GIT-005': {
    meaning: 'The remote refused the push.',
    retryable: false,
    mend: "Read the words of the remote; let the worker's account push to the branch, or point the target at a branch where it may.",
  },
  'MLOPS-GIT-006': {
    meaning: 'A git command failed or took too long.',
    retryable: true,
    mend: 'It is tried again; if it keeps failing run `temporal-mlops doctor`.',
  },
  'MLOPS-GIT-007': {
    meaning: 'The repository is not what git can read, or the URL is of a kind that is not allowed.',
    retryable: false,
    mend: 'Use a path, file://, ssh:// or https:// URL of a git repository.',
  },
  'MLOPS-GIT-008': {
    meaning: 'A path is not safe to write.',
    retryable: false,
    mend: 'Paths with `..`, `.git`, a leading slash or through a link are never written.',
  },
  'MLOPS-GIT-009': {
    meaning: 'The branch moved since the plan was made.',
    retryable: false,
    mend: 'The task plans again and asks again.',
  },
  'MLOPS-GIT-010': {
    meaning: 'An alias tag already exists: somebody else moved the alias.',
    retryable: false,
    mend: 'The task plans again and asks again.',
  },
  'MLOPS-POL-001': {
    meaning: 'The policy file is missing on the policy branch.',
    retryable: false,
    mend: 'Commit an mlops.yaml; docs/policy.md has a minimal one.',
  },
  'MLOPS-POL-002': {
    meaning: 'The policy file is not valid.',
    retryable: false,
    mend: 'Correct every line that is listed; schema/mlops.schema.json is for your editor.',
  },
  'MLOPS-POL-003': {
    meaning: 'The plan touches what the policy does not allow.',
    retryable: false,
    mend: 'Allow the path in `change.allowedPaths`, or let the request name the stage.',
  },
  'MLOPS-POL-004': {
    meaning: 'The request widens the boundary further than the policy allows.',
    retryable: false,
    mend: 'Leave the stage out, or add it to `change.widenTo`.',
  },
  'MLOPS-POL-005': {
    meaning: 'Changes are frozen by the worker configuration.',
    retryable: true,
    mend: 'Set `freeze: false` when the freeze is over; the approval stays good for `applyWithin`.',
  },
  'MLOPS-APR-001': {
    meaning: 'The decision is no token of the right form.',
    retryable: false,
    mend: 'Use `temporal-mlops approve`, or sign as docs/approving.md describes.',
  },
  'MLOPS-APR-002': {
    meaning: 'The signature is not valid for the person and key that it names.',
    retryable: false,
    mend: 'Sign with a key that the policy lists for you.',
  },
  'MLOPS-APR-003': {
    meaning: 'The person is not in the policy, or may not decide this task.',
    retryable: false,
    mend: 'Ask one of those who may; the status lists them.',
  },
  'MLOPS-APR-004': {
    meaning: 'The decision is for another task, run or installation.',
    retryable: false,
    mend: 'Make a new decision for this task.',
  },
  'MLOPS-APR-005': {
    meaning: 'The decision is for another plan than the one that is asked about.',
    retryable: false,
    mend: 'Look at the current plan and decide again.',
  },
  'MLOPS-APR-006': {
    meaning: 'The decision has expired, or its time lies in the future.',
    retryable: false,
    mend: 'Check the clock of your machine and decide again.',
  },
  'MLOPS-APR-007': {
    meaning: 'The token was used already, with other content.',
    retryable: false,
    mend: 'Make a new decision.',
  },
  'MLOPS-APR-008': { meaning: 'The key is revoked.', retryable: false, mend: 'Sign with another key of yours.' },
  'MLOPS-APR-009': {
    meaning: 'The decision came after the deadline.',
    retryable: false,
    mend: 'The question may be put again; answer that one.',
  },
  'MLOPS-APR-010': {
    meaning: 'No question is open.',
    retryable: false,
    mend: 'Wait until the task asks, or look at its status.',
  },
  'MLOPS-APR-011': { meaning: 'A comment is needed.', retryable: false, mend: 'Say why: --comment "…".' },
  'MLOPS-APR-012': {
    meaning: 'The approvals are not enough for the plan to be written.',
    retryable: false,
    mend: 'The task asks again; those who may decide are listed.',
  },
  'MLOPS-APR-013': {
    meaning: 'The plan does not have the digest that was approved.',
    retryable: false,
    mend: 'Nothing was written. Look for who changed the plan after the approval.',
  },
  'MLOPS-APR-014': {
    meaning: 'The decision came too late: the change is being applied.',
    retryable: false,
    mend: 'Undo it with the command in the report.',
  },
  'MLOPS-APR-015': {
    meaning: 'The message could not be decoded.',
    retryable: false,
    mend: 'Send the token as a JSON string.',
  },
  'MLOPS-APR-016': {
    meaning: 'The approval is older than `applyWithin`.',
    retryable: false,
    mend: 'The task asks again.',
  },
  'MLOPS-APR-017': {
    meaning: 'No more revisions or extensions are allowed.',
    retryable: false,
    mend: 'Approve, reject or withdraw.',
  },
  'MLOPS-PLN-001': {
    meaning: 'The edit could not be made without touching more than it means to.',
    retryable: false,
    mend: 'Make the change by hand; the risk is listed as a follow-up.',
  },
  'MLOPS-PLN-002': {
    meaning: 'The rebuilt tree differs from the planned one.',
    retryable: false,
    mend: 'Nothing was written. Report this as a defect with the record.',
  },
  'MLOPS-PRF-001': {
    meaning: 'promtool was not found.',
    retryable: false,
    mend: 'Install it: `apt-get install prometheus`, or set tools.promtool.',
  },
  'MLOPS-PRF-002': {
    meaning: 'amtool was not found.',
    retryable: false,
    mend: 'Install it: `apt-get install prometheus-alertmanager`, or set tools.amtool.',
  },
  'MLOPS-PRF-003': {
    meaning: 'A proof tool failed or took too long.',
    retryable: true,
    mend: 'It is tried again; its output is in the evidence.',
  },
  'MLOPS-ART-001': {
    meaning: 'The artifact store does not have the content, or it is altered.',
    retryable: false,
    mend: 'Check `dataDir`; all workers of a task queue must share it.',
  },
  'MLOPS-ART-002': {
    meaning: 'The artifact store cannot be written.',
    retryable: true,
    mend: 'Check space and permissions of `dataDir`.',
  },
  'MLOPS-REC-001': {
    meaning: 'The record file is not consistent.',
    retryable: false,
    mend: 'It was altered or is incomplete; the first place is named.',
  },
  'MLOPS-INT-001': {
    meaning: 'Something happened that should not be possible.',
    retryable: true,
    mend: 'Report this as a defect with the record.',
  },
} as const satisfies Record<string, { meaning: string; retryable: boolean; mend: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  code: ErrorCode;
  message: string;
  /** File and line, key, field or argument. */
  where?: string;
  mend: string;
}

/**
 * An error of the table. The message says what, `where` says where, `mend` says how to mend it.
 * It is plain data with no dependency, so that the pure folders can throw it too; activities turn it
 * into an `ApplicationFailure` of the same code.
 */
export class MlopsError extends Error {
  override readonly name = 'MlopsError';
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly mend: string;

  constructor(code: ErrorCode, message: string, options: { where?: string; mend?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.where = options.where;
    this.mend = options.mend ?? ERRORS[code].mend;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  toDetails(): ErrorDetails {
    return {
      code: this.code,
      message: this.message,
      mend: this.mend,
      ...(this.where === undefined ? {} : { where: this.where }),
    };
  }
}
