import { ERRORS } from '../contract/errors.js';
import type { CommandContext } from './context.js';
import { isErrorCode, renderError } from './render/error.js';
import type { SentAnswer } from './taskClient.js';

/** Tells what became of a message that was sent, and sets the exit code: 1 when it was refused. */
export function answerSent(context: CommandContext, task: string, answer: SentAnswer): void {
  context.answer(answer);
  if (!answer.judged || answer.accepted) {
    context.print([answer.message]);
    return;
  }
  context.exitCode = 1;
  if (context.json) return;
  const mend = isErrorCode(answer.code) ? ERRORS[answer.code].mend : 'Look at the task’s status.';
  // The gate appends the same advice to its message.
  const message = answer.message.endsWith(mend) ? answer.message.slice(0, -mend.length).trim() : answer.message;
  context.streams.err.write(`${renderError({ code: answer.code, message, where: task, mend }).join('\n')}\n`);
}
