/** Thrown when Ctrl-C ended a command that had to clean up first. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
