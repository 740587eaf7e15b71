import picomatch from 'picomatch';
import type { ErrorCode } from '../contract/errors.js';
import type { Operation } from '../contract/operation.js';
import type { Policy } from '../contract/policy.js';
import { mostSevere, type Severity } from '../contract/severity.js';
import type { LifecycleStage } from '../contract/stage.js';
import { foldCase, neverTouchedBecause, plainPath, runsInCi } from './protectedPath.js';

export interface BoundaryInput {
  operations: readonly Operation[];
  /** Changed files and lines. Files are counted from the operations too, and the greater number is judged. */
  sizes: { files: number; lines: number };
  /** Stages that the operations touch. */
  stages: readonly LifecycleStage[];
  policy: Policy;
  /** Stages by which the request widens the boundary. */
  widenTo: readonly LifecycleStage[];
  /** Only an authenticated person's request can widen. */
  requesterAuthenticated: boolean;
  /** Where the policy itself lies; it is never touched. `mlops.yaml` by default, which never is either. */
  policyPath?: string | undefined;
}

export interface Violation {
  code: Extract<ErrorCode, 'MLOPS-POL-003' | 'MLOPS-POL-004'>;
  /** What is not allowed and why, as a sentence. */
  reason: string;
  /** Path (encoded), alias, stage or key. */
  where: string;
}

/**
 * Judges what a plan touches by one policy; for two policies, ask twice. Empty means allowed.
 *
 * A path may change when one of `allowedPaths` matches it; a file that runs in CI only when
 * `executablePaths` names it in full. Some are never touched (see `neverTouchedBecause`). Names are
 * compared case-folded and composed, the forbidden ones also in every disguise that a file system
 * could see through. An alias moves only when `models` names model and alias.
 */
export function judgeBoundary(input: BoundaryInput): Violation[] {
  return [...judgeOperations(input), ...judgeBudget(input), ...judgeStages(input)];
}

/** The severity that the operations alone have for policy: `critical` for what runs in CI, `high` for a moved alias. */
export function severityOfOperations(operations: readonly Operation[], policy: Policy): Severity {
  const severities = operations.map((operation): Severity => {
    if (operation.kind === 'moveAlias') return 'high';
    const path = plainPath(operation.path);
    return path === undefined || isExecutable(path, policy) ? 'critical' : 'low';
  });
  return mostSevere('low', ...severities);
}

function judgeOperations({ operations, policy, policyPath = 'mlops.yaml' }: BoundaryInput): Violation[] {
  const violations: Violation[] = [];
  const touched = new Set<string>();
  const once = (what: string, where: string) => {
    if (touched.has(what)) violations.push(notAllowed('two operations touch the same thing', where));
    touched.add(what);
  };
  for (const operation of operations) {
    if (operation.kind === 'moveAlias') {
      const where = `${operation.model}@${operation.alias}`;
      once(`alias ${where}`, where);
      const named = policy.models.some(({ name, alias }) => name === operation.model && alias === operation.alias);
      if (!named) violations.push(notAllowed('`models` does not name this model with this alias', where));
      const number = operation.tag.startsWith(`${operation.model}#${operation.alias}#`)
        ? operation.tag.slice(operation.model.length + operation.alias.length + 2)
        : '';
      if (!/^[1-9][0-9]*$/.test(number)) violations.push(notAllowed('the tag is not one of this alias', operation.tag));
      continue;
    }
    const path = plainPath(operation.path);
    if (path === undefined) {
      violations.push(notAllowed('a path like this is never written', operation.path));
      continue;
    }
    once(`file ${foldCase(path)}`, operation.path);
    const never = neverTouchedBecause(path, policyPath);
    if (never !== undefined) violations.push(notAllowed(`never touched: ${never}`, operation.path));
    else if (isNamedExecutable(path, policy)) continue;
    else if (runsInCi(path)) {
      violations.push(notAllowed('it runs in CI, and `change.executablePaths` does not name it', operation.path));
    } else if (!isAllowed(path, policy)) {
      violations.push(notAllowed('no pattern of `change.allowedPaths` matches', operation.path));
    }
  }
  return violations;
}

function isAllowed(path: string, policy: Policy): boolean {
  return policy.change.allowedPaths.some((glob) =>
    // Dot files are matched only by patterns that name the dot. `windows` would make `\` a separator.
    picomatch.isMatch(path, glob.normalize('NFC'), { nocase: true, nonegate: true, noextglob: true, windows: false }),
  );
}

function isNamedExecutable(path: string, policy: Policy): boolean {
  return policy.change.executablePaths.some((named) => foldCase(named) === foldCase(path));
}

function isExecutable(path: string, policy: Policy): boolean {
  return runsInCi(path) || isNamedExecutable(path, policy);
}

function judgeBudget({ operations, sizes, policy }: BoundaryInput): Violation[] {
  const { budget } = policy.change;
  const edited = operations.filter((operation) => operation.kind === 'editFile').length;
  const files = Math.max(sizes.files, edited);
  const violations: Violation[] = [];
  // Written so that NaN is over budget.
  if (!(files <= budget.files)) {
    violations.push(notAllowed(`${files} files change; the budget is ${budget.files}`, 'change.budget.files'));
  }
  if (!(sizes.lines <= budget.lines)) {
    violations.push(notAllowed(`${sizes.lines} lines change; the budget is ${budget.lines}`, 'change.budget.lines'));
  }
  return violations;
}

function judgeStages({ stages, policy, widenTo, requesterAuthenticated }: BoundaryInput): Violation[] {
  const { change } = policy;
  const violations: Violation[] = [];
  const wanted = [...new Set(widenTo)].filter((stage) => !change.stages.includes(stage));
  const granted = wanted.filter((stage) => requesterAuthenticated && change.widenTo.includes(stage));
  for (const stage of wanted.filter((candidate) => !granted.includes(candidate))) {
    const reason = requesterAuthenticated
      ? 'the policy does not let a request add this stage'
      : 'only the signed request of a person can add a stage';
    violations.push({ code: 'MLOPS-POL-004', reason, where: stage });
  }
  for (const stage of new Set(stages)) {
    if (change.stages.includes(stage) || granted.includes(stage)) continue;
    violations.push(notAllowed('the stage is neither among `change.stages` nor added by the request', stage));
  }
  return violations;
}

function notAllowed(reason: string, where: string): Violation {
  return { code: 'MLOPS-POL-003', reason, where };
}
