import type { Command } from 'commander';
import { signWithdraw } from '../../approval/tokens.js';
import type { TaskStatus } from '../../contract/status.js';
import { storeHere, taskName } from '../askedTask.js';
import { withdrawClaims } from '../claims.js';
import { answerSent } from '../sentAnswer.js';
import { runs, type Shell } from '../shell.js';
import { type SignerOptions, signerOf } from '../signerKey.js';

/** `withdraw`: a person ends a task before anything is written. */
export function addWithdraw(program: Command, shell: Shell): void {
  const command = program
    .command('withdraw')
    .description('End a task before anything is changed')
    .argument('<task>', 'id of the task')
    .option('--comment <text>', 'why; stands in the report', '')
    .option('--as <person>', 'your id in the policy (default: TEMPORAL_MLOPS_PERSON, or the name of the key file)')
    .option('--key <file>', 'your key (default: ~/.config/temporal-mlops/keys/<person>.jwk)')
    .addHelpText(
      'after',
      '\nExample:\n  temporal-mlops withdraw chg/alertmanager/4f… --as alice --comment "fixed by hand"\n',
    );
  runs<[string], SignerOptions & { comment: string }>(command, shell, async (context, options, task) => {
    const signer = await signerOf(options, context.streams.env);
    await context.withTasks(async (tasks, _access, config) => {
      const name = await taskName(tasks, await storeHere(config), task);
      const token = await signWithdraw(signer.key, withdrawClaims({ name, person: signer.person }, options.comment));
      const told = 'timeline' in name ? (name as TaskStatus).timeline.length : undefined;
      const sent = await tasks.withdraw(task, token);
      // A signal has no answer, but what it was refused for stands in the timeline.
      const after = told === undefined ? undefined : await tasks.status(task).catch(() => undefined);
      const refused = after?.timeline.slice(told).find((entry) => entry.refused !== undefined)?.refused;
      answerSent(
        context,
        task,
        refused === undefined ? sent : { judged: true, accepted: false, code: refused.code, message: refused.reason },
      );
    });
  });
}
