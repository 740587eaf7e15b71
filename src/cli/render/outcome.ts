import { OUTCOME_SENTENCES, type Outcome } from '../../contract/outcome.js';
import { heading, paragraph } from './layout.js';
import { signs, type Terminal } from './terminal.js';

/** Good: proved or nothing to do. Bad: something is open. The others ended as a person or a rule wanted. */
const GOOD: readonly Outcome[] = ['verified', 'no_change_needed'];
const BAD: readonly Outcome[] = ['failed', 'applied_unverified'];

/** How a task ended and why, in the colour that it deserves. */
export function renderOutcome(outcome: Outcome, sentence: string, terminal: Terminal): string[] {
  const { style } = terminal;
  const good = GOOD.includes(outcome);
  const colour = good ? style.green : BAD.includes(outcome) ? style.red : style.yellow;
  const sign = good ? signs(terminal).done : BAD.includes(outcome) ? signs(terminal).failed : signs(terminal).skipped;
  return [
    ...heading('Outcome', '', terminal),
    `${colour(`${sign} ${outcome}`)}`,
    ...paragraph(OUTCOME_SENTENCES[outcome], terminal, { indent: 2 }),
    ...(sentence === '' || sentence === OUTCOME_SENTENCES[outcome]
      ? []
      : paragraph(sentence, terminal, { indent: 2, style: style.dim })),
  ];
}
