/** How far the search for series came before it was at an end. */
export type Stage = 'labels' | 'fires' | 'turns' | 'lasts';

const STAGES: readonly Stage[] = ['labels', 'fires', 'turns', 'lasts'];

/** What was in the way where no series were found; what came furthest tells most. */
export class Obstacles {
  private found: { stage: number; text: string } | undefined;

  /** @param text a clause */
  add(stage: Stage, text: string): void {
    const rank = STAGES.indexOf(stage);
    if (this.found === undefined || rank > this.found.stage) this.found = { stage: rank, text };
  }

  get text(): string | undefined {
    return this.found?.text;
  }
}
