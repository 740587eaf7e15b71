import { type Command, InvalidArgumentError } from 'commander';
import { renderTasks } from '../render/tasks.js';
import { runs, type Shell } from '../shell.js';

/** `tasks`: what runs and what ran. */
export function addTasks(program: Command, shell: Shell): void {
  const command = program
    .command('tasks')
    .description('List change tasks, the latest first')
    .option('--open', 'only tasks that have not ended')
    .option('--limit <n>', 'how many at most', parseLimit, 50)
    .addHelpText('after', '\nExample:\n  temporal-mlops tasks --open\n');
  runs<[], { open?: boolean; limit: number }>(command, shell, async (context, options) => {
    await context.withTasks(async (tasks) => {
      const found = await tasks.list({ limit: options.limit, open: options.open === true });
      context.print(renderTasks(found, context.terminal));
      context.answer(found);
    });
  });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new InvalidArgumentError('a whole number from 1 to 10000');
  return limit;
}
