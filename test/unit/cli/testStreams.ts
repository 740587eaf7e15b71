import { Readable } from 'node:stream';
import type { Streams } from '../../../src/cli/context.js';

/** Streams that keep what is written; not a terminal. */
export function testStreams(
  options: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Streams & { stdout: () => string; stderr: () => string } {
  let stdout = '';
  let stderr = '';
  return {
    out: { write: (text) => void (stdout += text), columns: 100 },
    err: { write: (text) => void (stderr += text) },
    input: Readable.from(options.input === undefined ? [] : [options.input]),
    env: options.env ?? {},
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
