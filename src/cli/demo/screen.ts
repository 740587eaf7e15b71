import type { Terminal } from '../render/terminal.js';

/** Where the demo writes: lines that stay, and on a terminal one last line that is drawn over. */
export class Screen {
  readonly terminal: Terminal;
  readonly #write: (text: string) => unknown;
  readonly #silent: boolean;
  #transient = false;

  constructor(terminal: Terminal, write: (text: string) => unknown, options: { silent?: boolean } = {}) {
    this.terminal = terminal;
    this.#write = write;
    this.#silent = options.silent === true;
  }

  print(lines: readonly string[]): void {
    if (this.#silent || lines.length === 0) return;
    this.clear();
    this.#write(`${lines.join('\n')}\n`);
  }

  /** Shows what goes on now; where lines can't be drawn over nothing is written. */
  now(line: string): void {
    if (this.#silent || !this.terminal.interactive) return;
    this.clear();
    this.#write(line);
    this.#transient = true;
  }

  /** Takes away what was shown as going on. */
  clear(): void {
    // Back to the first column, then erase to the end of the line (ECMA-48, EL).
    if (this.#transient) this.#write('\r\u001b[K');
    this.#transient = false;
  }
}
