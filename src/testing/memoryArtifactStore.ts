import type { ArtifactStore } from '../artifacts/artifactStore.js';
import { sha256Hex } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';

/** An artifact store in memory, for tests of what uses one. */
export class MemoryArtifactStore implements ArtifactStore {
  readonly #objects = new Map<string, Uint8Array>();
  readonly #records = new Map<string, string>();
  readonly #index = new Map<string, unknown>();

  async put(content: string | Uint8Array): Promise<string> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
    const sha256 = sha256Hex(bytes);
    this.#objects.set(sha256, bytes);
    return sha256;
  }

  async get(sha256: string): Promise<Uint8Array> {
    const found = this.#objects.get(sha256);
    if (!found) throw new MlopsError('MLOPS-ART-001', `no artifact ${sha256}`, { where: 'memory' });
    return found;
  }

  async putRecord(name: string, text: string): Promise<void> {
    this.#records.set(name, text);
  }

  async getRecord(name: string): Promise<string | undefined> {
    return this.#records.get(name);
  }

  async putIndex(name: string, line: unknown): Promise<void> {
    this.#index.set(name, line);
  }

  async index(): Promise<unknown[]> {
    return [...this.#index.values()];
  }
}
