/**
 * Content by its SHA-256. Histories and records carry the hash; whoever shows the content checks it.
 * All workers and doors of a task queue must see the same store.
 */
export interface ArtifactStore {
  /** Stores content and returns its SHA-256, 64 hex digits. Storing the same content again changes nothing. */
  put(content: string | Uint8Array): Promise<string>;
  /**
   * The content with this hash.
   * @throws MlopsError MLOPS-ART-001 when it is absent or no longer has the hash.
   */
  get(sha256: string): Promise<Uint8Array>;
  /** The latest record of a task, replaced as a whole. `name` is the digest of the task's id. */
  putRecord(name: string, text: string): Promise<void>;
  getRecord(name: string): Promise<string | undefined>;
  /** Adds or replaces a line of the index of tasks, which outlives Temporal's retention. */
  putIndex(name: string, line: unknown): Promise<void>;
  index(): Promise<unknown[]>;
}

/** Canonical JSON in, reference out. */
export function artifactText(content: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(content);
}
