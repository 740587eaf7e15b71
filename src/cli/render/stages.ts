import { TASK_STAGES, type TaskStage } from '../../contract/stage.js';
import type { StageState, TaskStatus } from '../../contract/status.js';
import { signs, type Terminal } from './terminal.js';

/** What a stage does, for the person who watches. */
const DOES: Record<TaskStage, string> = {
  map: 'how models are trained, registered, deployed and watched',
  assess: 'what could go wrong',
  plan: 'the smallest safe change',
  rehearse: 'prove it on a scratch copy',
  approve: 'a person decides',
  apply: 'write exactly the approved bytes',
  validate: 'prove it again on what landed',
  report: 'what was done and what is left',
};

/** One stage on one line: sign, name and what it does or gave. */
export function stageLine(stage: TaskStage, state: StageState, terminal: Terminal, note = DOES[stage]): string {
  const { style } = terminal;
  const sign = signs(terminal)[state];
  const coloured = {
    done: style.green,
    running: style.cyan,
    waiting: style.dim,
    skipped: style.dim,
    failed: style.red,
  }[state](sign);
  const room = terminal.width - 12;
  const ellipsis = signs(terminal).ellipsis;
  const short = note.length <= room ? note : `${note.slice(0, Math.max(0, room - ellipsis.length))}${ellipsis}`;
  return `${coloured} ${stage.padEnd(9)} ${style.dim(short)}`.trimEnd();
}

/** All stages of a task, one a line. */
export function renderStages(stages: TaskStatus['stages'], terminal: Terminal): string[] {
  return TASK_STAGES.map((stage) => stageLine(stage, stages[stage], terminal));
}
