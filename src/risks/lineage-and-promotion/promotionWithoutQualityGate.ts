import type { GithubWorkflow, PythonModule, WorkflowStep } from '../../lifecycle/facts.js';
import { alternatives } from '../alternatives.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isScanned } from '../scannedPath.js';
import { isGateCommand, judgesModel, logicalLines, swallowedExit } from './gateStep.js';
import { promotionCalls } from './promotionCall.js';
import { decidesOnQuality, metricReads } from './qualityDecision.js';

const UNFIXABLE = 'a gate needs a metric, a direction and a threshold, and a person must say which';

/** Names under which other files run or import a module: `pkg.promote`, `promote`, `src/pkg/promote.py`. */
function moduleNames(path: string): string[] {
  const dotted = path
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .split('/');
  return dotted.map((_, index) => dotted.slice(index).join('.'));
}

/** Modules of the repository that a module imports from, or that import from it. */
function neighbours(module: PythonModule, modules: readonly PythonModule[]): PythonModule[] {
  const imports = (from: PythonModule, to: PythonModule) => {
    const names = moduleNames(to.path);
    return from.imports.some((each) => {
      const target = each.module.replace(/^\.+/, '');
      return (
        target !== '' &&
        (names.includes(target) || (each.name !== undefined && names.includes(`${target}.${each.name}`)))
      );
    });
  };
  return modules.filter((other) => other !== module && (imports(other, module) || imports(module, other)));
}

function runsModule(step: WorkflowStep, path: string): boolean {
  const run = step.run?.value ?? '';
  const [whole] = moduleNames(path);
  const dotted = moduleNames(path).filter((name) => name.includes('.') || name === whole);
  return (
    run.includes(path) || dotted.some((name) => new RegExp(`-m\\s+${name.replaceAll('.', '\\.')}(\\s|$)`).test(run))
  );
}

/** Whether a step judges the model and its failure stops the job. */
function isEffectiveGate(step: WorkflowStep): boolean {
  if (!judgesModel(step) || (step.continueOnError !== undefined && step.continueOnError.value !== 'false'))
    return false;
  const gates = logicalLines(step.run?.value ?? '').filter(({ text }) => isGateCommand(text));
  return gates.length === 0 || gates.some(({ text }) => swallowedExit(text) === undefined);
}

/** Whether every step of CI that runs the module stands behind a gate on the model that can fail. */
function isGatedByWorkflows(path: string, workflows: readonly GithubWorkflow[]): boolean {
  let runs = 0;
  for (const workflow of workflows) {
    const gatedJobs = new Set(
      workflow.jobs.filter((job) => !job.continueOnError && job.steps.some(isEffectiveGate)).map(({ id }) => id),
    );
    for (const job of workflow.jobs) {
      for (const [index, step] of job.steps.entries()) {
        if (!runsModule(step, path)) continue;
        runs += 1;
        const before = job.steps.slice(0, index).some(isEffectiveGate);
        if (!before && !job.needs.some((need) => gatedJobs.has(need))) return false;
      }
    }
  }
  return runs > 0;
}

function inModules({ facts, snapshot }: RuleContext): Finding[] {
  const numbering = new SubjectNumbering();
  const findings: Finding[] = [];
  for (const module of facts.pythonModules) {
    if (!isScanned(module.path) || module.syntaxErrors || module.truncated) continue;
    const promotions = promotionCalls(module);
    if (promotions.length === 0 || decidesOnQuality(module)) continue;
    if (neighbours(module, facts.pythonModules).some((other) => isScanned(other.path) && decidesOnQuality(other)))
      continue;
    if (isGatedByWorkflows(module.path, facts.githubWorkflows)) continue;
    const reads = metricReads(module);
    const gate = reads.find(({ scope }) => /gate|quality|valid|check|threshold/i.test(scope));
    const seen = new Set<string>();
    for (const { call, what } of promotions) {
      if (seen.has(call.scope)) continue;
      seen.add(call.scope);
      const where = call.scope === '' ? module.path : `${call.scope} in ${module.path}`;
      findings.push({
        path: module.path,
        line: call.line,
        subject: numbering.next(module.path, call.scope === '' ? 'promotion' : call.scope),
        message:
          gate !== undefined
            ? `${where} ${what}, and ${gate.scope} before it reads the metrics without comparing them with anything.`
            : `${where} ${what}, and nothing on the way compares a metric.`,
        consequence: 'A model that is worse than the one in use, or broken, goes live without anything in its way.',
        evidence: evidenceOf(
          quoteLine(snapshot, module.path, call.line),
          ...(gate ? [gate] : reads).slice(0, 2).map(({ line }) => quoteLine(snapshot, module.path, line)),
          ...ungatedRuns(module.path, facts.githubWorkflows).map(({ path, line }) => quoteLine(snapshot, path, line)),
        ),
        unfixableBecause: UNFIXABLE,
      });
    }
  }
  return findings;
}

/** Steps of CI that run the module, for the evidence. */
function ungatedRuns(path: string, workflows: readonly GithubWorkflow[]): { path: string; line: number }[] {
  return workflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) =>
      job.steps
        .filter((step) => step.run && runsModule(step, path))
        .map((step) => ({ path: workflow.path, line: step.run?.line ?? step.line })),
    ),
  );
}

const INLINE_PROMOTION = alternatives(
  '',
  String.raw`
    set_registered_model_alias\([^)]*["'](champion|production|prod|live)["']
    transition_model_version_stage\([^)]*["']Production["']
  `,
  '',
  'i',
);
const INLINE_DECISION =
  /metrics?\b.*[<>]|[<>]=?.*metrics?\b|threshold|accuracy|\bauc\b|\brmse\b|\bf1\b|validat|evaluat|compare|quality/i;

/** Python inside of a workflow or a shell script that promotes, in a file that has no word of a comparison. */
function inScripts({ snapshot }: RuleContext): Finding[] {
  const findings: Finding[] = [];
  for (const { path } of snapshot.entries) {
    if (!/\.(ya?ml|sh)$/.test(path) || !isScanned(path)) continue;
    const text = snapshot.text(path);
    if (text === undefined || !INLINE_PROMOTION.test(text)) continue;
    const lines = text.split(/\r?\n/).map((line) => line.replace(/^\s*#.*$/, ''));
    if (lines.some((line) => INLINE_DECISION.test(line))) continue;
    const index = lines.findIndex((line) => INLINE_PROMOTION.test(line));
    if (index === -1) continue;
    findings.push({
      path,
      line: index + 1,
      subject: 'promotion',
      message: `${path} makes a model version live, and nothing in it compares a metric.`,
      consequence: 'A model that is worse than the one in use, or broken, goes live without anything in its way.',
      evidence: evidenceOf(quoteLine(snapshot, path, index + 1)),
      confidence: 'likely',
      unfixableBecause: UNFIXABLE,
    });
  }
  return findings;
}

/** LIN-008; basis: ML Test Score Infra 4 (quality is validated before serving), Rules of ML 9. */
export const promotionWithoutQualityGate: Rule = {
  id: 'LIN-008',
  name: 'promotion-without-quality-gate',
  area: 'lineage-and-promotion',
  stage: 'registration',
  severity: 'critical',
  confidence: 'likely',
  summary: 'Code that makes a model live without comparing a metric with anything.',
  reads: 'Python modules; GitHub Actions workflows; Python inside of YAML and shell scripts',
  blocks: 'promotion',
  page: 'lineage-and-promotion/promotion-without-quality-gate.md',
  answers: ['no-promotion-gate'],
  check: (context) => [...inModules(context), ...inScripts(context)],
};
