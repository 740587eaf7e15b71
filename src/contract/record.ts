import { digestOf } from './digest.js';

/** Kinds of record entries, roughly in the order in which a task writes them. */
export type RecordKind =
  | 'opened'
  | 'resolved'
  | 'mapped'
  | 'assessed'
  | 'planned'
  | 'asked'
  | 'decision'
  | 'signal'
  | 'moved'
  | 'quorum'
  | 'applied'
  | 'write-refused'
  | 'validated'
  | 'undone'
  | 'ended';

/** One entry of a task's record: a hash chain in which each entry names the hash of the one before. */
export interface RecordEntry {
  seq: number;
  /** The workflow's time, RFC 3339 in UTC. */
  at: string;
  kind: RecordKind;
  /** Plain JSON; large things stand in it as `{"$artifact": "<sha256>"}`. */
  data: unknown;
  /** Hash of the entry before; 64 zeros for the first. */
  prev: string;
  /** SHA-256 over the canonical JSON of `{seq, at, kind, data, prev}`. */
  hash: string;
}

export const RECORD_GENESIS = '0'.repeat(64);

/** Makes the entry that follows `last`. Pure; the workflow and the verifier share it. */
export function nextEntry(last: RecordEntry | undefined, at: string, kind: RecordKind, data: unknown): RecordEntry {
  const body = { seq: (last?.seq ?? -1) + 1, at, kind, data, prev: last?.hash ?? RECORD_GENESIS };
  return { ...body, hash: digestOf(body) };
}

/** The hash that an entry should have. */
export function entryHash(entry: RecordEntry): string {
  const { hash: _hash, ...body } = entry;
  return digestOf(body);
}

/** A reference to content in the artifact store. */
export interface ArtifactRef {
  $artifact: string;
}

/**
 * The exported record, verifiable offline. The file holds the canonical JSON (RFC 8785) of this and
 * one line feed, so that every altered byte is caught.
 */
export interface RecordFile {
  format: 'temporal-mlops/record/1';
  task: string;
  run: string;
  /** `<installation>/<namespace>/<tenant>`. */
  audience: string;
  entries: RecordEntry[];
  /** SHA-256 → content, UTF-8 text; everything that the entries refer to. */
  artifacts: Record<string, string>;
  /** Compact JWS (EdDSA, typ `mlops-record+jwt`) over `{task, run, audience, head, entries}` (`head`: hash of the last entry; `entries`: their number) by the installation's record key. */
  signature: string;
  /** Public record key (JWK, OKP Ed25519) with which the signature was made; trusted only through an anchor. */
  recordKey: { kty: 'OKP'; crv: 'Ed25519'; x: string; kid: string };
}
