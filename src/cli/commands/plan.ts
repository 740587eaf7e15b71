import type { Command } from 'commander';
import { MlopsError } from '../../contract/errors.js';
import { renderPlan } from '../render/diff.js';
import { renderValidations } from '../render/probes.js';
import { renderQuestion } from '../render/question.js';
import { runs, type Shell } from '../shell.js';
import { readShownProposal } from '../shownProposal.js';

/** `plan`: exactly what an approval would bind. */
export function addPlan(program: Command, shell: Shell): void {
  const command = program
    .command('plan')
    .description('Show the plan that a task asks about: the exact diff, why, and what the rehearsal proved')
    .argument('<task>', 'id of the task')
    .option('--diff', 'print only the diff, as `git apply` takes it')
    .addHelpText(
      'after',
      '\nThe digest is computed again from the bytes that are shown.\n\nExample:\n  temporal-mlops plan chg/alertmanager/4f…\n',
    );
  runs<[string], { diff?: boolean }>(command, shell, async (context, options, task) => {
    await context.withTasks(async (tasks, _access, config) => {
      const store = context.store(config);
      const [status, reference] = [await tasks.status(task), await tasks.plan(task)];
      if (reference === null) {
        throw new MlopsError('MLOPS-APR-010', `The task has no plan; it is at ${status.stage}.`, { where: task });
      }
      const proposal = await readShownProposal(store, reference.artifact, reference.digest);
      context.answer(proposal);
      if (options.diff === true) {
        // Raw on purpose: this is for a file or a pipe; a terminal gets the escaped form without --diff.
        if (!context.json) context.streams.out.write(proposal.diff);
        return;
      }
      context.print([
        ...renderPlan(proposal, context.terminal),
        ...renderValidations('Rehearsal', proposal.validations, context.terminal),
        ...(status.question === undefined
          ? []
          : renderQuestion(status.question, context.terminal, proposal.blastRadius)),
        '',
        `digest ${proposal.digest}`,
      ]);
    });
  });
}
