import type { Command } from 'commander';
import { OUTCOME_EXIT_CODES } from '../../contract/outcome.js';
import type { TaskStatus } from '../../contract/status.js';
import type { CommandContext } from '../context.js';
import { followTask, type TaskEvent } from '../followTask.js';
import { renderOutcome } from '../render/outcome.js';
import { renderHowToAnswer, renderQuestion } from '../render/question.js';
import { stageLine } from '../render/stages.js';
import { renderStatus, timelineLines } from '../render/status.js';
import { runs, type Shell } from '../shell.js';

/** `status`: one task, now or until it ends. */
export function addStatus(program: Command, shell: Shell): void {
  const command = program
    .command('status')
    .description('Show how far a task is, what it waits for and what happened')
    .argument('<task>', 'id of the task, as `temporal-mlops tasks` lists it')
    .option('--watch', 'go on telling what happens until the task ends; exit with its outcome')
    .option('--wait', 'only wait for the end; exit with its outcome')
    .addHelpText(
      'after',
      '\nExamples:\n  temporal-mlops status chg/alertmanager/4f…\n  temporal-mlops status chg/alertmanager/4f… --watch\n',
    );
  runs<[string], { watch?: boolean; wait?: boolean }>(command, shell, async (context, options, task) => {
    await context.withTasks(async (tasks) => {
      if (options.wait === true) {
        await tasks.result(task);
      }
      if (options.watch === true) {
        const last = await watch(context, () => tasks.status(task), tasks.result(task));
        if (last?.outcome !== undefined) context.exitCode = OUTCOME_EXIT_CODES[last.outcome];
        return;
      }
      const status = await tasks.status(task);
      context.print(renderStatus(status, context.terminal));
      context.answer(status);
      if (options.wait === true && status.outcome !== undefined) context.exitCode = OUTCOME_EXIT_CODES[status.outcome];
    });
  });
}

/** Tells each event on a line as it happens; with --json each event is one line of JSON. */
async function watch(
  context: CommandContext,
  readStatus: () => Promise<TaskStatus>,
  ended: Promise<unknown>,
): Promise<TaskStatus | undefined> {
  let last: TaskStatus | undefined;
  const onWorker = (answering: boolean) =>
    context.progress(answering ? 'A worker answers again.' : 'No worker answers; waiting …');
  for await (const { status, events } of followTask(readStatus, { onWorker, ended })) {
    last = status;
    for (const event of events) {
      if (context.json) context.streams.out.write(`${JSON.stringify(event)}\n`);
      else context.print(eventLines(event, status, context));
    }
  }
  return last;
}

function eventLines(event: TaskEvent, status: TaskStatus, { terminal }: CommandContext): string[] {
  switch (event.kind) {
    case 'stage':
      return [stageLine(event.stage, event.state, terminal)];
    case 'timeline':
      return timelineLines(event.entry, terminal);
    case 'proposal':
      return [];
    case 'question':
      return [...renderQuestion(event.question, terminal), ...renderHowToAnswer(status.task, terminal)];
    case 'outcome':
      return renderOutcome(event.outcome, status.sentence, terminal, status.error);
  }
}
