import type { Command } from 'commander';
import { signDecision } from '../../approval/tokens.js';
import type { DecisionClaims } from '../../contract/decision.js';
import { MlopsError } from '../../contract/errors.js';
import type { Proposal } from '../../contract/plan.js';
import type { TaskStatus } from '../../contract/status.js';
import { askerFor } from '../ask.js';
import { askedTask, storeHere } from '../askedTask.js';
import { decisionClaims } from '../claims.js';
import type { CommandContext } from '../context.js';
import { assertPlanPrefix } from '../planPrefix.js';
import { renderPlan } from '../render/diff.js';
import { renderValidations } from '../render/probes.js';
import { renderQuestion } from '../render/question.js';
import { answerSent } from '../sentAnswer.js';
import { runs, type Shell } from '../shell.js';
import { type SignerOptions, signerOf } from '../signerKey.js';
import { WrongUsage } from '../wrongUsage.js';

interface DecideOptions extends SignerOptions {
  plan?: string;
  comment?: string;
  printToken?: boolean;
}

const VERDICTS: { verdict: DecisionClaims['verdict']; does: string; example: string }[] = [
  { verdict: 'approve', does: 'Approve exactly the plan that is asked about', example: '--plan 3f9c0a41d2be' },
  {
    verdict: 'reject',
    does: 'Reject the plan; the task ends and nothing is changed',
    example: '--plan 3f9c0a41d2be --comment "not during the sale"',
  },
  {
    verdict: 'revise',
    does: 'Send the plan back with a comment; a new plan is asked about',
    example: '--plan 3f9c0a41d2be --comment "leave the severity label alone"',
  },
];

/** `approve`, `reject` and `revise`: one person's signed answer to the open question. */
export function addDecisions(program: Command, shell: Shell): void {
  for (const { verdict, does, example } of VERDICTS) {
    const command = program
      .command(verdict)
      .description(does)
      .argument('<task>', 'id of the task')
      .option('--plan <digest>', 'digest of the plan, or at least its first 12 digits; needed when nobody can be asked')
      .option(
        '--comment <text>',
        verdict === 'revise' ? 'what should be different (needed)' : 'why; stands in the report',
      )
      .option('--as <person>', 'your id in the policy (default: TEMPORAL_MLOPS_PERSON, or the name of the key file)')
      .option('--key <file>', 'your key (default: ~/.config/temporal-mlops/keys/<person>.jwk)')
      .option('--print-token', 'print the signed token and send nothing')
      .addHelpText('after', helpText(verdict, example));
    runs<[string], DecideOptions>(command, shell, (context, options, task) => decide(context, options, task, verdict));
  }
}

function helpText(verdict: string, example: string): string {
  return `
On a terminal the plan is shown and you are asked. In a script name the plan:
  temporal-mlops ${verdict} chg/alertmanager/4f… --as alice ${example}

The token can also be sent with Temporal's own command line:
  temporal workflow signal --workflow-id TASK --name decide --input "\\"$(temporal-mlops ${verdict} TASK ${example} --print-token)\\""
`;
}

async function decide(
  context: CommandContext,
  options: DecideOptions,
  task: string,
  verdict: DecisionClaims['verdict'],
): Promise<void> {
  const signer = await signerOf(options, context.streams.env);
  await context.withTasks(async (tasks, _access, config) => {
    const { name, question, proposal } = await askedTask(tasks, await storeHere(config), task);
    if (options.plan !== undefined) assertPlanPrefix(options.plan, question.plan);
    else if (!context.interactive) {
      throw new WrongUsage('The plan must be named when nobody can be asked.', {
        where: '--plan',
        mend: 'Take the digest from `temporal-mlops plan TASK`: --plan DIGEST.',
      });
    }
    const comment = await confirmed(context, options, verdict, question, proposal);
    if (comment === undefined) {
      context.print(['Nothing was sent.']);
      context.exitCode = 1;
      return;
    }
    const claims = decisionClaims({ name, person: signer.person }, { plan: question.plan, verdict, comment });
    const token = await signDecision(signer.key, claims);
    if (options.printToken === true) {
      context.streams.out.write(context.json ? `${JSON.stringify({ token })}\n` : `${token}\n`);
      return;
    }
    answerSent(context, task, await tasks.decide(task, token, claims.jti));
  });
}

/** The comment to sign, once a person has agreed; `undefined` when they have not. */
async function confirmed(
  context: CommandContext,
  options: DecideOptions,
  verdict: DecisionClaims['verdict'],
  question: NonNullable<TaskStatus['question']>,
  proposal: Proposal | undefined,
): Promise<string | undefined> {
  const comment = options.comment ?? '';
  if (options.plan !== undefined) {
    if (proposal === undefined)
      context.progress('The plan’s content was not checked here: the worker’s dataDir is not on this machine.');
    if (verdict === 'revise' && comment.trim() === '')
      throw new MlopsError('MLOPS-APR-011', 'A revision needs a comment.', { where: '--comment' });
    return comment;
  }
  if (proposal === undefined && verdict === 'approve') {
    throw new MlopsError(
      'MLOPS-ART-001',
      'The whole plan cannot be shown here, so it cannot be approved without naming it.',
      {
        where: context.configPath,
        mend: 'Run this where the worker’s dataDir is, or name the plan that you looked at elsewhere: --plan DIGEST.',
      },
    );
  }
  const { terminal } = context;
  if (proposal !== undefined) {
    context.print([
      ...renderPlan(proposal, terminal),
      ...renderValidations('Rehearsal', proposal.validations, terminal),
    ]);
  }
  context.print(renderQuestion(question, terminal, proposal?.blastRadius));
  const asker = askerFor(context.streams, true);
  const answer = await asker.select(`${verdict} plan ${question.plan.slice(0, 16)}?`, [
    { value: 'no', label: 'no' },
    { value: 'yes', label: `yes, ${verdict}` },
  ]);
  if (answer !== 'yes') return undefined;
  if (verdict !== 'revise' || comment.trim() !== '') return comment;
  const asked = await asker.text('What should be different?');
  return asked?.trim() ? asked.trim() : undefined;
}
