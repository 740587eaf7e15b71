import { OUTCOME_SENTENCES, type Outcome } from '../../contract/outcome.js';
import type { TaskStatus } from '../../contract/status.js';
import { heading, paragraph, paragraphs } from './layout.js';
import { signs, type Terminal } from './terminal.js';

/** Good: proved or nothing to do. Bad: something is open. The others ended as a person or a rule wanted. */
const GOOD: readonly Outcome[] = ['verified', 'no_change_needed'];
const BAD: readonly Outcome[] = ['failed', 'applied_unverified'];

/** How a task ended and why, in the colour that it deserves; of one that failed the code, the place and the way out. */
export function renderOutcome(
  outcome: Outcome,
  sentence: string,
  terminal: Terminal,
  error?: TaskStatus['error'],
): string[] {
  const { style } = terminal;
  const good = GOOD.includes(outcome);
  const colour = good ? style.green : BAD.includes(outcome) ? style.red : style.yellow;
  const sign = good ? signs(terminal).done : BAD.includes(outcome) ? signs(terminal).failed : signs(terminal).skipped;
  return [
    ...heading('Outcome', '', terminal),
    `${colour(`${sign} ${outcome}`)}`,
    // The task's own sentence says the same as the outcome's, and more.
    ...paragraphs(sentence === '' ? OUTCOME_SENTENCES[outcome] : sentence, terminal, { indent: 2 }),
    ...(error === undefined
      ? []
      : [
          ...paragraph(error.code, terminal, { indent: 2, first: 'code:  ' }),
          ...(error.where === undefined ? [] : paragraph(error.where, terminal, { indent: 2, first: 'where: ' })),
          ...paragraph(error.mend, terminal, { indent: 2, first: 'mend:  ' }),
        ]),
  ];
}
