import type { DecisionClaims } from '../../contract/decision.js';
import type { Proposal } from '../../contract/plan.js';
import type { Asker } from '../ask.js';
import { renderDiffLines } from '../render/diff.js';
import type { Screen } from './screen.js';

/** What is signed and sent. */
export interface ChosenDecision {
  verdict: DecisionClaims['verdict'];
  comment: string;
}

const CHOICES = [
  { value: 'approve', label: 'approve: write exactly these bytes' },
  { value: 'reject', label: 'reject: end the task, change nothing' },
  { value: 'revise', label: 'revise: send it back with a comment' },
  { value: 'diff', label: 'show the whole diff' },
] as const;

/** Asks until there is a decision; `undefined` when no answer comes any more. */
export async function chooseDecision(
  asker: Asker,
  proposal: Proposal,
  screen: Screen,
): Promise<ChosenDecision | undefined> {
  for (;;) {
    const choice = await asker.select(`Plan ${proposal.digest.slice(0, 16)}: what do you say?`, CHOICES);
    if (choice === undefined) return undefined;
    if (choice === 'diff') {
      screen.print(['', ...renderDiffLines(proposal.diff.replace(/\n$/, '').split('\n'), screen.terminal), '']);
      continue;
    }
    if (choice !== 'revise') return { verdict: choice, comment: '' };
    const comment = await asker.text('What should be different?');
    if (comment === undefined) return undefined;
    if (comment.trim() !== '') return { verdict: 'revise', comment: comment.trim() };
    screen.print(['A revision needs a comment.']);
  }
}
