import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Severity } from '../../contract/severity.js';
import type { GithubWorkflow } from '../../lifecycle/facts.js';
import { evidenceOf, listed, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule } from '../rule.js';

interface MutableUse {
  path: EncodedPath;
  line: number;
  severity: Severity;
}

const BRANCH = /^(main|master|trunk|develop|dev|head|latest|release)$/i;

/** What a `uses:` may change to; `undefined` where it is fixed, local or a template. */
function mutableUse(uses: string): Severity | undefined {
  if (uses.startsWith('./') || uses.startsWith('../') || uses.includes('${{')) return undefined;
  if (uses.startsWith('docker://')) return uses.includes('@sha256:') ? undefined : 'medium';
  const at = uses.lastIndexOf('@');
  const ref = at === -1 ? '' : uses.slice(at + 1);
  if (/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(ref)) return undefined;
  if (ref === '' || BRANCH.test(ref)) return 'high';
  return /^(actions|github)\//.test(uses) ? 'low' : 'medium';
}

/** Every movable use, in order of path and line, by what it names. */
function usesByAction(workflows: readonly GithubWorkflow[]): Map<string, MutableUse[]> {
  const uses = new Map<string, MutableUse[]>();
  for (const { path, jobs } of workflows) {
    const written = jobs.flatMap((job) => [job.uses ?? [], ...job.steps.map((step) => step.uses ?? [])].flat());
    for (const { value, line } of written) {
      const severity = mutableUse(value);
      if (severity === undefined) continue;
      uses.set(value, [...(uses.get(value) ?? []), { path, line, severity }]);
    }
  }
  return uses;
}

/**
 * REP-004; basis: zizmor `unpinned-uses`, OpenSSF Scorecard. One finding an action and ref, because one
 * commit id mends all its uses. GitHub's own at a tag are named, as one, only where there is nothing else.
 */
export const mutableActionOrComponentRef: Rule = {
  id: 'REP-004',
  name: 'mutable-action-or-component-ref',
  area: 'reproducibility',
  stage: 'training',
  severity: 'medium',
  confidence: 'certain',
  summary: 'A workflow that runs an action by a tag or branch that can be moved.',
  reads: 'GitHub Actions workflows',
  page: 'reproducibility/mutable-action-or-component-ref.md',
  answers: ['unpinned-action'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    const uses = [...usesByAction(context.facts.githubWorkflows)];
    const worse = uses.filter(([, [first]]) => first?.severity !== 'low');
    const shown: [string, string, MutableUse[]][] =
      worse.length > 0
        ? worse.map(([action, places]) => [action, action, places])
        : uses.length > 0
          ? [["GitHub's actions", listed(uses.map(([action]) => action)), uses.flatMap(([, places]) => places)]]
          : [];
    return shown
      .flatMap(([subject, named, places]) => {
        const [first] = places;
        if (!first) return [];
        const more = places.length > 1 ? `, in ${places.length} places` : '';
        return [
          {
            path: first.path,
            line: first.line,
            subject,
            message: `${first.path} runs ${named} by a ref that can be moved${more}.`,
            consequence: 'Whoever moves the ref changes what trains or deploys the model, and no commit here shows it.',
            evidence: evidenceOf(...places.map(({ path, line }) => quoteLine(context.snapshot, path, line))),
            severity: first.severity,
            unfixableBecause: 'the commit that a tag stands for must be looked up at the forge',
          },
        ];
      })
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
  },
};
