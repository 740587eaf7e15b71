import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import type { ArtifactStore } from './artifactStore.js';

/**
 * The artifact store in a folder: `objects/ab/cdef…`, `records/<task>.json` and `index/<task>.json`.
 * Every write goes to a temporary name and is renamed, so that a kill leaves the old content or the new.
 */
export class FileArtifactStore implements ArtifactStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(content: string | Uint8Array): Promise<string> {
    const sha256 = sha256Hex(content);
    const path = this.#objectPath(sha256);
    // What is there already may be the rest of a disk that was full; only equal content counts as stored.
    const existing = await readFile(path).catch(() => undefined);
    if (existing === undefined || sha256Hex(existing) !== sha256) await this.#replace(path, content);
    return sha256;
  }

  async get(sha256: string): Promise<Uint8Array> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new MlopsError('MLOPS-ART-001', 'an artifact is named by 64 hex digits', { where: sha256.slice(0, 80) });
    }
    let content: Uint8Array;
    try {
      content = await readFile(this.#objectPath(sha256));
    } catch (cause) {
      throw new MlopsError('MLOPS-ART-001', `no artifact ${sha256}`, { where: this.#directory, cause });
    }
    if (sha256Hex(content) !== sha256) {
      throw new MlopsError('MLOPS-ART-001', `artifact ${sha256} was altered`, { where: this.#directory });
    }
    return content;
  }

  async putRecord(name: string, text: string): Promise<void> {
    await this.#replace(join(this.#directory, 'records', `${safeName(name)}.json`), text);
  }

  async getRecord(name: string): Promise<string | undefined> {
    return readFile(join(this.#directory, 'records', `${safeName(name)}.json`), 'utf8').catch(() => undefined);
  }

  async putIndex(name: string, line: unknown): Promise<void> {
    await this.#replace(join(this.#directory, 'index', `${safeName(name)}.json`), `${JSON.stringify(line)}\n`);
  }

  async index(): Promise<unknown[]> {
    const directory = join(this.#directory, 'index');
    const names = await readdir(directory).catch(() => [] as string[]);
    const lines = names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8')) as unknown);
    return Promise.all(lines);
  }

  /** Whether the folder can be written, for `doctor`. */
  async writable(): Promise<boolean> {
    try {
      const path = join(this.#directory, `.probe-${randomUUID()}`);
      await mkdir(this.#directory, { recursive: true });
      await writeFile(path, '');
      await stat(path);
      await rm(path);
      return true;
    } catch {
      return false;
    }
  }

  #objectPath(sha256: string): string {
    return join(this.#directory, 'objects', sha256.slice(0, 2), sha256.slice(2));
  }

  async #replace(path: string, content: string | Uint8Array): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    try {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(temporary, content);
      await rename(temporary, path);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw new MlopsError('MLOPS-ART-002', 'the artifact store could not be written', {
        where: this.#directory,
        cause,
      });
    }
  }
}

function safeName(name: string): string {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name))
    throw new MlopsError('MLOPS-ART-002', 'not a name of a record', { where: name.slice(0, 80) });
  return name;
}
