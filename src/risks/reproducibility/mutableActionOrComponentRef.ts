import { mostSevere, type Severity } from '../../contract/severity.js';
import type { GithubWorkflow } from '../../lifecycle/facts.js';
import { evidenceOf, listed, quoteLine } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule } from '../rule.js';

interface MutableUse {
  action: string;
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

function usesIn(workflow: GithubWorkflow): MutableUse[] {
  return workflow.jobs
    .flatMap((job) => [...(job.uses ? [job.uses] : []), ...job.steps.flatMap((step) => step.uses ?? [])])
    .flatMap(({ value, line }) => {
      const severity = mutableUse(value);
      return severity === undefined ? [] : [{ action: value, line, severity }];
    });
}

/** REP-004; basis: zizmor `unpinned-uses`, OpenSSF Scorecard. One finding a workflow, or it drowns everything else. */
export const mutableActionOrComponentRef: Rule = {
  id: 'REP-004',
  name: 'mutable-action-or-component-ref',
  area: 'reproducibility',
  stage: 'training',
  severity: 'medium',
  confidence: 'certain',
  summary: 'A workflow that runs actions by a tag or branch that can be moved.',
  reads: 'GitHub Actions workflows',
  page: 'reproducibility/mutable-action-or-component-ref.md',
  answers: ['unpinned-action'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    return context.facts.githubWorkflows.flatMap((workflow) => {
      const uses = usesIn(workflow);
      if (uses.length === 0) return [];
      const severity = mostSevere(...(uses.map((use) => use.severity) as [Severity, ...Severity[]]));
      // The worst ones are what to look at; GitHub's own at a tag are named only where there is nothing else.
      const worst = uses.filter((use) => use.severity !== 'low');
      const shown = worst.length > 0 ? worst : uses;
      const names = [...new Set(shown.map(({ action }) => action))];
      return [
        {
          path: workflow.path,
          line: shown[0]?.line ?? 1,
          subject: 'actions',
          message: `${workflow.path} runs ${listed(names)} by a ref that can be moved.`,
          consequence: 'Whoever moves the ref changes what trains or deploys the model, and no commit here shows it.',
          evidence: evidenceOf(...shown.map(({ line }) => quoteLine(context.snapshot, workflow.path, line))),
          severity,
          unfixableBecause: 'the commit that a tag stands for must be looked up at the forge',
        },
      ];
    });
  },
};
