import { constants, openSync, readSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MlopsError } from '../../contract/errors.js';
import type { RuleFileText } from '../../proofs/alerts/prove/readRuleFiles.js';
import { readInput } from '../readInput.js';

/** Files that a folder may have; more are surely not meant. */
const MAX_FILES = 10_000;

/** A file that was named and can't be used, with the reason; the others are proved all the same. */
export interface UnreadFile {
  file: string;
  reason: string;
  /** How to mend it, where more is known than that it should be a rule file. */
  mend?: string;
}

/**
 * The texts of rule files; a folder stands for those `.yml` and `.yaml` files in and below it that
 * speak of rules (`alert:` or `record:`), in the order of their names, since other configuration
 * stands beside rules.
 */
export async function readAlertFiles(
  paths: readonly string[],
  input: NodeJS.ReadableStream,
): Promise<{ files: RuleFileText[]; unread: UnreadFile[] }> {
  const files: RuleFileText[] = [];
  const unread: UnreadFile[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    try {
      const kind = path === '-' ? undefined : await stat(path);
      const folder = kind?.isDirectory() === true;
      const found = folder ? await yamlFilesBelow(path) : [path];
      let used = 0;
      for (const file of found) {
        if (seen.has(file)) {
          used += 1;
          continue;
        }
        const reading = kind?.isFIFO() ? readPipe(file) : readInput(file, input);
        const text = await reading.catch((error: unknown) => {
          unread.push(unreadFile(file, error));
          return undefined;
        });
        if (folder && text !== undefined && !SPEAKS_OF_RULES.test(text)) continue;
        if (text !== undefined) files.push({ path: file, text });
        seen.add(file);
        used += 1;
      }
      if (used === 0) {
        const none = found.length === 0 ? 'no .yml or .yaml file' : `no rule in its ${found.length} YAML files`;
        unread.push({ file: path, reason: `the folder holds ${none}` });
      }
    } catch (error) {
      unread.push(unreadFile(path, error));
    }
  }
  return { files, unread };
}

/** A named pipe, as a shell makes for `<(command)`; opening one to which nobody writes would wait forever. */
async function readPipe(path: string): Promise<string> {
  // The socket closes the descriptor, which a file handle would do once more.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  try {
    const start = firstBytes(fd);
    if (start?.length === 0) {
      throw new MlopsError('MLOPS-INPUT-002', 'it is a pipe to which nothing writes', {
        where: path,
        mend: 'Start what writes to it first, or name a file.',
      });
    }
    return await readInput('-', Readable.from(joined(start, socket)));
  } finally {
    socket.destroy();
  }
}

/** What can be read at once: empty where nobody writes, undefined where somebody is yet to. */
function firstBytes(fd: number): Buffer | undefined {
  const bytes = Buffer.alloc(PIPE_BYTES);
  try {
    return bytes.subarray(0, readSync(fd, bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

const PIPE_BYTES = 4096;

async function* joined(start: Buffer | undefined, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (start !== undefined) yield start;
  yield* rest;
}

const SPEAKS_OF_RULES = /\b(?:alert|record)["']?\s*:/;
/** What the errors of the system that users meet mean, in words. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

function unreadFile(file: string, error: unknown): UnreadFile {
  const mend = error instanceof MlopsError ? error.mend : undefined;
  return { file, reason: reasonOf(error), ...(mend === undefined ? {} : { mend }) };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof MlopsError ? (error.cause ?? error) : error;
  const { code } = cause as NodeJS.ErrnoException;
  const system = code === undefined ? undefined : SYSTEM_ERRORS[code];
  return system ?? (error instanceof MlopsError ? error.message : `it can't be read: ${code}`);
}

async function yamlFilesBelow(path: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [path];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const child = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) folders.push(child);
      else if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) found.push(child);
    }
    if (found.length > MAX_FILES) throw new MlopsError('MLOPS-INPUT-001', `it holds more than ${MAX_FILES} YAML files`);
  }
  return found.sort();
}
