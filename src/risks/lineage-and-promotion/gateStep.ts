import type { WorkflowStep } from '../../lifecycle/facts.js';
import { alternatives } from '../alternatives.js';

const GATE = alternatives(
  String.raw`\b`,
  String.raw`
    eval(uate|uation)? validat(e|es|ion|or) drift data[-_\s]?(check|quality|validation) schema smoke canary bias
    fairness quality gate pytest unittest great[-_]expectations evidently deepchecks dvc\smetrics regression
    tests?
  `,
  String.raw`\b`,
  'i',
);

const NO_GATE = alternatives(
  String.raw`\b`,
  `
    flake8 black isort ruff pylint mypy pyright bandit safety pip-audit trivy gitleaks detect-secrets semgrep
    codecov coverage lint(er)? hadolint yamllint markdownlint pre-commit sarif codeql cache artifacts? upload
    download notif(y|ication) slack comment cleanup clean teardown summary badge docs? mkdocs uninstall install
  `,
  String.raw`\b`,
  'i',
);

const QUALITY = alternatives(
  String.raw`\b`,
  String.raw`
    model quality metrics? gate threshold accuracy auc f1 rmse performance champion challenger dvc\smetrics
    evidently deepchecks
  `,
  String.raw`\b`,
  'i',
);

/** Commands that look at something and decide nothing. */
const HOUSEKEEPING = alternatives(
  String.raw`^\s*`,
  String.raw`
    echo mkdir rm cp mv ls cat find grep docker\s(pull|stop|rm|kill|compose\sdown|logs)
    kubectl\s(get|describe|delete|logs) git kill sleep curl wget pip apt(-get)? source export cd true which tail
    head
  `,
  String.raw`\b`,
);

/** Characters of a command that is looked at; longer ones are generated. */
const LONGEST_COMMAND = 4000;

function words(text: string): string {
  return text.replace(/[_/.-]+/g, ' ');
}

/** Whether a command line decides whether something is good enough. */
export function isGateCommand(command: string): boolean {
  if (HOUSEKEEPING.test(command) || NO_GATE.test(words(withoutPaths(command)))) return false;
  return GATE.test(command) || GATE.test(words(command));
}

/** Options and arguments that name files say little about what a command does. */
function withoutPaths(command: string): string {
  return command
    .split(/\s+/)
    .filter((word) => !word.startsWith('-'))
    .join(' ');
}

/** Whether a step's name says that it is a gate. */
export function isGateName(name: string): boolean {
  return GATE.test(words(name)) && !NO_GATE.test(words(name));
}

/** Whether a step, by its name or by a command that it runs, is a gate. */
export function isGateStep(step: WorkflowStep): boolean {
  // An action that is called after what it reports (`Create issue on drift`) decides nothing itself.
  if (step.run === undefined) return false;
  if (step.name !== undefined && NO_GATE.test(words(step.name))) return false;
  if (step.name !== undefined && isGateName(step.name)) return true;
  return logicalLines(step.run.value).some(({ text }) => isGateCommand(text));
}

/** Whether a gate step judges the model rather than only the code. */
export function judgesModel(step: WorkflowStep): boolean {
  return isGateStep(step) && QUALITY.test(words(`${step.name ?? ''} ${step.run?.value ?? ''}`));
}

/** A command of a script, its continuation lines joined; `line` is that of its last part, from 0. */
export interface LogicalLine {
  text: string;
  line: number;
}

/** Splits a shell script into commands, a line each; comments and empty lines are left out. */
export function logicalLines(script: string): LogicalLine[] {
  const out: LogicalLine[] = [];
  let pending = '';
  script.split(/\r?\n/).forEach((raw, line) => {
    if (raw.endsWith('\\')) {
      pending += `${raw.slice(0, -1)} `;
      return;
    }
    const text = (pending + raw).trim();
    pending = '';
    if (text !== '' && !text.startsWith('#')) out.push({ text, line });
  });
  return out;
}

/** `|| true` and its like at the end of a command: what is to be removed, and the command before it. */
export interface SwallowedExit {
  command: string;
  /** The tail as it stands, white space before it included. */
  tail: string;
}

/** The part of a command that turns its failure into success, where it stands at the end and alone. */
export function swallowedExit(command: string): SwallowedExit | undefined {
  if (command.length > LONGEST_COMMAND) return undefined;
  const match = /^(.*?)(\s*\|\|\s*(true|:|exit 0|echo(\s+("[^"$`]*"|'[^']*'|[\w.,!:/-]+))*)\s*)$/.exec(command);
  if (!match?.[1] || !match[2]) return undefined;
  if (/["'(]/.test(unbalanced(match[1]))) return undefined;
  return { command: match[1], tail: match[2].trimEnd() };
}

/** The quote or bracket that a piece of shell leaves open, else ''. */
function unbalanced(text: string): string {
  let open = '';
  let depth = 0;
  for (const character of text) {
    if (open !== '') {
      if (character === open) open = '';
    } else if (character === '"' || character === "'") open = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
  }
  return open !== '' ? open : depth > 0 ? '(' : '';
}

const PROMOTES = alternatives(
  String.raw`\b`,
  String.raw`
    promot(e|es|ion|ing) deploy(s|ed|ment)? release roll[-\s]?out publish regist(er|ry) serve gto\sassign
    kubectl\s(apply|set\simage) helm\supgrade champion production
  `,
  String.raw`\b`,
  'i',
);

/** Whether a step makes a model live or hands it on. */
export function isPromotionStep(step: WorkflowStep): boolean {
  const run = step.run ? logicalLines(step.run.value).map(({ text }) => text) : [];
  return (
    PROMOTES.test(words(step.name ?? '')) || run.some((line) => !HOUSEKEEPING.test(line) && PROMOTES.test(words(line)))
  );
}
