import type { Outcome } from '../contract/outcome.js';

/** Thrown by a stage when the task ends there; the workflow's main function turns it into the outcome. */
export class TaskEnd extends Error {
  override readonly name = 'TaskEnd';
  readonly outcome: Outcome;
  readonly reasons: string[];

  constructor(outcome: Outcome, sentence: string, reasons: string[] = []) {
    super(sentence);
    this.outcome = outcome;
    this.reasons = reasons;
  }
}
