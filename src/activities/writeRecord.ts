import { artifactText } from '../artifacts/artifactStore.js';
import type { ChangeActivities, RecordInputs } from '../contract/activities.js';
import { base32DigestOf } from '../contract/digest.js';
import { nestedReferencesOf, referencesOf, sealRecord } from '../report/recordFile.js';
import type { ActivityDependencies } from './dependencies.js';

/** A local activity: keeps the record in the artifact store at every stage, with a line of the index. */
export function writeRecord(deps: ActivityDependencies): ChangeActivities['writeRecord'] {
  return async (input) => {
    const name = base32DigestOf([input.identity.task, input.identity.run]);
    const text = await sealRecord(deps.recordKey, {
      ...input.identity,
      entries: input.entries,
      artifacts: await artifactsOf(deps, input),
    });
    await deps.store.putRecord(name, text);
    const { task, run, target, stage, outcome, sentence, commit } = input.status;
    await deps.store.putIndex(name, {
      task,
      run,
      target,
      stage,
      outcome: outcome ?? null,
      sentence,
      commit: commit ?? null,
      at: input.entries.at(-1)?.at ?? null,
    });
  };
}

/** Everything that the entries refer to, and what proposals and validations refer to in turn. */
async function artifactsOf(deps: ActivityDependencies, { entries }: RecordInputs): Promise<Record<string, string>> {
  const artifacts: Record<string, string> = {};
  const addAll = async (references: Iterable<string>) => {
    for (const sha256 of references) artifacts[sha256] ??= artifactText(await deps.store.get(sha256));
  };
  await addAll(referencesOf(entries));
  await addAll(nestedReferencesOf(entries, (sha256) => artifacts[sha256]));
  return artifacts;
}
