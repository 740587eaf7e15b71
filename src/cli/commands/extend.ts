import type { Command } from 'commander';
import { signExtend } from '../../approval/tokens.js';
import { MAX_EXTENSIONS } from '../../contract/decision.js';
import { MlopsError } from '../../contract/errors.js';
import { durationMs, durationSchema } from '../../contract/policy.js';
import { extendClaims } from '../claims.js';
import { answerSent } from '../sentAnswer.js';
import { runs, type Shell } from '../shell.js';
import { type SignerOptions, signerOf } from '../signerKey.js';
import { WrongUsage } from '../wrongUsage.js';

/** `extend`: an approver moves the deadline of the open question. */
export function addExtend(program: Command, shell: Shell): void {
  const command = program
    .command('extend')
    .description(`Move the deadline of the open question, at most ${MAX_EXTENSIONS} times`)
    .argument('<task>', 'id of the task')
    .requiredOption('--by <duration>', 'from the present deadline: 30m, 4h, 2d; at most 7d')
    .option('--as <person>', 'your id in the policy (default: TEMPORAL_MLOPS_PERSON, or the name of the key file)')
    .option('--key <file>', 'your key (default: ~/.config/temporal-mlops/keys/<person>.jwk)')
    .addHelpText('after', '\nExample:\n  temporal-mlops extend chg/alertmanager/4f… --by 4h --as alice\n');
  runs<[string], SignerOptions & { by: string }>(command, shell, async (context, options, task) => {
    const seconds = secondsOf(options.by);
    const signer = await signerOf(options, context.streams.env);
    await context.withTasks(async (tasks) => {
      const status = await tasks.status(task);
      if (status.question === undefined)
        throw new MlopsError('MLOPS-APR-010', `No question is open; the task is at ${status.stage}.`, { where: task });
      const claims = extendClaims({ name: status, person: signer.person }, { plan: status.question.plan, seconds });
      answerSent(context, task, await tasks.extend(task, await signExtend(signer.key, claims), claims.jti));
    });
  });
}

/** From one minute to seven days, as the claims allow. */
function secondsOf(duration: string): number {
  const seconds = durationSchema.safeParse(duration).success ? durationMs(duration) / 1000 : 0;
  if (seconds >= 60 && seconds <= 7 * 24 * 3600) return seconds;
  throw new WrongUsage('The extension is no duration from 1m to 7d.', {
    where: '--by',
    mend: 'Write it as 30m, 4h or 2d.',
  });
}
