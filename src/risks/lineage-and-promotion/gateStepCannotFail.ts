import type { GithubWorkflow, Place, WorkflowJob, WorkflowStep } from '../../lifecycle/facts.js';
import { splitLines } from '../../planning/textLines.js';
import { applySplices, removeLines, yamlDifferences } from '../../planning/yamlSplice.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { editOf } from '../textEdit.js';
import {
  isGateCommand,
  isGateName,
  isGateStep,
  isPromotionStep,
  logicalLines,
  type SwallowedExit,
  swallowedExit,
} from './gateStep.js';

/** Why a gate can't fail, and the piece of the file that makes it so. */
type Cause =
  | { kind: 'exit'; step: WorkflowStep; swallowed: SwallowedExit; line: number }
  | { kind: 'errexit'; line: number }
  | { kind: 'continue'; pair: Place };

interface Site {
  workflow: GithubWorkflow;
  cause: Cause;
  finding: Finding;
}

/** Whether later parts of the workflow look at how the step ended. */
function outcomeIsRead(workflowText: string, id: string | undefined): boolean {
  return id !== undefined && new RegExp(`\\bsteps\\.${escaped(id)}\\.(outcome|conclusion)\\b`).test(workflowText);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Whether a job, or a job that needs it, promotes or deploys after the step. */
function promotesAfter(workflow: GithubWorkflow, job: WorkflowJob, step: WorkflowStep | undefined): boolean {
  const later = step ? job.steps.slice(job.steps.indexOf(step) + 1) : [];
  if (later.some(isPromotionStep)) return true;
  const reached = new Set([job.id]);
  let grown = true;
  while (grown) {
    grown = false;
    for (const other of workflow.jobs) {
      if (reached.has(other.id) || !other.needs.some((need) => reached.has(need))) continue;
      reached.add(other.id);
      grown = true;
      if (/\b(promot|deploy|release)/i.test(`${other.id} ${other.name ?? ''}`) || other.steps.some(isPromotionStep))
        return true;
    }
  }
  return false;
}

function causesIn(step: WorkflowStep, text: string): { cause: Cause; line: number; what: string }[] {
  const found: { cause: Cause; line: number; what: string }[] = [];
  if (
    step.continueOnError?.value === 'true' &&
    step.continueOnErrorPair &&
    isGateStep(step) &&
    !outcomeIsRead(text, step.id)
  ) {
    found.push({
      cause: { kind: 'continue', pair: step.continueOnErrorPair },
      line: step.continueOnErrorPair.line,
      what: '`continue-on-error: true`',
    });
  }
  if (!step.run) return found;
  const gateByName = step.name !== undefined && isGateName(step.name);
  const firstLine = text.slice(step.run.range.start, step.run.range.end).match(/^[|>]/)
    ? step.run.line + 1
    : step.run.line;
  const lines = logicalLines(step.run.value);
  for (const { text: command, line } of lines) {
    const swallowed = swallowedExit(command);
    if (!swallowed || !(isGateCommand(swallowed.command) || (gateByName && lines.length === 1))) continue;
    found.push({
      cause: { kind: 'exit', step, swallowed, line: firstLine + line },
      line: firstLine + line,
      what: `\`${swallowed.tail.trim()}\``,
    });
  }
  const errexit = lines.find((each) => each.text === 'set +e');
  if (
    errexit &&
    !step.run.value.includes('$?') &&
    lines.some((each) => each.line > errexit.line && isGateCommand(each.text))
  ) {
    // The last command's exit code still counts, so only what stands before it is swallowed.
    const lastCommand = lines.at(-1);
    if (lastCommand && !isGateCommand(lastCommand.text)) {
      found.push({
        cause: { kind: 'errexit', line: firstLine + errexit.line },
        line: firstLine + errexit.line,
        what: '`set +e`',
      });
    }
  }
  return found;
}

function sitesIn(context: RuleContext): Site[] {
  const { facts, snapshot } = context;
  if (!hasModels(facts)) return [];
  const sites: Site[] = [];
  for (const workflow of facts.githubWorkflows) {
    const text = snapshot.text(workflow.path);
    if (text === undefined) continue;
    const numbering = new SubjectNumbering();
    for (const job of workflow.jobs) {
      const add = (cause: Cause, line: number, what: string, name: string, step: WorkflowStep | undefined) => {
        const critical = promotesAfter(workflow, job, step);
        sites.push({
          workflow,
          cause,
          finding: {
            path: workflow.path,
            line,
            subject: numbering.next(workflow.path, name),
            message: `The gate "${name}" of ${workflow.path} cannot fail, because of ${what}.`,
            consequence: critical
              ? 'The promotion or deployment behind it goes on whatever the gate found.'
              : 'The run is green whatever the gate found, so nobody looks.',
            evidence: evidenceOf(quoteLine(snapshot, workflow.path, line)),
            severity: critical ? 'critical' : 'medium',
          },
        });
      };
      if (job.continueOnError?.value === 'true' && job.continueOnErrorPair && job.steps.some(isGateStep)) {
        add(
          { kind: 'continue', pair: job.continueOnErrorPair },
          job.continueOnErrorPair.line,
          '`continue-on-error: true`',
          job.name ?? job.id,
          undefined,
        );
      }
      for (const step of job.steps) {
        const name = step.name ?? step.id ?? logicalLines(step.run?.value ?? '')[0]?.text ?? step.uses?.value ?? 'step';
        for (const { cause, line, what } of causesIn(step, text)) add(cause, line, what, name, step);
      }
    }
  }
  return sites;
}

/** LIN-009; basis: ML Test Score Infra 3 and 4; GitHub's documentation of `continue-on-error`. */
export const gateStepCannotFail: Rule = {
  id: 'LIN-009',
  name: 'gate-step-cannot-fail',
  area: 'lineage-and-promotion',
  stage: 'registration',
  severity: 'critical',
  confidence: 'certain',
  summary: 'A gate, test or evaluation step of CI whose failure is swallowed.',
  reads: 'GitHub Actions workflows',
  blocks: 'promotion',
  page: 'lineage-and-promotion/gate-step-cannot-fail.md',
  answers: ['gate-not-enforced', 'other:ci-failures-ignored'],
  check: (context) => sitesIn(context).map((site) => site.finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = site && context.snapshot.text(site.workflow.path);
    if (!site || text === undefined) return { unfixable: 'the step is no longer there' };
    const edited = withoutCause(text, site.cause);
    if (edited === undefined || (yamlDifferences(text, edited)?.length ?? 0) !== 1) {
      return { unfixable: 'what swallows the failure does not stand alone, so it must be removed by hand' };
    }
    return {
      edits: [editOf(site.workflow.path, edited)],
      reason: `Without it a failing "${risk.subject}" stops the run.`,
      tradeOff: 'Runs that were green although the gate failed are red from now on, and must be looked at.',
    };
  },
};

/** The text without what swallows the failure; `undefined` when that can't be cut out cleanly. */
function withoutCause(text: string, cause: Cause): string | undefined {
  if (cause.kind === 'errexit') return removeLines(text, cause.line, cause.line);
  if (cause.kind === 'continue') {
    const line = splitLines(text)[cause.pair.line - 1] ?? '';
    const alone = /^\s*continue-on-error:\s*true\s*(#.*)?\r?\n?$/.test(line);
    return alone && cause.pair.line === cause.pair.endLine
      ? removeLines(text, cause.pair.line, cause.pair.line)
      : undefined;
  }
  const lines = splitLines(text);
  const lineStart = lines.slice(0, cause.line - 1).join('').length;
  const line = lines[cause.line - 1] ?? '';
  const tail = cause.swallowed.tail;
  const at = line.lastIndexOf(tail);
  if (at === -1 || at !== line.indexOf(tail)) return undefined;
  return applySplices(text, [{ start: lineStart + at, end: lineStart + at + tail.length, text: '' }]);
}
