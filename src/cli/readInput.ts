import { createReadStream } from 'node:fs';
import { MlopsError } from '../contract/errors.js';

/** Most that is read of a file or of standard input: 16 MiB, sixteen times the largest payload that is taken. */
export const MAX_INPUT_BYTES = 16 * 1024 * 1024;

/** What errors and messages call an input. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/**
 * Text of a file, or of standard input for `-`; a byte order mark before it is left out.
 * @throws MlopsError MLOPS-INPUT-002 when it can't be read, MLOPS-INPUT-001 when it is no UTF-8 or
 * larger than 16 MiB.
 */
export async function readInput(path: string, input: NodeJS.ReadableStream): Promise<string> {
  const bytes = await readBounded(path, path === '-' ? input : createReadStream(path));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-001', 'The input is not UTF-8.', {
      where: inputName(path),
      mend: 'Save it as UTF-8 and try again.',
      cause,
    });
  }
}

async function readBounded(path: string, stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk));
      length += chunk.length;
      if (length > MAX_INPUT_BYTES) break;
    }
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-002', `The file cannot be read: ${(cause as Error).message}`, {
      where: inputName(path),
      cause,
    });
  }
  if (length <= MAX_INPUT_BYTES) return Buffer.concat(chunks);
  throw new MlopsError('MLOPS-INPUT-001', `The input is larger than ${MAX_INPUT_BYTES} bytes.`, {
    where: inputName(path),
    mend: 'Make sure that it is the right file.',
  });
}
