import { describe, it } from 'vitest';

/**
 * Whether the real promtool and amtool are there, as test/support/tools.ts found them. Where they
 * are not, the tests of {@link describeWithPromTools} and {@link itWithPromTools} are reported as
 * skipped, and the suite's name says why: nothing is skipped silently, and nothing passes that did
 * not run.
 */
const missing = (['PROMTOOL', 'AMTOOL'] as const)
  .filter((name) => !process.env[name])
  .map((name) => name.toLowerCase());

const reason = `(not run: ${missing.join(' and ')} not found)`;

/** `describe` for what runs the real promtool or amtool. */
export function describeWithPromTools(name: string, tests: () => void): void {
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name} ${reason}`, tests);
}

/** `it` for what runs the real promtool or amtool. */
export function itWithPromTools(name: string, test: () => void | Promise<void>): void {
  if (missing.length === 0) it(name, test);
  else it.skip(`${name} ${reason}`, test);
}
