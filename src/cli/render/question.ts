import type { TaskStatus } from '../../contract/status.js';
import { heading, paragraph, verbatim } from './layout.js';
import type { Terminal } from './terminal.js';

export type Question = NonNullable<TaskStatus['question']>;

/** The open question: what is asked, of whom, until when, and of exactly which bytes. */
export function renderQuestion(question: Question, terminal: Terminal, blastRadius?: string): string[] {
  const { style } = terminal;
  const missing = Math.max(0, question.required - question.approvedBy.length);
  const fact = (name: string, value: string) => paragraph(value, terminal, { first: `${name.padEnd(9)} ` });
  return [
    ...heading('Question', `${missing} of ${question.required} approvals missing`, terminal),
    ...paragraph(question.summary, terminal, { style: style.bold }),
    ...(question.askedAgainBecause === undefined
      ? []
      : paragraph(`Asked again because ${question.askedAgainBecause}`, terminal, { style: style.yellow })),
    verbatim(`plan      ${question.plan}`, terminal),
    verbatim(`base      ${question.base}`, terminal),
    ...fact('until', question.deadline),
    ...fact('who may', question.whoMay.join(', ') || 'nobody'),
    ...(question.approvedBy.length > 0 ? fact('approved', question.approvedBy.join(', ')) : []),
    ...(blastRadius === undefined ? [] : fact('reach', blastRadius)),
  ];
}
