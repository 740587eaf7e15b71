import type { TaskSummary } from '../taskClient.js';
import { columnsOf, paragraph } from './layout.js';
import type { Terminal } from './terminal.js';
import { shownTime } from './time.js';
import { visible } from './visible.js';

/** Tasks, one an entry: its id, and what it is at. */
export function renderTasks(tasks: readonly TaskSummary[], terminal: Terminal): string[] {
  if (tasks.length === 0) return ['No tasks. Start one with `temporal-mlops start --help`.'];
  const { style } = terminal;
  return tasks.flatMap((task) => {
    const state =
      task.outcome !== undefined && task.outcome !== 'running'
        ? task.outcome
        : task.awaiting === 'approval'
          ? 'awaits approval'
          : (task.stage ?? task.execution);
    const facts = [state, task.target ?? '', task.severity ?? '', shownTime(task.startedAt)]
      .filter((fact) => fact !== '')
      .join('  ');
    // Ids are for copying, so they are never cut or wrapped.
    const id = visible(task.task, terminal);
    const joined = columnsOf(id) + 2 + columnsOf(facts) <= terminal.width;
    return joined ? [`${style.bold(id)}  ${facts}`] : [style.bold(id), ...paragraph(facts, terminal, { indent: 2 })];
  });
}
