import type { TaskStatus } from '../../contract/status.js';
import { commandName } from '../commandName.js';
import { heading, paragraph, verbatim } from './layout.js';
import type { Terminal } from './terminal.js';
import { shownTime } from './time.js';

export type Question = NonNullable<TaskStatus['question']>;

/** The open question: what is asked, of whom, until when, and of exactly which bytes. */
export function renderQuestion(question: Question, terminal: Terminal, blastRadius?: string): string[] {
  const { style } = terminal;
  const fact = (name: string, value: string) => paragraph(value, terminal, { first: `${name.padEnd(9)} ` });
  return [
    ...heading('Question', `${question.approvedBy.length} of ${question.required} approvals given`, terminal),
    ...paragraph(question.summary, terminal, { style: style.bold }),
    ...(question.askedAgainBecause === undefined
      ? []
      : paragraph(`Asked again because ${question.askedAgainBecause}`, terminal, { style: style.yellow })),
    verbatim(`plan      ${question.plan}`, terminal),
    verbatim(`base      ${question.base}`, terminal),
    ...fact('until', shownTime(question.deadline)),
    ...fact('who may', question.whoMay.join(', ') || 'nobody'),
    ...(question.approvedBy.length > 0 ? fact('approved', question.approvedBy.join(', ')) : []),
    ...(blastRadius === undefined ? [] : fact('reach', blastRadius)),
  ];
}

/** The commands with which the question of a task is answered. */
export function renderHowToAnswer(task: string, terminal: Terminal): string[] {
  const command = (name: string) =>
    verbatim(`${commandName()} ${name} '${task}'`, terminal, { indent: 2, style: terminal.style.cyan });
  return [
    '',
    ...paragraph('To look at the plan, and to answer:', terminal),
    command('plan'),
    `${command('approve')} --as PERSON`,
  ];
}
