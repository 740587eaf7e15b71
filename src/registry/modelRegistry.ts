import type { MoveAlias } from '../contract/operation.js';

export interface ModelVersion {
  version: string;
  /** Commit that the version is of. */
  commit: string;
}

/** Where a version came from, as its registration recorded it. What is missing or malformed there is missing here. */
export interface Provenance {
  /** Path of the artifact in the repository, or its URI. */
  artifact?: string;
  /** SHA-256 of the artifact, 64 lower-case hex digits. */
  sha256?: string;
  /** MD5 of the training data as DVC records it, possibly with `.dir`. */
  dataMd5?: string;
  /** When it was evaluated: RFC 3339. */
  evaluatedAt?: string;
}

/** What a change task needs of a model registry, whichever product keeps it. Data in memory, read at one time. */
export interface ModelRegistry {
  /** Names of the models that have a version or an alias, sorted. */
  models(): string[];
  /** Registered versions, the highest first. */
  versions(model: string): ModelVersion[];
  /** The resolved state: `model@alias` → version. */
  aliases(): Map<string, string>;
  provenance(model: string, version: string): Provenance | undefined;
  /**
   * The operation that moves the alias to the version.
   * @throws MlopsError MLOPS-INPUT-001 for an unknown version, a malformed name, or when the alias is there already
   */
  planAliasMove(model: string, alias: string, toVersion: string, closes?: string[]): MoveAlias;
  /** The operation that brings the alias back to where the move found it. */
  inverse(move: MoveAlias): MoveAlias;
  /**
   * The compare of a compare-and-set, to be made after a fresh read just before the move is written.
   * @throws MlopsError MLOPS-GIT-010 when the alias is no longer at `move.from`, or the move is no longer the next
   */
  assertStillNext(move: MoveAlias): void;
}

/** Key of {@link ModelRegistry.aliases}. */
export function aliasKey(model: string, alias: string): string {
  return `${model}@${alias}`;
}
