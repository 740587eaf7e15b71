import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Rule, RuleContext } from '../rule.js';
import { runCommands } from '../runCommands.js';

const APPLY = /\b(terraform|tofu|terragrunt)\b[^|;&]*\sapply\b[^|;&]*\s--?auto-approve\b/;
const PLAN = /\b(terraform|tofu|terragrunt)\b[^|;&]*\splan\b/;
/** Events that a person starts, knowing what will run. */
const BY_HAND = /^(workflow_dispatch|workflow_call|repository_dispatch)$/;

/** Whether a person sees the plan before: it is made for pull requests, or the job waits for an approval. */
function isReviewed({ facts, snapshot }: RuleContext, path: string, line: number): boolean {
  const workflow = facts.githubWorkflows.find((each) => each.path === path);
  if (workflow) {
    if (workflow.events.length > 0 && workflow.events.every((event) => BY_HAND.test(event))) return true;
    const job = workflow.jobs.find((each) => each.line <= line && line <= each.endLine);
    if (job?.environment !== undefined) return true;
  }
  const part = facts.toolParts.find((each) => each.path === path && each.line <= line && line <= each.endLine);
  const own = part && snapshot.text(path)?.slice(part.range.start, part.range.end);
  return own !== undefined && /when:\s*manual|\benvironment:|ManualValidation@|\binput\s*[({]/.test(own);
}

function plansForPullRequests({ facts }: RuleContext): boolean {
  return facts.githubWorkflows.some(
    ({ events, jobs }) =>
      events.some((event) => event.startsWith('pull_request')) &&
      jobs.some(({ steps }) => steps.some(({ run }) => PLAN.test(run?.value ?? ''))),
  );
}

/** REP-010; basis: Terraform's documentation, "Running Terraform in automation": plan, review, apply the reviewed plan. */
export const terraformAutoApprove: Rule = {
  id: 'REP-010',
  name: 'terraform-auto-approve',
  area: 'reproducibility',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'likely',
  summary: 'Infrastructure that CI changes with no plan that a person has seen.',
  reads: 'workflows and pipelines of CI systems',
  page: 'reproducibility/terraform-auto-approve.md',
  answers: ['other:terraform-auto-approve'],
  check(context) {
    if (!hasModels(context.facts) || plansForPullRequests(context)) return [];
    const numbering = new SubjectNumbering();
    return runCommands(context).flatMap(({ path, line, text, by }) => {
      if (by !== 'ci' || !APPLY.test(text) || isReviewed(context, path, line)) return [];
      return [
        {
          path,
          line,
          subject: numbering.next(path, 'terraform apply'),
          message: `${path} applies Terraform with no plan that anybody has to see.`,
          consequence: 'A change that replaces the endpoint or its data is carried out before a person can say no.',
          evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
          unfixableBecause: 'who reviews the plan, and where it waits for that, is for people to say',
        },
      ];
    });
  },
};
