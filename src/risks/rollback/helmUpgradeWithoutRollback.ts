import { applySplices } from '../../planning/yamlSplice.js';
import { evidenceOf, quoteLine, SubjectNumbering } from '../evidence.js';
import { hasModels } from '../modelRepository.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { type RunCommand, runCommands } from '../runCommands.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';
import { isInfrastructureImage } from '../servingContainer.js';
import { editOf } from '../textEdit.js';

const UPGRADE = /\bhelm3?\s+(?:-[\w-]+[= ]\S+\s+)*upgrade\b/;
const ROLLS_BACK = /--atomic\b|--rollback-on-failure\b|--dry-run\b|\bhelm\s+rollback\b/;
/** Options that stand in a variable can hold the flag. */
const UNKNOWN_OPTIONS = /\$[({]*[\w.]*(args|opts|options|flags)\b/i;

interface Site {
  command: RunCommand;
  /** What is read for flags: the command, or the whole task that wraps it. */
  text: string;
  finding: Finding;
}

/** A task such as Azure's `HelmDeploy@0` gives its options in keys beside, so its whole block counts. */
function taskAround({ snapshot }: RuleContext, { path, line }: RunCommand): string | undefined {
  const lines = snapshot.text(path)?.split(/\r?\n/) ?? [];
  const head = /^(\s*)-\s+task:/.exec(lines[line - 1] ?? '');
  if (!head) return undefined;
  const indent = (head[1] as string).length;
  const next = lines.findIndex((each, index) => index >= line && each.trim() !== '' && each.search(/\S/) <= indent);
  return lines.slice(line - 1, next === -1 ? undefined : next).join('\n');
}

/** Charts of well-known infrastructure, named as `repository/chart`, are not the model's own release. */
function isInfrastructureChart(command: string): boolean {
  return command.split(/\s+/).some((word) => /^[a-z][\w-]*\/[\w-]+$/i.test(word) && isInfrastructureImage(word));
}

function sitesIn(context: RuleContext): Site[] {
  if (!hasModels(context.facts)) return [];
  const numbering = new SubjectNumbering();
  return runCommands(context).flatMap((command) => {
    if (!UPGRADE.test(command.text) || !isScanned(command.path) || isOtherEnvironment(command.path)) return [];
    const task = taskAround(context, command);
    const text = task ?? command.text;
    if (ROLLS_BACK.test(text) || UNKNOWN_OPTIONS.test(text) || isInfrastructureChart(command.text)) return [];
    if (/\bhelm\s+rollback\b/.test(context.snapshot.text(command.path) ?? '')) return [];
    const { path, line } = command;
    return [
      {
        command,
        text,
        finding: {
          path,
          line,
          subject: numbering.next(path, 'helm upgrade'),
          message: `${path} upgrades a release that stays as it is when the upgrade fails.`,
          consequence: 'A release that fails half way keeps old and new objects side by side until a person cleans up.',
          evidence: evidenceOf(quoteLine(context.snapshot, path, line)),
          ...(task !== undefined
            ? { unfixableBecause: 'the flag belongs into the arguments of the task that wraps helm' }
            : UPGRADE.test(lineOf(context, path, line))
              ? {}
              : { unfixableBecause: 'the command does not stand on one line of the file' }),
        },
      },
    ];
  });
}

function lineOf({ snapshot }: RuleContext, path: string, line: number): string {
  return snapshot.text(path)?.split(/\r?\n/)[line - 1] ?? '';
}

/** RBK-004; basis: Helm's `upgrade` command. Helm 4 calls the flag `--rollback-on-failure` and still takes `--atomic`. */
export const helmUpgradeWithoutRollback: Rule = {
  id: 'RBK-004',
  name: 'helm-upgrade-without-rollback',
  area: 'rollback',
  stage: 'deployment',
  severity: 'medium',
  confidence: 'certain',
  summary: 'A Helm release that is not rolled back when its upgrade fails.',
  reads: 'workflows and pipelines of CI systems, Makefiles, shell scripts, Python code that runs commands',
  blocks: 'rollback',
  page: 'rollback/helm-upgrade-without-rollback.md',
  answers: ['other:helm-not-atomic'],
  check: (context) => sitesIn(context).map(({ finding }) => finding),
  fix(risk, context) {
    const site = sitesIn(context).find(({ finding }) => finding.path === risk.path && finding.subject === risk.subject);
    const text = context.snapshot.text(risk.path);
    if (!site || text === undefined || site.finding.unfixableBecause !== undefined) {
      return { unfixable: site?.finding.unfixableBecause ?? 'the command is no longer there' };
    }
    const start =
      text
        .split('\n')
        .slice(0, site.finding.line - 1)
        .join('\n').length + (site.finding.line > 1 ? 1 : 0);
    const match = UPGRADE.exec(lineOf(context, risk.path, site.finding.line));
    if (!match) return { unfixable: 'the command does not stand on one line of the file' };
    const at = start + match.index + match[0].length;
    return {
      edits: [editOf(risk.path, applySplices(text, [{ start: at, end: at, text: ' --atomic' }]))],
      reason: 'Helm waits for the new objects and puts the former release back when they do not become ready.',
      tradeOff: 'The job takes as long as the rollout does, and a failed release leaves no pods behind to look at.',
    };
  },
};
