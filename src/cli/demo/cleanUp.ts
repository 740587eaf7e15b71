/** What must be undone at the end, in reverse order of its making; runs once, whoever asks first. */
export class CleanUp {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    // One that fails must not keep the others from running: a server left behind is worse than a lost error.
    for (const step of this.#steps.toReversed()) await step().catch(() => undefined);
  }
}
