import { z } from 'zod';
import type { SigningKey } from '../approval/keys.js';
import { signRecord } from '../approval/tokens.js';
import type { TaskIdentity } from '../contract/activities.js';
import { canonicalJson } from '../contract/canonicalJson.js';
import { sha256Hex } from '../contract/digest.js';
import { MlopsError } from '../contract/errors.js';
import { RECORD_GENESIS, type RecordEntry, type RecordFile, type RecordKind } from '../contract/record.js';

/** Upper bound of a record file that is read, in bytes. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const RECORD_KINDS = [
  'opened',
  'resolved',
  'mapped',
  'assessed',
  'planned',
  'asked',
  'decision',
  'signal',
  'moved',
  'quorum',
  'applied',
  'write-refused',
  'validated',
  'undone',
  'ended',
] as const satisfies readonly RecordKind[];

const recordFileSchema = z.strictObject({
  format: z.literal('temporal-mlops/record/1'),
  task: z.string().min(1),
  run: z.string().min(1),
  audience: z.string(),
  entries: z
    .array(
      z.strictObject({
        seq: z.number().int().nonnegative(),
        at: z.iso.datetime(),
        kind: z.enum(RECORD_KINDS),
        data: z.unknown(),
        prev: sha256,
        hash: sha256,
      }),
    )
    .min(1),
  artifacts: z.record(sha256, z.string()),
  signature: z.string(),
  recordKey: z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    kid: z.string().min(1).max(128),
  }),
});

/**
 * Reads a record file.
 * @throws MlopsError MLOPS-REC-001 when it isn't one, or isn't in canonical form byte for byte.
 */
export function readRecordFile(content: string | Uint8Array): RecordFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  if (bytes.length > MAX_RECORD_BYTES) throw new MlopsError('MLOPS-REC-001', 'the record is larger than 64 MiB');
  let text: string;
  let json: unknown;
  let canonical: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
    canonical = `${canonicalJson(json)}\n`;
  } catch (cause) {
    throw new MlopsError('MLOPS-REC-001', 'the record is not JSON in UTF-8', { cause });
  }
  if (text !== canonical) {
    throw new MlopsError('MLOPS-REC-001', 'the record is not in canonical form', {
      where: firstDifference(text, canonical),
    });
  }
  const parsed = recordFileSchema.safeParse(json);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new MlopsError('MLOPS-REC-001', `the record is not of the right form: ${first?.message ?? ''}`, {
      where: first?.path.join('.') || 'the file',
    });
  }
  return json as RecordFile;
}

function firstDifference(text: string, canonical: string): string {
  let at = 0;
  while (at < text.length && text[at] === canonical[at]) at += 1;
  return `character ${at + 1}`;
}

export interface RecordContent extends TaskIdentity {
  entries: readonly RecordEntry[];
  /** SHA-256 → content of everything that the entries refer to. */
  artifacts: Readonly<Record<string, string>>;
}

/** The text of a record file: canonical JSON and one line feed, its head signed with the installation's record key. */
export async function sealRecord(recordKey: SigningKey, content: RecordContent): Promise<string> {
  const { task, run, audience, entries, artifacts } = content;
  const head = entries.at(-1)?.hash ?? RECORD_GENESIS;
  const file: RecordFile = {
    format: 'temporal-mlops/record/1',
    task,
    run,
    audience,
    entries: [...entries],
    artifacts: { ...artifacts },
    signature: await signRecord(recordKey, { task, run, audience, head, entries: entries.length }),
    recordKey: { kty: recordKey.kty, crv: recordKey.crv, x: recordKey.x, kid: recordKey.kid },
  };
  return `${canonicalJson(file)}\n`;
}

/**
 * Seals a task's record with everything that its entries refer to.
 * `getArtifact` is the artifact store's `get`; it fails for what is missing or altered.
 * @throws MlopsError MLOPS-REC-001 when an artifact isn't UTF-8 text, and what `getArtifact` throws.
 */
export async function exportRecord(
  recordKey: SigningKey,
  identity: TaskIdentity,
  entries: readonly RecordEntry[],
  getArtifact: (sha256: string) => Promise<Uint8Array>,
): Promise<string> {
  const artifacts: Record<string, string> = {};
  for (const reference of referencesOf(entries)) {
    const bytes = await getArtifact(reference);
    try {
      artifacts[reference] = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new MlopsError('MLOPS-REC-001', 'an artifact of the record is not text', { where: reference, cause });
    }
  }
  return sealRecord(recordKey, { ...identity, entries, artifacts });
}

/**
 * Hashes of the artifacts that entries refer to. The entry `opened` isn't searched: it holds what a
 * sender wrote, and a label called `$artifact` must not name something in the store.
 */
export function referencesOf(entries: readonly RecordEntry[]): Set<string> {
  const found = new Set<string>();
  const pending: unknown[] = entries.filter((entry) => entry.kind !== 'opened').map((entry) => entry.data);
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const reference = artifactOf(value);
    if (reference !== undefined) found.add(reference);
    else pending.push(...Object.values(value));
  }
  return found;
}

/**
 * Hashes that the proposals and validations of a record refer to in turn: the contents of changed
 * files and the evidence of probes. `contentOf` gives an artifact's text; what can't be read as the
 * expected JSON refers to nothing.
 */
export function nestedReferencesOf(
  entries: readonly RecordEntry[],
  contentOf: (sha256: string) => string | undefined,
): Set<string> {
  const found = new Set<string>();
  const add = (value: unknown) => {
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) found.add(value);
  };
  const addEvidence = (validations: unknown) => {
    for (const { probes } of listOf<{ probes?: unknown }>(validations)) {
      for (const { evidence } of listOf<{ evidence?: unknown }>(probes)) {
        for (const { sha256 } of listOf<{ sha256?: unknown }>(evidence)) add(sha256);
      }
    }
  };
  for (const { kind, data } of entries) {
    if (kind !== 'planned' && kind !== 'validated') continue;
    const { proposal, validations } = (data ?? {}) as { proposal?: unknown; validations?: unknown };
    const content = parsedJson(contentOf(artifactOf(kind === 'planned' ? proposal : validations) ?? ''));
    if (kind === 'validated') addEvidence(content);
    if (kind !== 'planned' || typeof content !== 'object' || content === null) continue;
    const { contents, validations: rehearsed } = content as { contents?: unknown; validations?: unknown };
    if (typeof contents === 'object' && contents !== null) Object.values(contents).forEach(add);
    addEvidence(rehearsed);
  }
  return found;
}

function listOf<T extends object>(value: unknown): T[] {
  return Array.isArray(value) ? value.filter((item): item is T => typeof item === 'object' && item !== null) : [];
}

function parsedJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The hash in a `{"$artifact": "<sha256>"}`; `undefined` for everything else. */
export function artifactOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  const reference: unknown = (value as { $artifact?: unknown }).$artifact;
  return typeof reference === 'string' && /^[0-9a-f]{64}$/.test(reference) ? reference : undefined;
}

/** Which referenced artifacts are missing, altered or not referred to, as sentences. */
export function artifactProblems(file: RecordFile): string[] {
  const contentOf = (sha256: string) => (Object.hasOwn(file.artifacts, sha256) ? file.artifacts[sha256] : undefined);
  const references = new Set([...referencesOf(file.entries), ...nestedReferencesOf(file.entries, contentOf)]);
  const problems: string[] = [];
  for (const reference of references) {
    if (!Object.hasOwn(file.artifacts, reference)) problems.push(`artifact ${reference} is missing`);
  }
  for (const [sha256, content] of Object.entries(file.artifacts)) {
    if (sha256Hex(content) !== sha256) problems.push(`artifact ${sha256} does not have this hash`);
    if (!references.has(sha256)) problems.push(`no entry refers to artifact ${sha256}`);
  }
  return problems;
}
