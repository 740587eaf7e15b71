import type { ArtifactStore } from '../artifacts/artifactStore.js';
import { canonicalJson } from '../contract/canonicalJson.js';
import type { ArtifactRef } from '../contract/record.js';

/** Stores a value as canonical JSON; equal values give the same reference. */
export async function storeJson(store: ArtifactStore, value: unknown): Promise<ArtifactRef> {
  return { $artifact: await store.put(canonicalJson(value)) };
}

/** Reads back what {@link storeJson} stored; the hash is checked, so the type is what was stored. */
export async function readJson<T>(store: ArtifactStore, ref: ArtifactRef): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await store.get(ref.$artifact))) as T;
}
