import { createInterface } from 'node:readline/promises';
import * as prompts from '@clack/prompts';
import { Interrupted } from './interrupted.js';

/** Somebody who can be asked; `undefined` is no answer: the input has ended. Ctrl-C throws {@link Interrupted}. */
export interface Asker {
  select<T extends string>(question: string, choices: readonly { value: T; label: string }[]): Promise<T | undefined>;
  text(question: string): Promise<string | undefined>;
  close(): void;
}

export interface AskerStreams {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  out: { write(text: string): unknown };
}

/** Asks with the arrow keys on a terminal, and by numbered lines on a pipe. */
export function askerFor(streams: AskerStreams, interactive: boolean): Asker {
  return interactive ? new PromptAsker() : new LineAsker(streams);
}

class PromptAsker implements Asker {
  async select<T extends string>(
    question: string,
    choices: readonly { value: T; label: string }[],
  ): Promise<T | undefined> {
    const answer = await prompts.select<string>({
      message: question,
      options: choices.map(({ value, label }) => ({ value, label })),
    });
    if (prompts.isCancel(answer)) throw new Interrupted();
    return answer as T;
  }

  async text(question: string): Promise<string | undefined> {
    const answer = await prompts.text({ message: question });
    if (prompts.isCancel(answer)) throw new Interrupted();
    return answer;
  }

  close(): void {}
}

/** Lines are queued, so that answers may be piped in before they are asked for. */
class LineAsker implements Asker {
  readonly #streams: AskerStreams;
  readonly #reader: ReturnType<typeof createInterface>;
  readonly #lines: AsyncIterator<string>;

  constructor(streams: AskerStreams) {
    this.#streams = streams;
    this.#reader = createInterface({ input: streams.input, terminal: false });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async select<T extends string>(
    question: string,
    choices: readonly { value: T; label: string }[],
  ): Promise<T | undefined> {
    for (;;) {
      const listed = choices.map(({ label }, index) => `  ${index + 1}) ${label}`);
      const answer = await this.text(`${question}\n${listed.join('\n')}\nNumber or word:`);
      if (answer === undefined) return undefined;
      const word = answer.toLowerCase();
      const chosen = choices[Number(word) - 1] ?? choices.find(({ value }) => value === word);
      if (chosen !== undefined) return chosen.value;
      this.#streams.out.write(`Please answer with a number from 1 to ${choices.length}.\n`);
    }
  }

  async text(question: string): Promise<string | undefined> {
    this.#streams.out.write(`${question} `);
    const next = await this.#lines.next();
    this.#streams.out.write('\n');
    return next.done === true ? undefined : next.value.trim();
  }

  close(): void {
    this.#reader.close();
  }
}
